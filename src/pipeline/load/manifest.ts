import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { StoragePort } from '../../gcp/storage/port.js';
import type { Problem } from '../../schema/row-validator.js';
import type { Rejection } from './row-writer.js';

/** A load that did not renew its claim for this long is taken to have ended. */
const LEASE_MS = 20_000;
const RENEW_MS = 5_000;
const POLL_MS = 300;

interface Head {
  version: 2;
  state: 'running' | 'released' | 'complete';
  owner: { token: string; host: string; pid: number };
  /** Names the chunks. A load that starts over takes a new one, so that it finds none of an earlier load. */
  run: string;
  renewedAt: string;
  /** In truncate mode: the old rows are gone. */
  truncated: boolean;
  /** Of each table, once the load is complete. */
  results?: ManifestResult[];
}

export interface ManifestResult {
  rowsLoaded: number;
  rowsRejected: number;
}

/** Records `from` to `to`, both included, are in the table, but for those that Spanner refused. */
interface Chunk {
  /** Position of the table among those of the load. */
  table: number;
  from: number;
  to: number;
  rejections: Rejection[];
}

export interface ClaimOptions {
  /** Names of the tables in their database: a load goes on only if no other has begun on one of them meanwhile. */
  tables: readonly string[];
  now(): Date;
  signal: AbortSignal;
  onWait?(): void;
}

/** Another load of the same files became the owner. */
export class ManifestLost extends Error {}

/**
 * The progress of one load in Cloud Storage: a head that names the owner, written only over the generation that was
 * read, and one object for each chunk of records that is committed. Whoever runs the same load again goes on from
 * there; of two that run at once one owns the head and the other waits for it.
 */
export class LoadManifest {
  #chunks: Chunk[] = [];
  #renewal: NodeJS.Timeout | undefined;
  #lost = false;
  /** Writes of the head, one after the other, as each needs the generation of the one before. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly storage: StoragePort,
    private readonly prefix: string,
    private readonly now: () => Date,
    private head: Head,
    private generation: string,
  ) {}

  /**
   * Becomes the owner, at once or after the present owner ended without finishing. `results` is set when the other
   * finished meanwhile, and nothing is left to do.
   */
  static async claim(storage: StoragePort, key: string, options: ClaimOptions): Promise<LoadManifest> {
    const prefix = `manifests/${key}`;
    const owner = { token: randomUUID(), host: hostname(), pid: process.pid };
    let waited = false;
    for (;;) {
      options.signal.throwIfAborted();
      const found = await storage.readText(`${prefix}.json`);
      const present = found === undefined ? undefined : parseHead(found.text);
      const opened = (head: Head, generation: string) =>
        new LoadManifest(storage, prefix, options.now, head, generation);
      if (present?.state === 'complete' && waited) {
        const manifest = opened(present, found!.generation);
        await manifest.#readChunks();
        return manifest;
      }
      if (present?.state === 'running' && isAlive(present, options.now())) {
        if (!waited) options.onWait?.();
        waited = true;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        continue;
      }
      // A complete manifest is an old story: the table may have changed since.
      const goesOn =
        present !== undefined &&
        present.state !== 'complete' &&
        (await isLastOf(storage, options.tables, present.run));
      const head: Head = {
        version: 2,
        state: 'running',
        owner,
        run: goesOn ? present.run : owner.token,
        renewedAt: options.now().toISOString(),
        truncated: goesOn && present.truncated,
      };
      const generation = await putHead(storage, prefix, head, found?.generation ?? '0');
      if (generation === undefined) continue;
      const manifest = opened(head, generation);
      if (goesOn) await manifest.#readChunks();
      else {
        for (const table of options.tables) await storage.writeText(markName(table), head.run, undefined);
        await manifest.#removeChunks(() => true);
      }
      manifest.#keepRenewing();
      return manifest;
    }
  }

  get truncated(): boolean {
    return this.head.truncated;
  }

  /** Of each table, when the load is complete. */
  get results(): readonly ManifestResult[] | undefined {
    return this.head.results;
  }

  /** Committed records of a table. */
  chunksOf(table: number): Chunk[] {
    return this.#chunks.filter((chunk) => chunk.table === table);
  }

  /** Why records that were sent are not in the table, by their number. */
  refusedOf(table: number): Map<number, Problem> {
    return new Map(
      this.chunksOf(table).flatMap(({ rejections }) =>
        rejections.map(({ number, problem }): [number, Problem] => [number, problem]),
      ),
    );
  }

  /** Throws when another load took over, after which nothing more may be written. */
  async assertOwned(): Promise<void> {
    // A process that stood still finds here, not after the next write, that it was taken for dead.
    if (!this.#lost && !isRenewed(this.head, this.now())) await this.#write();
    if (this.#lost) throw new ManifestLost('another load of the same file took over');
  }

  async setTruncated(): Promise<void> {
    this.head.truncated = true;
    await this.#write();
    await this.assertOwned();
  }

  /** Notes that a chunk is committed. */
  async commit(chunk: Chunk): Promise<void> {
    // The condition lets the client ask again after a fault; a note that is there already says the same.
    await this.storage.writeText(this.#chunkName(chunk), JSON.stringify(chunk), '0');
  }

  /** The load is done: keeps the results and what was refused for those that wait, and drops the other chunks. */
  async finish(results: ManifestResult[]): Promise<void> {
    clearInterval(this.#renewal);
    this.head.state = 'complete';
    this.head.results = results;
    await this.#write();
    // The result stands; what cannot be removed waits for the next load of these files.
    if (!this.#lost) await this.#removeChunks((name) => !name.endsWith(REFUSED)).catch(() => {});
  }

  /** The load ends unfinished; the next may go on at once. */
  async release(): Promise<void> {
    clearInterval(this.#renewal);
    if (this.#lost) return;
    this.head.state = 'released';
    await this.#write();
  }

  #keepRenewing(): void {
    this.#renewal = setInterval(() => {
      // A renewal that fails for the network leaves the lease to run out; the load itself meets the fault.
      this.#write().catch(() => {});
    }, RENEW_MS);
    this.#renewal.unref();
  }

  #write(): Promise<void> {
    const written = this.#writing.then(async () => {
      if (this.#lost) return;
      const head = { ...this.head, renewedAt: this.now().toISOString() };
      const generation = await putHead(this.storage, this.prefix, head, this.generation);
      if (generation === undefined) this.#lost = true;
      else {
        this.generation = generation;
        this.head.renewedAt = head.renewedAt;
      }
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  get #chunkPrefix(): string {
    return `${this.prefix}/${this.head.run}/`;
  }

  /** The name says it all unless Spanner refused some of the rows. */
  #chunkName({ table, from, to, rejections }: Chunk): string {
    return `${this.#chunkPrefix}${table}-${from}-${to}${rejections.length > 0 ? REFUSED : '.json'}`;
  }

  async #readChunks(): Promise<void> {
    for (const { name } of await this.storage.list(this.#chunkPrefix)) {
      const named = /\/(\d+)-(\d+)-(\d+)(-refused)?\.json$/.exec(name);
      if (named === null) continue;
      const [table, from, to] = named.slice(1, 4).map(Number) as [number, number, number];
      const text = named[4] === undefined ? undefined : (await this.storage.readText(name))?.text;
      const rejections = text === undefined ? [] : (JSON.parse(text) as Chunk).rejections;
      this.#chunks.push({ table, from, to, rejections });
    }
    this.#chunks.sort((a, b) => a.from - b.from);
  }

  async #removeChunks(which: (name: string) => boolean): Promise<void> {
    const objects = await this.storage.list(`${this.prefix}/`);
    await Promise.all(objects.filter(({ name }) => which(name)).map(({ name }) => this.storage.remove(name)));
  }
}

const REFUSED = '-refused.json';

/** The run that was the last to begin on a table. */
function markName(table: string): string {
  return `manifests/tables/${table}.txt`;
}

async function isLastOf(storage: StoragePort, tables: readonly string[], run: string): Promise<boolean> {
  for (const table of tables) {
    if ((await storage.readText(markName(table)))?.text !== run) return false;
  }
  return true;
}

/** Undefined for what no load of this version wrote, which is as if there were nothing. */
function parseHead(text: string): Head | undefined {
  try {
    const head = JSON.parse(text) as Head | null;
    return head?.version === 2 ? head : undefined;
  } catch {
    return undefined;
  }
}

/** The new generation; undefined when another load was faster. */
async function putHead(
  storage: StoragePort,
  prefix: string,
  head: Head,
  generation: string,
): Promise<string | undefined> {
  const name = `${prefix}.json`;
  const written = await storage.writeText(name, JSON.stringify(head), generation);
  if (written !== undefined) return written;
  // The answer may have been lost and the client have asked again, so that its own write stands in its way.
  const found = await storage.readText(name);
  return found !== undefined && parseHead(found.text)?.owner.token === head.owner.token
    ? found.generation
    : undefined;
}

function isRenewed({ renewedAt }: Head, now: Date): boolean {
  return now.getTime() - Date.parse(renewedAt) <= LEASE_MS;
}

function isAlive(head: Head, now: Date): boolean {
  const { owner } = head;
  if (!isRenewed(head, now)) return false;
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
