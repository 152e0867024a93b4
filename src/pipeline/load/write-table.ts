import type { SpannerData } from '../../gcp/spanner-data.js';
import type { LiveTable } from '../../gcp/spanner-live-table.js';
import type { Value } from '../../schema/cell-problem.js';
import { compareDecimals } from '../../schema/decimal.js';
import type { Problem } from '../../schema/row-validator.js';
import type { Field } from '../../schema/table-schema.js';
import { AdaptiveLimit } from './adaptive-limit.js';
import { commits, rowsPerCommit } from './commit-limits.js';
import type { CsvFile } from './csv/csv-reader.js';
import { RecordSplitter } from './csv/record-splitter.js';
import { type Reference, ReferenceChecker } from './foreign-keys.js';
import { type LoadManifest, ManifestLost } from './manifest.js';
import type { RejectFile } from './rejects.js';
import { type PendingRow, type Rejection, RowWriter, type WriteMode } from './row-writer.js';
import { type ScanOptions, scanTable, type TableInput } from './scan.js';
import type { Reasons } from './validate.js';

/** Commits whose rows are sorted together and noted together in the manifest. */
const COMMITS_PER_CHUNK = 2;
/** Chunks read ahead of the one that is being written. */
const CHUNKS_AHEAD = 1;
const BYTES_PER_CELL = 8;

export interface WriteOptions extends ScanOptions {
  mode: WriteMode;
  lowPriority: boolean;
  tag: string | undefined;
  references: readonly Reference[];
  commitTimestamp: string | undefined;
  duplicates: ReadonlyMap<number, Problem[]>;
  /** One for each source. */
  rejects: readonly RejectFile[];
  reasons: Reasons;
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

interface Chunk {
  from: number;
  to: number;
  rows: PendingRow[];
  fields: readonly Field[];
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
  const refusedBefore = new Map<number, Problem>(
    manifest.chunks.flatMap(({ rejections }) =>
      rejections.map(({ number, problem }): [number, Problem] => [number, problem]),
    ),
  );
  const done = rangeCursor(manifest.chunks);
  const files: (CsvFile | undefined)[] = [];
  const failures: unknown[] = [];
  const writing = new Set<Promise<void>>();
  let sourceIndex = -1;
  let fields: readonly Field[] = [];
  let writer: RowWriter | undefined;
  let checker: ReferenceChecker | undefined;
  let maxRows = 1;
  let chunk: Chunk = { from: 0, to: -1, rows: [], fields };
  let commitMs = 0;
  let cut = false;

  const reject = (row: Parameters<RejectFile['add']>[0], problems: readonly Problem[]) => {
    outcome.rowsRejected++;
    options.rejects[sourceIndex]!.add(row, problems);
  };
  const flushChunk = () => {
    if (chunk.rows.length > 0 && writer !== undefined) {
      const full = chunk;
      const [rowWriter, referenceChecker, size] = [writer, checker!, maxRows];
      const work = writeChunk(full, rowWriter, referenceChecker, size).catch((error) => {
        failures.push(error);
      });
      writing.add(work);
      void work.then(() => writing.delete(work));
    }
    chunk = { from: chunk.to + 1, to: chunk.to, rows: [], fields };
    cut = false;
  };

  async function writeChunk(full: Chunk, rowWriter: RowWriter, references: ReferenceChecker, size: number) {
    const orphans = await references.check(full.rows);
    const rejections: Rejection[] = [...orphans].map(([number, problem]) => ({ number, problem }));
    const rows = orphans.size === 0 ? full.rows : full.rows.filter((row) => !orphans.has(row.number));
    sortByKey(rows, full.fields, input.schema.primaryKey);
    const batches = [...commits(rows, size)].map(async (batch) => {
      manifest.assertOwned();
      rejections.push(...(await rowWriter.write(batch)));
    });
    await Promise.all(batches);
    rejections.sort((a, b) => a.number - b.number);
    await manifest.commit({ from: full.from, to: full.to, rejections });
    refuse(full.rows, rejections);
    outcome.rowsLoaded += full.rows.length - rejections.length;
    report();
  }

  function refuse(rows: readonly PendingRow[], rejections: readonly Rejection[]): void {
    if (rejections.length === 0) return;
    const byNumber = new Map(rows.map((row) => [row.number, row]));
    for (const { number, problem } of rejections) {
      const row = byNumber.get(number)!;
      outcome.rowsRejected++;
      options.reasons.add([problem]);
      options.rejects[row.source]!.add({ record: reread(row, files[row.source]!), broken: false }, [problem]);
    }
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
      open(_source, file, opened) {
        flushChunk();
        sourceIndex++;
        files[sourceIndex] = file;
        options.rejects[sourceIndex]!.open(file);
        fields = opened;
        chunk.fields = opened;
        writer = new RowWriter(data, limit, {
          table: live.name,
          fields,
          primaryKey: input.schema.primaryKey,
          commitTimestamp: options.commitTimestamp,
          mode: options.mode,
          lowPriority: options.lowPriority,
          tag: options.tag,
          signal: options.signal,
          onCommit(_rows, milliseconds) {
            outcome.commits++;
            commitMs = milliseconds;
          },
        });
        checker = new ReferenceChecker(data, options.references, fields);
        maxRows = rowsPerCommit(live, writer.columns);
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
          }
        } else {
          const values = row.values.slice();
          chunk.rows.push({
            number,
            line: row.record.line,
            source: sourceIndex,
            raw: row.record.raw,
            values,
            bytes: wireBytes(values),
          });
          cut = chunk.rows.length >= maxRows * COMMITS_PER_CHUNK;
        }
        chunk.to = number;
        if (cut) flushChunk();
      },
      bad(row, problems) {
        outcome.rowsRead++;
        reject(row, problems);
        chunk.to = row.number;
      },
      async pause() {
        await options.rejects[sourceIndex]!.flush();
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

function wireBytes(values: readonly Value[]): number {
  let bytes = 0;
  for (const value of values) {
    // Three bytes for a character is the most that UTF-8 takes for one UTF-16 unit.
    if (typeof value === 'string') bytes += value.length * 3;
    else if (Array.isArray(value)) bytes += wireBytes(value);
    bytes += BYTES_PER_CELL;
  }
  return bytes;
}

/** Orders rows as Spanner stores them, so that a commit touches one range; already ordered input costs a look. */
function sortByKey(rows: PendingRow[], fields: readonly Field[], primaryKey: readonly string[]): void {
  const positions = primaryKey.map((name) => fields.findIndex((field) => field.name === name));
  const numeric = positions.map((position) => ['INT64', 'NUMERIC'].includes(fields[position]!.type));
  const compare = (a: PendingRow, b: PendingRow) => {
    for (const [index, position] of positions.entries()) {
      const left = a.values[position]!;
      const right = b.values[position]!;
      if (left === right) continue;
      if (numeric[index]) return compareDecimals(String(left), String(right));
      return left < right ? -1 : 1;
    }
    return 0;
  };
  rows.sort(compare);
}

/** The record of a row that was kept as text. */
function reread(row: PendingRow, file: CsvFile): RecordSplitter {
  const splitter = new RecordSplitter(file.dialect);
  splitter.emptyLinesCount = true;
  splitter.line = row.line;
  splitter.push(`${row.raw}\n`);
  splitter.end();
  splitter.next();
  splitter.line = row.line;
  return splitter;
}
