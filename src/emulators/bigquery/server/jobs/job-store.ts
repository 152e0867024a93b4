import { BigQueryError } from '../../errors.js';
import { createJob, fullJobId, type Job, type NewJob, runJob } from './job.js';

/** The service forgets jobs after half a year; a local process keeps a bounded number. */
const MAX_JOBS = 10_000;
const JOB_ID = /^[A-Za-z0-9_-]{1,1024}$/;

export interface JobFilter {
  projectId: string;
  states?: string[];
  minCreationTime?: number;
  maxCreationTime?: number;
  parentJobId?: string;
}

/** All jobs of this process. */
export class JobStore {
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Set<Job>();
  #lastCreationTime = 0;

  /** Adds a job and starts its work at once; a second job with the same id is `duplicate`. */
  start(job: NewJob, work: (job: Job) => Promise<void>): Job {
    const added = this.add(job);
    this.#running.add(added);
    added.done = runJob(added, () => work(added)).finally(() => this.#running.delete(added));
    return added;
  }

  /** Adds a job without running anything, as for the statements of a script. */
  add(job: NewJob): Job {
    if (!JOB_ID.test(job.jobId)) {
      throw new BigQueryError(
        'invalid',
        `Invalid job ID "${job.jobId}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
      );
    }
    const key = jobKey(job.projectId, job.jobId);
    // Distinct, growing times make the order of jobs.list the order of creation.
    this.#lastCreationTime = Math.max(Date.now(), this.#lastCreationTime + 1);
    const added = createJob(job, this.#lastCreationTime);
    if (this.#jobs.has(key)) {
      throw new BigQueryError('duplicate', `Already Exists: Job ${fullJobId(added)}`);
    }
    this.#jobs.set(key, added);
    if (this.#jobs.size > MAX_JOBS) this.#forgetOldest();
    return added;
  }

  get(projectId: string, jobId: string): Job | undefined {
    return this.#jobs.get(jobKey(projectId, jobId));
  }

  require(projectId: string, jobId: string, location?: string | null): Job {
    const job = this.get(projectId, jobId);
    if (job === undefined || (location && location.toLowerCase() !== job.location.toLowerCase())) {
      const where = location || 'US';
      throw new BigQueryError(
        'notFound',
        `Not found: Job ${fullJobId({ projectId, jobId, location: where })}`,
      );
    }
    return job;
  }

  /** Newest first. Children of scripts are listed only under their parent. */
  list(filter: JobFilter): Job[] {
    const jobs: Job[] = [];
    for (const job of this.#jobs.values()) {
      if (job.projectId !== filter.projectId || job.parentJobId !== filter.parentJobId) continue;
      if (filter.states !== undefined && !filter.states.includes(job.state)) continue;
      if (filter.minCreationTime !== undefined && job.creationTime < filter.minCreationTime) continue;
      if (filter.maxCreationTime !== undefined && job.creationTime > filter.maxCreationTime) continue;
      jobs.push(job);
    }
    return jobs.reverse();
  }

  /** Every job of a project with its children, oldest first: what INFORMATION_SCHEMA.JOBS shows. */
  all(projectId: string): Job[] {
    return [...this.#jobs.values()].filter((job) => job.projectId === projectId);
  }

  /** Jobs of a type that nobody has cancelled, the oldest first. */
  running(type: Job['type']): Job[] {
    return [...this.#running].filter((job) => job.type === type && !job.abort.signal.aborted);
  }

  delete(job: Job): void {
    this.#jobs.delete(jobKey(job.projectId, job.jobId));
    for (const child of [...this.#jobs.values()]) {
      if (child.parentJobId === job.jobId && child.projectId === job.projectId) this.delete(child);
    }
  }

  /** Cancels what runs and waits for it to end. */
  async close(): Promise<void> {
    const running = [...this.#running];
    for (const job of running) job.abort.abort();
    await Promise.all(running.map((job) => job.done));
  }

  #forgetOldest(): void {
    for (const [key, job] of this.#jobs) {
      if (job.state !== 'DONE') continue;
      this.#jobs.delete(key);
      return;
    }
  }
}

function jobKey(projectId: string, jobId: string): string {
  return `${projectId}:${jobId}`;
}
