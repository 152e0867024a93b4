import type { SpannerData } from '../../gcp/spanner-data.js';
import type { LiveTable } from '../../gcp/spanner-live-table.js';
import type { Problem } from '../../schema/row-validator.js';
import { AdaptiveLimit } from './adaptive-limit.js';
import { COMMIT_BYTES, commits, rowsPerCommit } from './commit-limits.js';
import type { CsvFile } from './csv/csv-reader.js';
import { RecordSplitter } from './csv/record-splitter.js';
import { type Reference, ReferenceChecker } from './foreign-keys.js';
import { type LoadManifest, ManifestLost } from './manifest.js';
import { PendingRows, type RowShape } from './pending-rows.js';
import type { RejectFile } from './rejects.js';
import { type Rejection, RowWriter, type WriteMode } from './row-writer.js';
import { type ScanOptions, scanTable, type TableInput } from './scan.js';
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
}

/** A file that is being read, and how its rows are written. */
interface OpenFile {
  source: number;
  file: CsvFile;
  shape: RowShape;
  writer: RowWriter;
  references: ReferenceChecker;
  maxRows: number;
}

/** Reads the rows once more and writes the good ones, chunk by chunk; the others go to the reject files. */
export async function writeTable(
  input: TableInput,
  live: LiveTable,
  data: SpannerData,
  manifest: LoadManifest,
  options: WriteOptions,
): Promise<WriteOutcome> {
  const outcome: WriteOutcome = { rowsRead: 0, rowsLoaded: 0, rowsRejected: 0, rowsResumed: 0, commits: 0 };
  const limit = new AdaptiveLimit();
  const refusedBefore = manifest.refusedOf(options.table);
  const done = rangeCursor(manifest.chunksOf(options.table));
  const failures: unknown[] = [];
  const writing = new Set<Promise<unknown>>();
  const spare: PendingRows[] = [];
  const sessions: string[] = [];
  let opened: OpenFile | undefined;
  let chunk: Chunk | undefined;
  let commitMs = 0;
  let closed = 0;

  const reject = (row: Parameters<RejectFile['add']>[0], problems: readonly Problem[]) => {
    outcome.rowsRejected++;
    options.rejects[opened!.source]!.add(row, problems);
  };
  const flushChunk = () => {
    if (chunk === undefined) return;
    const full = chunk;
    const file = opened!;
    chunk = undefined;
    // What a row refers to in its own table must be there before it.
    const before = file.references.withinTable ? Promise.all(writing) : Promise.resolve();
    const work = before
      .then(() => writeChunk(full, file))
      // After a failure another commit of the chunk may still be under way and need its bytes.
      .then(() => spare.push(full.rows))
      .catch((error) => failures.push(error))
      .finally(() => writing.delete(work));
    writing.add(work);
  };

  async function writeChunk({ from, to, rows }: Chunk, file: OpenFile) {
    const rejections: Rejection[] = [];
    try {
      let waiting = rows.inKeyOrder(data);
      while (waiting.length > 0) {
        const orphans = await file.references.check(rows, waiting);
        const ready = waiting.filter((index) => !orphans.has(index));
        waiting = waiting.filter((index) => orphans.has(index));
        // Rows that wait for others of their table have another turn as long as some are written.
        if (ready.length === 0 || !file.references.withinTable) {
          note([...orphans].map(([index, problem]) => ({ number: rows.number(index), problem })));
          waiting = [];
        }
        await writeBatches(ready);
      }
      rejections.sort((a, b) => a.number - b.number);
      await manifest.commit({ table: options.table, from, to, rejections });
    } finally {
      refuse(rows, rejections, file);
    }
    outcome.rowsLoaded += rows.count - rejections.length;
    report();

    function note(refused: readonly Rejection[]): void {
      rejections.push(...refused);
      options.reasons.add(refused.map(({ problem }) => problem));
      if (refused.length > 0) options.onRefused(refused.length, outcome.rowsLoaded + outcome.rowsResumed);
    }

    async function writeBatches(indexes: readonly number[]): Promise<void> {
      const batches = [...commits(indexes, (index) => rows.wire.rowBytes(index), file.maxRows)];
      await Promise.all(
        batches.map(async (batch) => {
          await manifest.assertOwned();
          const refused = await file.writer.write(rows, batch);
          const numbers = new Set(refused.map(({ number }) => number));
          file.references.written(
            rows,
            batch.filter((index) => !numbers.has(rows.number(index))),
          );
          note(refused);
        }),
      );
    }
  }

  function refuse(rows: PendingRows, rejections: readonly Rejection[], { source, file }: OpenFile): void {
    let index = 0;
    for (const { number, problem } of rejections) {
      while (rows.number(index) !== number) index++;
      outcome.rowsRejected++;
      const record = reread(rows.text(index), rows.line(index), file);
      options.rejects[source]!.add({ record, broken: false }, [problem]);
    }
  }

  function startChunk(from: number): Chunk {
    const rows = spare.pop() ?? new PendingRows();
    rows.start(opened!.shape);
    return { from, to: from, rows };
  }

  function report(): void {
    options.onProgress({
      rows: outcome.rowsLoaded + outcome.rowsResumed,
      rejected: outcome.rowsRejected,
      commitMs,
      concurrency: limit.limit,
    });
  }

  const failed = () => {
    if (failures.length > 0) throw failures[0];
  };

  try {
    await scanTable(input, options, {
      open(_source, file, fields) {
        flushChunk();
        const source = opened === undefined ? 0 : opened.source + 1;
        options.rejects[source]!.open(file);
        const writer = new RowWriter(data, limit, {
          table: live.name,
          fields,
          primaryKey: input.schema.primaryKey,
          commitTimestamp: options.commitTimestamp,
          mode: options.mode,
          sessions,
          lowPriority: options.lowPriority,
          tag: options.tag,
          signal: options.signal,
          onCommit(_rows, milliseconds) {
            outcome.commits++;
            commitMs = milliseconds;
          },
        });
        opened = {
          source,
          file,
          shape: {
            fields,
            primaryKey: input.schema.primaryKey,
            commitTimestamp: options.commitTimestamp !== undefined,
          },
          writer,
          references: new ReferenceChecker(data, options.references, fields),
          maxRows: rowsPerCommit(live, writer.columns, {
            refers: options.references.length > 0,
            official: data.official,
          }),
        };
      },
      good(row) {
        outcome.rowsRead++;
        const { number } = row;
        const problems = options.duplicates.get(number);
        if (problems !== undefined) reject(row, problems);
        else if (done(number)) {
          const refused = refusedBefore.get(number);
          if (refused === undefined) outcome.rowsResumed++;
          else {
            options.reasons.add([refused]);
            reject(row, [refused]);
            options.onRefused(1, outcome.rowsLoaded + outcome.rowsResumed);
          }
          // A chunk covers no record of an earlier run, so that none is noted twice.
          flushChunk();
        } else {
          chunk ??= startChunk(number);
          chunk.rows.add(row);
          chunk.to = number;
          const { rows } = chunk;
          if (
            rows.count >= opened!.maxRows * COMMITS_PER_CHUNK ||
            rows.size >= COMMIT_BYTES * COMMITS_PER_CHUNK
          ) {
            flushChunk();
          }
        }
      },
      bad(row, problems) {
        outcome.rowsRead++;
        reject(row, problems);
      },
      async pause() {
        // A row of an earlier file that is refused later opens its reject file once more.
        while (closed < opened!.source) await options.rejects[closed++]!.close();
        await options.rejects[opened!.source]!.flush();
        while (writing.size > CHUNKS_AHEAD + Math.floor(limit.limit / COMMITS_PER_CHUNK)) {
          await Promise.race(writing);
        }
        failed();
      },
    });
    flushChunk();
    await Promise.all(writing);
    failed();
    return outcome;
  } catch (error) {
    await Promise.allSettled(writing);
    const lost = failures.find((failure) => failure instanceof ManifestLost);
    throw lost ?? error;
  } finally {
    for (const file of options.rejects) await file.close();
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

/** The record of a row that was kept as text. */
function reread(text: string, line: number, file: CsvFile): RecordSplitter {
  const splitter = new RecordSplitter(file.dialect);
  splitter.emptyLinesCount = true;
  splitter.push(`${text}\n`);
  splitter.end();
  splitter.next();
  splitter.line = line;
  return splitter;
}
