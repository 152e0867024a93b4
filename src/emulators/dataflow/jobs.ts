import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataflowError } from './errors.js';
import { type Importance, isTerminal, type JobRecord, type JobState, newJobId } from './job.js';
import type { LaunchRequest } from './launch-request.js';
import type { RunningJob, StartJob } from './process.js';

export interface JobsOptions {
  /** A folder for each job. */
  folder: string;
  /** Starts the text of a job. */
  start: StartJob;
  /** The text of a file in Cloud Storage. */
  readFile(path: string): Promise<string>;
}

/** Messages of a job that are kept, the newest. */
const MAX_MESSAGES = 1000;

/** The jobs of a project, and the processes that run them. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #jobs = new Map<string, JobRecord>();
  readonly #running = new Map<string, RunningJob>();

  constructor(options: JobsOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    for (const id of readdirSync(options.folder)) {
      const path = join(options.folder, id, 'job.json');
      if (!existsSync(path)) continue;
      const job = JSON.parse(readFileSync(path, 'utf8')) as JobRecord;
      this.#jobs.set(id, job);
      if (isTerminal(job.state)) continue;
      this.#say(job, 'JOB_MESSAGE_ERROR', 'The local Dataflow was stopped, and the job with it.');
      this.#enter(job, 'FAILED');
    }
  }

  /** Newest first. */
  list(): JobRecord[] {
    return [...this.#jobs.values()].sort((a, b) => (a.createTime < b.createTime ? 1 : -1));
  }

  /** @throws DataflowError when there is none. */
  get(location: string, id: string): JobRecord {
    const job = this.#jobs.get(id);
    if (job?.location === location) return job;
    throw new DataflowError(
      'NOT_FOUND',
      `(${id}): Information about job ${id} could not be found in ${location}.`,
    );
  }

  /** @throws DataflowError for a name that is taken, or, of an update, that no job has. */
  launch(location: string, request: LaunchRequest): JobRecord {
    const active = this.list().find(
      (job) => job.name === request.name && job.location === location && !isTerminal(job.state),
    );
    if (request.update && active === undefined) {
      throw new DataflowError('NOT_FOUND', `There is no running job named ${request.name} to be updated.`);
    }
    if (!request.update && active !== undefined) {
      throw new DataflowError(
        'ALREADY_EXISTS',
        `There is already an active job named ${request.name}; its id is ${active.id}.`,
      );
    }
    const now = new Date();
    const job: JobRecord = {
      id: newJobId(now),
      name: request.name,
      location,
      streaming: true,
      state: 'QUEUED',
      stateTime: now.toISOString(),
      createTime: now.toISOString(),
      labels: request.labels,
      messages: [],
      counters: {},
      ...(active !== undefined && { replacesJobId: active.id }),
    };
    if (request.validateOnly) return job;
    mkdirSync(join(this.#options.folder, job.id), { mode: 0o700 });
    this.#jobs.set(job.id, job);
    this.#save(job);
    void this.#begin(job, request.pipeline, active);
    return job;
  }

  /** @throws DataflowError for a state that a job cannot be asked to take. */
  request(job: JobRecord, state: JobState): JobRecord {
    if (state !== 'CANCELLED' && state !== 'DRAINED') {
      throw new DataflowError('INVALID_ARGUMENT', `A job cannot be asked to be ${state}.`);
    }
    if (isTerminal(job.state)) {
      throw new DataflowError('FAILED_PRECONDITION', `The job ${job.id} has ended as ${job.state}.`);
    }
    const running = this.#running.get(job.id);
    if (state === 'DRAINED') {
      if (running === undefined)
        throw new DataflowError('FAILED_PRECONDITION', 'The job has not started yet.');
      this.#enter(job, 'DRAINING');
      running.drain();
    } else {
      this.#enter(job, 'CANCELLING');
      running?.cancel();
    }
    return job;
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const each of running) each.cancel();
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #begin(
    job: JobRecord,
    pipeline: LaunchRequest['pipeline'],
    replaced: JobRecord | undefined,
  ): Promise<void> {
    try {
      // The answer to the launch, which says that the job is queued, comes first.
      const text = await ('text' in pipeline ? pipeline.text : this.#options.readFile(pipeline.file));
      // What "streaming: true" among the options of a text says; the runner reads the whole of it.
      job.streaming = /^\s+streaming: true$/m.test(text);
      if (job.state === 'CANCELLING') {
        this.#enter(job, 'CANCELLED');
        return;
      }
      this.#enter(job, 'PENDING');
      const running = this.#options.start({
        text,
        streaming: job.streaming,
        folder: join(this.#options.folder, job.id),
        onRunning: () => {
          if (job.state === 'PENDING') this.#enter(job, 'RUNNING');
          if (replaced !== undefined) this.#replace(replaced, job);
        },
        onCounters: (counters) => {
          job.counters = counters;
        },
        onLine: (importance, line) => this.#say(job, importance, line),
      });
      this.#running.set(job.id, running);
      this.#finish(job, await running.ended);
    } catch (error) {
      this.#say(job, 'JOB_MESSAGE_ERROR', (error as Error).message);
      this.#enter(job, 'FAILED');
    } finally {
      this.#running.delete(job.id);
    }
  }

  /** What a job ended as, by its exit code and by what it was asked for. */
  #finish(job: JobRecord, exitCode: number): void {
    if (job.replacedByJobId !== undefined) this.#enter(job, 'UPDATED');
    else if (job.state === 'CANCELLING') this.#enter(job, 'CANCELLED');
    else if (exitCode !== 0) {
      this.#say(job, 'JOB_MESSAGE_ERROR', `The job ended with exit code ${exitCode}.`);
      this.#enter(job, 'FAILED');
    } else this.#enter(job, job.state === 'DRAINING' ? 'DRAINED' : 'DONE');
  }

  /** The job of the same name finishes what it has begun, while the new one goes on. */
  #replace(replaced: JobRecord, job: JobRecord): void {
    if (isTerminal(replaced.state)) return;
    replaced.replacedByJobId = job.id;
    this.#running.get(replaced.id)?.drain();
  }

  #enter(job: JobRecord, state: JobState): void {
    job.state = state;
    job.stateTime = new Date().toISOString();
    this.#say(job, 'JOB_MESSAGE_BASIC', `The job is ${state}.`);
    this.#save(job);
  }

  #say(job: JobRecord, messageImportance: Importance, messageText: string): void {
    const number = Number(job.messages.at(-1)?.id ?? 0) + 1;
    job.messages.push({ id: String(number), time: new Date().toISOString(), messageText, messageImportance });
    if (job.messages.length > MAX_MESSAGES) job.messages.shift();
  }

  #save(job: JobRecord): void {
    const path = join(this.#options.folder, job.id, 'job.json');
    writeFileSync(`${path}.new`, JSON.stringify(job), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}
