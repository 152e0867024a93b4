import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { builtScript } from '../built-script.js';
import { type Batch, CANCELLED, DONE, ENDED, FLAGS, type Outcome, TIMED_OUT } from './protocol.js';
import type { WorkerLimits } from './worker.js';

/** https://cloud.google.com/bigquery/docs/user-defined-functions#limitations gives no numbers for time and memory. */
const LIMITS: WorkerLimits = {
  runMs: 60_000,
  memoryBytes: 256 * 1024 * 1024,
  stackBytes: 256 * 1024,
  sandboxes: 8,
};
const STACK_MB = 8;
const MAX_THREADS = 4;

/** The interpreter looks at its limits between steps, some of which take their time. */
const GRACE_MS = 5000;

interface Thread {
  worker: Worker;
  port: MessagePort;
  /** Batches without an answer, the one under way first. */
  waiting: Map<number, Calls>;
}

/** Calls that a thread works on. */
export class Calls {
  outcome: Outcome | undefined;
  readonly batch: Batch;
  readonly #look: (calls: Calls) => void;
  #ended = 0;
  #endedAtMs = performance.now();

  constructor(batch: Batch, look: (calls: Calls) => void) {
    this.batch = batch;
    this.#look = look;
  }

  /** Is there an outcome? Looks again for up to `waitMs`, during which this thread stands still. */
  isDone(waitMs = 0): boolean {
    if (this.outcome === undefined && waitMs > 0) Atomics.wait(this.batch.flags, DONE, 0, waitMs);
    if (this.outcome === undefined) this.#look(this);
    return this.outcome !== undefined;
  }

  /** How long the call under way has lasted at least. */
  runningMs(): number {
    const ended = Atomics.load(this.batch.flags, ENDED);
    if (ended !== this.#ended) this.restart(ended);
    return performance.now() - this.#endedAtMs;
  }

  restart(ended = 0): void {
    this.#ended = ended;
    this.#endedAtMs = performance.now();
  }

  /** The code ends soon after. */
  cancel(): void {
    Atomics.store(this.batch.flags, CANCELLED, 1);
    setTimeout(() => this.#look(this), GRACE_MS).unref();
  }

  get isCancelled(): boolean {
    return Atomics.load(this.batch.flags, CANCELLED) !== 0;
  }
}

/** Threads that run code of users, so that it does not hold up the server. */
export class ThreadPool {
  readonly #limits: WorkerLimits;
  readonly #threads: Thread[] = [];
  #lastId = 0;

  constructor(limits: Partial<WorkerLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * Starts calls of one function. Their outcome is there once `isDone` says so.
   *
   * @param safe calls that fail give NULL
   */
  start(definition: string, calls: string[], safe = false): Calls {
    this.#lastId += 1;
    const flags = new Int32Array(new SharedArrayBuffer(FLAGS * Int32Array.BYTES_PER_ELEMENT));
    const batch: Batch = { id: this.#lastId, definition, calls, safe, flags };
    const started = new Calls(batch, (each) => this.#look(each));
    this.#post(started);
    return started;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #post(calls: Calls): void {
    const thread = this.#idlest();
    calls.restart();
    thread.waiting.set(calls.batch.id, calls);
    thread.port.postMessage(calls.batch);
  }

  #idlest(): Thread {
    const free = this.#threads.find(({ waiting }) => waiting.size === 0);
    if (free !== undefined) return free;
    if (this.#threads.length < Math.min(MAX_THREADS, availableParallelism())) return this.#begin();
    return this.#threads.reduce((least, each) => (each.waiting.size < least.waiting.size ? each : least));
  }

  #begin(): Thread {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(builtScript('javascript/worker.js'), {
      workerData: { limits: this.#limits, port: port2 },
      transferList: [port2],
      resourceLimits: { stackSizeMb: STACK_MB },
    });
    worker.unref();
    port1.unref();
    const thread: Thread = { worker, port: port1, waiting: new Map() };
    this.#threads.push(thread);
    worker.on('error', (error) => this.#end(thread, `The JavaScript engine failed: ${error.message}`));
    worker.on('exit', (code) => this.#end(thread, `The JavaScript engine failed: it ended with ${code}`));
    return thread;
  }

  /** Takes in answers, and ends a thread that stays away for too long. */
  #look(calls: Calls): void {
    const thread = this.#threads.find(({ waiting }) => waiting.has(calls.batch.id));
    if (thread === undefined) return;
    read(thread);
    const [first] = thread.waiting.values();
    if (first !== calls) return;
    const limitMs = calls.isCancelled ? GRACE_MS : this.#limits.runMs + GRACE_MS;
    if (calls.runningMs() < limitMs) return;
    this.#end(thread, TIMED_OUT);
    void thread.worker.terminate();
  }

  /** The calls under way fail; those behind them go to another thread. */
  #end(thread: Thread, error: string): void {
    const place = this.#threads.indexOf(thread);
    if (place >= 0) this.#threads.splice(place, 1);
    read(thread);
    const [first, ...others] = thread.waiting.values();
    thread.waiting.clear();
    if (first !== undefined) first.outcome = { id: first.batch.id, results: [], error };
    for (const calls of others) this.#post(calls);
  }
}

/** Takes in what the thread has answered. */
function read({ port, waiting }: Thread): void {
  for (
    let message = receiveMessageOnPort(port);
    message !== undefined;
    message = receiveMessageOnPort(port)
  ) {
    const outcome = message.message as Outcome;
    const calls = waiting.get(outcome.id);
    if (calls !== undefined) calls.outcome = outcome;
    waiting.delete(outcome.id);
    const [next] = waiting.values();
    next?.restart();
  }
}
