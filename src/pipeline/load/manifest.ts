import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { StoragePort } from '../../gcp/storage.js';
import type { Rejection } from './row-writer.js';

/** A load that did not renew its claim for this long is taken to have ended. */
const LEASE_MS = 20_000;
const RENEW_MS = 5_000;
const POLL_MS = 300;

interface Head {
  version: 1;
  state: 'running' | 'released' | 'complete';
  owner: { token: string; host: string; pid: number };
  renewedAt: string;
  /** In truncate mode: the old rows are gone. */
  truncated: boolean;
  result?: ManifestResult;
}

export interface ManifestResult {
  rowsLoaded: number;
  rowsRejected: number;
}

/** Records `from` to `to`, both included, are in the table, but for those that Spanner refused. */
interface Chunk {
  from: number;
  to: number;
  rejections: Rejection[];
}

/** Another load of the same file became the owner. */
export class ManifestLost extends Error {}

/**
 * The progress of one load in Cloud Storage: a head that names the owner, written only over the generation that was
 * read, and one object for each chunk of records that is committed. Whoever runs the same load again goes on from
 * there; of two that run at once one owns the head and the other waits for it.
 */
export class LoadManifest {
  readonly #chunks: Chunk[] = [];
  #renewal: NodeJS.Timeout | undefined;
  #lost = false;
  #renewing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly storage: StoragePort,
    private readonly prefix: string,
    private head: Head,
    private generation: string,
    /** An earlier load of the same file left committed chunks. */
    readonly resumed: boolean,
  ) {}

  /**
   * Becomes the owner, at once or after the present owner ended without finishing. Gives the other's result when it
   * finished meanwhile.
   */
  static async claim(
    storage: StoragePort,
    key: string,
    options: { now(): Date; signal: AbortSignal; onWait?(): void },
  ): Promise<LoadManifest | ManifestResult> {
    const prefix = `manifests/${key}`;
    const owner = { token: randomUUID(), host: hostname(), pid: process.pid };
    let waited = false;
    for (;;) {
      options.signal.throwIfAborted();
      const found = await storage.readText(`${prefix}.json`);
      const present = found === undefined ? undefined : (JSON.parse(found.text) as Head);
      if (present?.state === 'complete' && waited) return present.result!;
      if (present?.state === 'running' && isAlive(present, options.now())) {
        if (!waited) options.onWait?.();
        waited = true;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        continue;
      }
      // A complete manifest is an old story: the table may have changed since.
      const goesOn = present !== undefined && present.state !== 'complete';
      const head: Head = {
        version: 1,
        state: 'running',
        owner,
        renewedAt: options.now().toISOString(),
        truncated: goesOn && present.truncated,
      };
      const generation = await storage.writeText(
        `${prefix}.json`,
        JSON.stringify(head),
        found?.generation ?? '0',
      );
      if (generation === undefined) continue;
      const manifest = new LoadManifest(storage, prefix, head, generation, goesOn);
      if (goesOn) await manifest.#readChunks();
      else await manifest.#removeChunks();
      manifest.#keepRenewing(options.now);
      return manifest;
    }
  }

  get truncated(): boolean {
    return this.head.truncated;
  }

  /** Committed records and what was refused of them. */
  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  /** Throws when another load took over, after which nothing more may be written. */
  assertOwned(): void {
    if (this.#lost) throw new ManifestLost('another load of the same file took over');
  }

  async setTruncated(): Promise<void> {
    this.head.truncated = true;
    await this.#write();
    this.assertOwned();
  }

  /** Notes that a chunk is committed. */
  async commit(chunk: Chunk): Promise<void> {
    // Only one load can have sent exactly this chunk; a repeated note says the same.
    await this.storage.writeText(chunkName(this.prefix, chunk), JSON.stringify(chunk), undefined);
  }

  /** The load is done: keeps the result for those that wait, and drops the chunks. */
  async finish(result: ManifestResult): Promise<void> {
    await this.#stopRenewing();
    this.head = { ...this.head, state: 'complete', result };
    await this.#write();
    if (!this.#lost) await this.#removeChunks();
  }

  /** The load ends unfinished; the next may go on at once. */
  async release(): Promise<void> {
    await this.#stopRenewing();
    if (this.#lost) return;
    this.head = { ...this.head, state: 'released' };
    await this.#write();
  }

  #keepRenewing(now: () => Date): void {
    this.#renewal = setInterval(() => {
      this.#renewing = this.#renewing.then(async () => {
        this.head.renewedAt = now().toISOString();
        await this.#write();
      });
      // A renewal that fails for the network leaves the lease to run out; the load itself meets the fault.
      this.#renewing = this.#renewing.catch(() => {});
    }, RENEW_MS);
    this.#renewal.unref();
  }

  async #stopRenewing(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#renewing;
  }

  async #write(): Promise<void> {
    const written = await this.storage.writeText(
      `${this.prefix}.json`,
      JSON.stringify(this.head),
      this.generation,
    );
    if (written === undefined) this.#lost = true;
    else this.generation = written;
  }

  async #readChunks(): Promise<void> {
    for (const { name } of await this.storage.list(`${this.prefix}/`)) {
      const named = /\/(\d+)-(\d+)(-refused)?\.json$/.exec(name);
      if (named === null) continue;
      if (named[3] === undefined) {
        this.#chunks.push({ from: Number(named[1]), to: Number(named[2]), rejections: [] });
        continue;
      }
      const found = await this.storage.readText(name);
      if (found !== undefined) this.#chunks.push(JSON.parse(found.text) as Chunk);
    }
    this.#chunks.sort((a, b) => a.from - b.from);
  }

  async #removeChunks(): Promise<void> {
    const objects = await this.storage.list(`${this.prefix}/`);
    await Promise.all(objects.map(({ name }) => this.storage.remove(name)));
  }
}

/** The name says it all unless Spanner refused some of the rows. */
function chunkName(prefix: string, { from, to, rejections }: Chunk): string {
  return `${prefix}/${from}-${to}${rejections.length > 0 ? '-refused' : ''}.json`;
}

function isAlive({ owner, renewedAt }: Head, now: Date): boolean {
  if (now.getTime() - Date.parse(renewedAt) > LEASE_MS) return false;
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function manifestLostError(cause: unknown): HealthmonError {
  return new HealthmonError({
    code: 'load-taken-over',
    message: 'Another load of the same file took over, because this one did not report for a while.',
    suggestion: 'Run the command again to see the result; nothing is lost.',
    cause,
  });
}
