import { existsSync } from 'node:fs';
import { isDiskFull } from '../../core/disk-full.js';
import { SERVICE_NAMES, SERVICES, type ServiceName } from '../../core/services.js';
import type { ServicePlan, StackPlan, StartFailure, SupervisorMessage } from './plan.js';
import { identify } from './processes.js';
import { waitUntilReady } from './readiness.js';
import { describeExit, ServiceProcess } from './service-process.js';
import {
  logPath,
  readAdjustment,
  readState,
  removeState,
  type ServiceState,
  type StackState,
  tailOf,
  writeState,
} from './state.js';

const LOG_TAIL_LINES = 20;
/** Our own emulators close their files; Google's have nothing to save. */
const STOP_GRACE_MS = 5000;

/** Starts the services of one stack, watches them and ends them. Lives in a process of its own. */
export class Supervisor {
  readonly #plan: StackPlan;
  readonly #send: (message: SupervisorMessage) => void;
  readonly #processes = new Map<ServiceName, ServiceProcess>();
  readonly #state: StackState;
  #stopping: Promise<boolean> | undefined;
  #starting: AbortController | undefined;
  #wasSaved = false;

  constructor(plan: StackPlan, send: (message: SupervisorMessage) => void) {
    this.#plan = plan;
    this.#send = send;
    this.#state = {
      name: plan.name,
      project: plan.project,
      phase: 'starting',
      supervisor: identify(process.pid)!,
      services: plan.services.map(stateOf),
      ports: plan.ports,
    };
  }

  /** Starts all services at once. @returns whether all of them work; otherwise everything is ended again. */
  async start(): Promise<boolean> {
    try {
      this.#save();
    } catch (error) {
      const message = `The state of the stack could not be saved: ${(error as Error).message}`;
      this.#send({ type: 'failed', failure: { message, logTail: [], logPath: this.#plan.folder } });
      return false;
    }
    const abort = new AbortController();
    this.#starting = abort;
    let failure: StartFailure | undefined;
    await this.#bringUp(this.#plan.services, this.#plan.readyTimeoutMs, (_plan, reason) => {
      if (abort.signal.aborted) return;
      failure = reason;
      abort.abort();
    });
    if (this.#stopping !== undefined) return false;
    if (failure !== undefined) {
      await this.stop();
      this.#send({ type: 'failed', failure });
      return false;
    }
    this.#state.phase = 'ready';
    this.#save();
    this.#send({ type: 'ready' });
    return true;
  }

  /**
   * Ends the services that are to be paused, takes up those that are new, and starts all that do not run. Those begin
   * empty, unless they keep their data on disk. A new one that does not start is forgotten again.
   */
  async adjust(): Promise<void> {
    const adjustment = readAdjustment(this.#plan.folder);
    if (this.#stopping !== undefined || adjustment === undefined) return;
    const { id, paused, added, readyTimeoutMs } = adjustment;
    this.#state.phase = 'starting';
    this.#plan.services.push(...added);
    this.#state.services.push(...added.map(stateOf));
    this.#state.services.sort((a, b) => SERVICE_NAMES.indexOf(a.name) - SERVICE_NAMES.indexOf(b.name));
    this.#save();
    await Promise.all(paused.map((name) => this.#pause(this.#service(name))));
    if (this.#stopping !== undefined) return;
    const down = this.#plan.services.filter(({ name }) => {
      const { ready } = this.#service(name);
      return !ready && !paused.includes(name);
    });
    this.#starting = new AbortController();
    let failure: StartFailure | undefined;
    await this.#bringUp(down, readyTimeoutMs, async (plan, reason) => {
      failure ??= reason;
      if (added.some(({ name }) => name === plan.name)) await this.#forget(plan.name);
    });
    if (this.#stopping !== undefined) return;
    this.#state.phase = 'ready';
    this.#state.adjusted = { id, ...(failure && { failure }) };
    this.#save();
  }

  async #forget(name: ServiceName): Promise<void> {
    await this.#pause(this.#service(name));
    this.#processes.delete(name);
    this.#plan.services = this.#plan.services.filter((plan) => plan.name !== name);
    this.#state.services = this.#state.services.filter((service) => service.name !== name);
  }

  async #pause(service: ServiceState): Promise<void> {
    const process = this.#processes.get(service.name);
    if (process === undefined) return;
    service.paused = true;
    service.ready = false;
    await process.end(STOP_GRACE_MS);
  }

  /** Whether the stack can still be found by its folder. */
  hasState(): boolean {
    return this.#stopping !== undefined || readState(this.#plan.folder) !== undefined;
  }

  /** Ends every service. @returns whether all of them are gone. */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<boolean> {
    this.#starting?.abort();
    this.#state.phase = 'stopping';
    this.#save();
    const survivors = await Promise.all(
      [...this.#processes.values()].map((process) => process.end(STOP_GRACE_MS)),
    );
    const isClean = survivors.every((list) => list.length === 0);
    // With survivors the state stays, so that `stop` can name them.
    if (isClean) removeState(this.#plan.folder);
    return isClean;
  }

  /** Starts services at once and waits for all of them. */
  async #bringUp(
    plans: readonly ServicePlan[],
    readyTimeoutMs: number,
    onFailure: (plan: ServicePlan, failure: StartFailure) => unknown,
  ): Promise<void> {
    const begun = Date.now();
    const { signal } = this.#starting!;
    await Promise.all(
      plans.map(async (plan) => {
        try {
          await this.#startOne(plan, begun + readyTimeoutMs, signal);
          this.#service(plan.name).ready = true;
          this.#save();
          this.#send({ type: 'service', name: plan.name, milliseconds: Date.now() - begun });
        } catch (error) {
          await onFailure(plan, this.#describe(plan, error));
        }
      }),
    );
  }

  async #startOne(plan: ServicePlan, deadline: number, signal: AbortSignal): Promise<void> {
    const gone = new AbortController();
    const stop = AbortSignal.any([signal, gone.signal]);
    const ready = waitUntilReady(plan, this.#plan.project, deadline, stop);
    if (plan.command === undefined) return ready;
    const process = this.#spawn(plan);
    const died = process.exited.then((exit) => {
      gone.abort();
      throw new Error(`${SERVICES[plan.name].title} ended before it was ready: ${describeExit(exit)}`);
    });
    died.catch(() => {});
    ready.catch(() => {});
    await Promise.race([ready, died]);
  }

  #spawn(plan: ServicePlan): ServiceProcess {
    const state = this.#service(plan.name);
    const log = logPath(this.#plan.folder, plan.name);
    const env = { ...childEnvironment(), ...plan.env };
    const service = ServiceProcess.start(plan.command!, plan.args ?? [], log, env);
    this.#processes.set(plan.name, service);
    state.process = service.identity;
    state.startedAt = new Date().toISOString();
    state.ready = false;
    delete state.exit;
    delete state.paused;
    this.#save();
    void service.exited.then(async (exit) => {
      // What is left of the group, such as the emulator behind a killed gateway, would hold the port.
      await service.end(0);
      if (this.#stopping !== undefined || state.paused) return;
      state.ready = false;
      state.exit = { ...exit, at: new Date().toISOString(), logTail: tailOf(log, LOG_TAIL_LINES) };
      this.#save();
    });
    return service;
  }

  #describe(plan: ServicePlan, error: unknown): StartFailure {
    const path = logPath(this.#plan.folder, plan.name);
    return {
      message: error instanceof Error ? error.message : String(error),
      logTail: plan.command === undefined ? [] : tailOf(path, LOG_TAIL_LINES),
      logPath: path,
    };
  }

  #service(name: ServiceName): ServiceState {
    return this.#state.services.find((service) => service.name === name)!;
  }

  /** Whoever removes the folder, or the state in it, does not find it there again. */
  #save(): void {
    const { folder } = this.#plan;
    const isFirst = !this.#wasSaved;
    const isWanted = isFirst ? existsSync(folder) : readState(folder) !== undefined;
    this.#wasSaved = true;
    try {
      if (isWanted) writeState(folder, this.#state);
    } catch (error) {
      // The services go on, and are ended, on a disk that has filled up.
      if (isFirst || !isDiskFull(error)) throw error;
    }
  }
}

function stateOf(plan: ServicePlan): ServiceState {
  const { name, implementation, path, version, host, port, restPort } = plan;
  return { name, implementation, path, version, host, port, restPort, ready: false };
}

/** A service must not be led to another emulator by the variables meant for clients. */
function childEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const { hostVariable } of Object.values(SERVICES)) delete env[hostVariable];
  return env;
}
