import { type Config, chosenEmulators } from '../config/config.js';
import {
  type Implementation,
  isOfficialName,
  SERVICE_NAMES,
  SERVICES,
  type ServiceName,
  STANDARD_SERVICES,
  titlesOf,
} from '../core/services.js';
import { type HealthmonError, notReadyError } from '../errors/healthmon-error.js';
import { type Emulator, type FindEmulator, refuseCloudEndpoints } from '../gcp/endpoints.js';
import type { Output } from '../output/output.js';

interface Surroundings {
  config: Config;
  env: NodeJS.ProcessEnv;
  cwd: string;
  output: Output;
  signal: AbortSignal;
}

/**
 * Where the services of the local target are: standard variables first, then the stack of this directory, to which
 * services are added that are not there.
 */
export class LocalEndpoints {
  readonly #around: Surroundings;
  readonly #location: ReturnType<typeof locationOf>;
  /** Variables, as they are before the clients are made, which change those of the process. */
  readonly #given: ReadonlyMap<ServiceName, string>;
  readonly #project: string | undefined;
  readonly #found = new Map<ServiceName, Emulator>();
  #hasWarned = false;
  #working: Promise<void> = Promise.resolve();

  constructor(around: Surroundings) {
    // The clients take variables out of the environment of the process, where they would obey them.
    this.#around = { ...around, env: { ...around.env } };
    this.#location = locationOf(around);
    this.#project = around.env.GOOGLE_CLOUD_PROJECT;
    refuseCloudEndpoints(around.env);
    this.#given = new Map(
      SERVICE_NAMES.flatMap((name) => {
        const endpoint = around.env[SERVICES[name].hostVariable];
        return endpoint ? [[name, endpoint]] : [];
      }),
    );
  }

  /** @throws HealthmonError when a service does not run and cannot or must not be started. */
  async open(services: readonly ServiceName[]): Promise<void> {
    const opened = this.#working.then(() => this.#open(services));
    this.#working = opened.catch(() => {});
    return opened;
  }

  readonly find: FindEmulator = async (service) => {
    await this.open([service]);
    return this.#found.get(service)!;
  };

  async #open(services: readonly ServiceName[]): Promise<void> {
    for (const service of services) {
      const endpoint = this.#given.get(service);
      if (endpoint === undefined) continue;
      this.#found.set(service, { endpoint, implementation: await this.#implementationAt(service, endpoint) });
      this.#warnOfOtherProject(this.#project);
    }
    const rest = services.filter((service) => !this.#found.has(service));
    if (rest.length === 0) return;
    const dead = await deadEmulator(this.#around, rest);
    if (dead !== undefined) throw dead;
    const missing = await this.#takeFromStack(rest);
    if (missing.length === 0) return;
    await this.#start(missing);
    const [stillMissing] = await this.#takeFromStack(missing);
    if (stillMissing !== undefined) throw await this.#notRunning(missing);
  }

  /** What answers at a given address is taken for Google's, which can less, unless the stack of this directory does. */
  async #implementationAt(service: ServiceName, endpoint: string): Promise<Implementation> {
    const { stackEmulators } = await import('../emulators/stack/status.js');
    const emulator = stackEmulators(this.#location)?.[service];
    if (emulator?.endpoint === endpoint) return emulator.implementation;
    return isOfficialName(service) ? 'official' : 'embedded';
  }

  /** @returns the services that do not run. */
  async #takeFromStack(services: readonly ServiceName[]): Promise<ServiceName[]> {
    const { stackEmulators, stackEnv } = await import('../emulators/stack/status.js');
    const emulators = stackEmulators(this.#location);
    if (emulators === undefined) return [...services];
    this.#warnOfOtherProject((await stackEnv(this.#location))?.GOOGLE_CLOUD_PROJECT);
    for (const service of services) {
      if (emulators[service] !== undefined) this.#found.set(service, emulators[service]);
    }
    return services.filter((service) => emulators[service] === undefined);
  }

  async #start(services: readonly ServiceName[]): Promise<void> {
    const { config, env, output, signal } = this.#around;
    if (env.HEALTHMON_NO_AUTOSTART === '1') throw await this.#notRunning(services);
    const [{ startStack }, { allowedHosts }] = await Promise.all([
      import('../emulators/stack/start.js'),
      import('../config/allowed-hosts.js'),
    ]);
    const which = STANDARD_SERVICES.every((name) => services.includes(name))
      ? ''
      : ` of ${titlesOf(services)}`;
    const progress = output.progress(`Starting the local emulators${which}`);
    try {
      await startStack({
        ...this.#location,
        project: config.project,
        only: services,
        implementations: chosenEmulators(config),
        allowedHosts: allowedHosts(config),
        signal,
      });
    } catch (error) {
      progress.fail();
      throw error;
    }
    progress.done('they keep running; stop them with "healthmon emulators stop"');
  }

  async #notRunning(services: readonly ServiceName[]): Promise<HealthmonError> {
    const [{ stackStatus }, { nameFlag }] = await Promise.all([
      import('../emulators/stack/status.js'),
      import('../core/stack-name.js'),
    ]);
    const { name, running, services: present } = await stackStatus(this.#location);
    const detail = 'HEALTHMON_NO_AUTOSTART=1 keeps commands from starting them.';
    if (!running || present.length === 0) {
      return notReadyError({
        code: 'emulators-not-running',
        message: 'The local emulators are not running.',
        detail,
        suggestion: `Run "healthmon emulators start${nameFlag(name)}".`,
      });
    }
    return notReadyError({
      code: 'emulators-incomplete',
      message: `The local cloud runs without ${titlesOf(services)}.`,
      detail,
      suggestion: `Run "healthmon emulators start --only ${services.join(',')}${nameFlag(name)}".`,
    });
  }

  /** Writer and reader under different project ids would each see nothing of the other. */
  #warnOfOtherProject(running: string | undefined): void {
    const { project } = this.#around.config;
    if (this.#hasWarned || running === undefined || running === '' || running === project) return;
    this.#hasWarned = true;
    this.#around.output.warn(
      `The local cloud was started for the project ${running}, and this command works in ${project}: what one holds, ` +
        `the other does not see. Give --project ${running} to use its data.`,
    );
  }
}

/** The variables beside this one are those of a stack of ours, so what is missing belongs there. */
function locationOf({ env, cwd }: Pick<Surroundings, 'env' | 'cwd'>) {
  return { env, cwd, name: env.HEALTHMON_STACK || undefined };
}

/** A service of the stack that ended since it was started, as the error that names it. */
export async function deadEmulator(
  around: Pick<Surroundings, 'env' | 'cwd'>,
  needed: readonly ServiceName[] = SERVICE_NAMES,
): Promise<HealthmonError | undefined> {
  const { deadServices } = await import('../emulators/stack/status.js');
  const service = deadServices(locationOf(around)).find(({ name }) => needed.includes(name));
  if (service?.exit === undefined) return undefined;
  const { code, signal, at, logTail } = service.exit;
  const isOfficial = service.implementation === 'official';
  return notReadyError({
    code: 'emulator-died',
    message: `The ${SERVICES[service.name].title} emulator ended (${signal ?? `exit code ${code}`}) at ${at}.`,
    detail: logTail.join('\n'),
    suggestion: `Run "healthmon emulators start"; ${
      isOfficial
        ? 'the others keep what they hold, but what Google’s emulator held is gone.'
        : 'it has kept its data.'
    }`,
  });
}
