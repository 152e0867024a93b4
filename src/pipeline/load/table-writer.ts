import type { SpannerData } from '../../gcp/spanner/data.js';
import type { LiveTable } from '../../gcp/spanner/live-table.js';
import type { Problem } from '../../schema/row-validator.js';
import type { Field } from '../../schema/table-schema.js';
import { AdaptiveLimit } from './adaptive-limit.js';
import { COMMIT_BYTES, commits, rowsPerCommit } from './commit-limits.js';
import type { CsvFile } from './csv/csv-parser.js';
import { type Reference, ReferenceChecker } from './foreign-keys.js';
import { type LoadManifest, ManifestLost } from './manifest.js';
import { PendingRows, type RowShape } from './pending-rows.js';
import { recordOf } from './reject-lines.js';
import type { RejectFile } from './rejects.js';
import type { ScannedRow } from './row-scanner.js';
import { type Rejection, RowWriter, type WriteMode } from './row-writer.js';
import { type ScanOptions, type ScanVisitor, scanTable, type TableInput } from './scan.js';
import type { Duplicates, Reasons } from './validate.js';

/** Commits whose rows are sorted together and noted together in the manifest. */
const COMMITS_PER_CHUNK = 2;
/** Chunks read ahead of the one that is being written. */
const CHUNKS_AHEAD = 1;

export interface WriteOptions extends ScanOptions {
  mode: WriteMode;
  lowPriority: boolean;
  tag: string | undefined;
  /** Position of the table among those of the load. */
  table: number;
  references: readonly Reference[];
  commitTimestamp: string | undefined;
  duplicates: Duplicates;
  /** One for each source. */
  rejects: readonly RejectFile[];
  reasons: Reasons;
  /** Rows that passed the checks were refused; throws when they are too many. */
  onRefused(rows: number, rowsWritten: number): void;
  onProgress(progress: WriteProgress): void;
}

export interface WriteProgress {
  rows: number;
  rejected: number;
  commitMs: number;
  concurrency: number;
}

export interface WriteOutcome {
  rowsRead: number;
  rowsLoaded: number;
  rowsRejected: number;
  /** Rows that an earlier run of this load had committed. */
  rowsResumed: number;
  commits: number;
}

/** Records `from` to `to`, of one file, and those of them that are to be written. */
interface Chunk {
  from: number;
  to: number;
  rows: PendingRows;
  /** Rows that were refused when they were written. */
  rejections: Rejection[];
}

/** A file that is being read, and how its rows are written. */
interface OpenFile {
  /** Position among the sources. */
  source: number;
  file: CsvFile;
  shape: RowShape;
  writer: RowWriter;
  references: ReferenceChecker;
  maxRows: number;
}

/** Reads the rows of a table once more and writes the good ones, chunk by chunk; the others go to the reject files. */
export class TableWriter implements ScanVisitor {
  readonly #outcome: WriteOutcome = {
    rowsRead: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
    rowsResumed: 0,
    commits: 0,
  };
  readonly #limit = new AdaptiveLimit();
  /** What earlier runs of this load have done, and which of its rows were refused. */
  readonly #isDone: (number: number) => boolean;
  readonly #refusedBefore: ReadonlyMap<number, Problem>;
  readonly #sessions: string[] = [];
  /** Chunks on their way, and what went wrong with earlier ones. */
  readonly #writing = new Set<Promise<unknown>>();
  readonly #failures: unknown[] = [];
  readonly #spare: PendingRows[] = [];
  #opened: OpenFile | undefined;
  #chunk: Chunk | undefined;
  #commitMs = 0;
  /** Reject files that are closed, as their source is through. */
  #closedRejects = 0;

  constructor(
    private readonly input: TableInput,
    private readonly live: LiveTable,
    private readonly data: SpannerData,
    private readonly manifest: LoadManifest,
    private readonly options: WriteOptions,
  ) {
    this.#refusedBefore = manifest.refusedOf(options.table);
    this.#isDone = rangeCursor(manifest.chunksOf(options.table));
  }

  /** Called once. */
  async write(): Promise<WriteOutcome> {
    try {
      await scanTable(this.input, this.options, this);
      this.#endChunk();
      await Promise.all(this.#writing);
      this.#throwFailure();
      return this.#outcome;
    } catch (error) {
      await Promise.allSettled(this.#writing);
      throw this.#failures.find((failure) => failure instanceof ManifestLost) ?? error;
    } finally {
      for (const file of this.options.rejects) await file.close();
    }
  }

  open(_source: unknown, file: CsvFile, fields: readonly Field[]): void {
    this.#endChunk();
    const { live, data, options } = this;
    const { primaryKey } = this.input.schema;
    const { commitTimestamp, mode, lowPriority, tag, signal } = options;
    const source = this.#opened === undefined ? 0 : this.#opened.source + 1;
    options.rejects[source]!.open(file);
    const writer = new RowWriter(data, this.#limit, {
      table: live.name,
      fields,
      primaryKey,
      commitTimestamp,
      mode,
      sessions: this.#sessions,
      lowPriority,
      tag,
      signal,
      onCommit: (_rows, milliseconds) => {
        this.#outcome.commits++;
        this.#commitMs = milliseconds;
      },
    });
    this.#opened = {
      source,
      file,
      shape: { fields, primaryKey, commitTimestamp: commitTimestamp !== undefined },
      writer,
      references: new ReferenceChecker(data, options.references, fields),
      maxRows: rowsPerCommit(live, writer.columns, {
        refers: options.references.length > 0,
        official: data.official,
      }),
    };
  }

  good(row: ScannedRow): void {
    this.#outcome.rowsRead++;
    const problems = this.options.duplicates.get(row.number);
    if (problems !== undefined) this.#reject(row, problems);
    else if (this.#isDone(row.number)) this.#resume(row);
    else this.#take(row);
  }

  bad(row: ScannedRow, problems: readonly Problem[]): void {
    this.#outcome.rowsRead++;
    this.#reject(row, problems);
  }

  async pause(): Promise<void> {
    const { rejects } = this.options;
    const { source } = this.#opened!;
    // A row of an earlier file that is refused later opens its reject file once more.
    while (this.#closedRejects < source) await rejects[this.#closedRejects++]!.close();
    await rejects[source]!.flush();
    while (this.#writing.size > CHUNKS_AHEAD + Math.floor(this.#limit.limit / COMMITS_PER_CHUNK)) {
      await Promise.race(this.#writing);
    }
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #reject(row: Parameters<RejectFile['add']>[0], problems: readonly Problem[]): void {
    this.#outcome.rowsRejected++;
    this.options.rejects[this.#opened!.source]!.add(row, problems);
  }

  /** A row of an earlier run. */
  #resume(row: ScannedRow): void {
    const refused = this.#refusedBefore.get(row.number);
    if (refused === undefined) this.#outcome.rowsResumed++;
    else {
      this.options.reasons.add([refused]);
      this.#reject(row, [refused]);
      this.options.onRefused(1, this.#rowsWritten);
    }
    // A chunk covers no record of an earlier run, so that none is noted twice.
    this.#endChunk();
  }

  #take(row: ScannedRow): void {
    this.#chunk ??= this.#beginChunk(row.number);
    const { rows } = this.#chunk;
    rows.add(row);
    this.#chunk.to = row.number;
    const isFull =
      rows.count >= this.#opened!.maxRows * COMMITS_PER_CHUNK ||
      rows.size >= COMMIT_BYTES * COMMITS_PER_CHUNK;
    if (isFull) this.#endChunk();
  }

  #beginChunk(from: number): Chunk {
    const rows = this.#spare.pop() ?? new PendingRows();
    rows.start(this.#opened!.shape);
    return { from, to: from, rows, rejections: [] };
  }

  /** Sends the chunk on its way, if there is one. */
  #endChunk(): void {
    if (this.#chunk === undefined) return;
    const chunk = this.#chunk;
    const file = this.#opened!;
    this.#chunk = undefined;
    // What a row refers to in its own table must be there before it.
    const before = file.references.withinTable ? Promise.all(this.#writing) : Promise.resolve();
    const work = before
      .then(() => this.#writeChunk(chunk, file))
      // After a failure another commit of the chunk may still be under way and need its bytes.
      .then(() => this.#spare.push(chunk.rows))
      .catch((error) => this.#failures.push(error))
      .finally(() => this.#writing.delete(work));
    this.#writing.add(work);
  }

  async #writeChunk(chunk: Chunk, file: OpenFile): Promise<void> {
    const { from, to, rows, rejections } = chunk;
    try {
      let waiting = rows.inKeyOrder(this.data);
      while (waiting.length > 0) {
        const orphans = await file.references.check(rows, waiting);
        const ready = waiting.filter((index) => !orphans.has(index));
        waiting = waiting.filter((index) => orphans.has(index));
        // Rows that wait for others of their table have another turn as long as some are written.
        if (ready.length === 0 || !file.references.withinTable) {
          const refused = [...orphans].map(([index, problem]) => ({ number: rows.number(index), problem }));
          this.#note(chunk, refused);
          waiting = [];
        }
        await this.#writeRows(chunk, file, ready);
      }
      rejections.sort((a, b) => a.number - b.number);
      await this.manifest.commit({ table: this.options.table, from, to, rejections });
    } finally {
      this.#refuse(chunk, file);
    }
    this.#outcome.rowsLoaded += rows.count - rejections.length;
    this.#report();
  }

  async #writeRows(chunk: Chunk, file: OpenFile, indexes: readonly number[]): Promise<void> {
    const { rows } = chunk;
    const batches = [...commits(indexes, (index) => rows.wire.rowBytes(index), file.maxRows)];
    await Promise.all(
      batches.map(async (batch) => {
        await this.manifest.assertOwned();
        const refused = await file.writer.write(rows, batch);
        const numbers = new Set(refused.map(({ number }) => number));
        const written = batch.filter((index) => !numbers.has(rows.number(index)));
        file.references.written(rows, written);
        this.#note(chunk, refused);
      }),
    );
  }

  #note({ rejections }: Chunk, refused: readonly Rejection[]): void {
    rejections.push(...refused);
    this.options.reasons.add(refused.map(({ problem }) => problem));
    if (refused.length > 0) this.options.onRefused(refused.length, this.#rowsWritten);
  }

  /** Puts the rows of a chunk that were refused into the reject file of their source. */
  #refuse({ rows, rejections }: Chunk, { source, file }: OpenFile): void {
    let index = 0;
    for (const { number, problem } of rejections) {
      while (rows.number(index) !== number) index++;
      this.#outcome.rowsRejected++;
      const record = recordOf(rows.text(index), rows.line(index), file);
      this.options.rejects[source]!.add({ record, broken: false }, [problem]);
    }
  }

  get #rowsWritten(): number {
    return this.#outcome.rowsLoaded + this.#outcome.rowsResumed;
  }

  #report(): void {
    this.options.onProgress({
      rows: this.#rowsWritten,
      rejected: this.#outcome.rowsRejected,
      commitMs: this.#commitMs,
      concurrency: this.#limit.limit,
    });
  }
}

/** Tells for ascending numbers whether a chunk holds them. */
function rangeCursor(ranges: readonly { from: number; to: number }[]): (number: number) => boolean {
  let at = 0;
  return (number) => {
    while (at < ranges.length && ranges[at]!.to < number) at++;
    return at < ranges.length && ranges[at]!.from <= number;
  };
}
