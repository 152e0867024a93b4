import {
  type DuckDBDataChunk,
  DuckDBDoubleVector,
  DuckDBIntegerVector,
  DuckDBListVector,
  type DuckDBVector,
} from '@duckdb/node-api';
import { quoteString } from '../../googlesql/duck/quote.js';
import { invalidQuery } from '../../googlesql/errors.js';
import { type InputSpec, inputSql, type Relation } from './inputs.js';
import { type Block, Design } from './numerics/design.js';
import { momentsOf, standardise } from './numerics/statistics.js';
import type { Part, TrainingTable } from './training-table.js';

/** An input with what training learnt about it; enough to process new rows. */
export type FittedInput = Omit<InputSpec, 'kind'> &
  /** Of the `count` training values that are there; stddev is that of the population. */
  (
    | { kind: 'numeric'; mean: number; stddev: number; count: number }
    /** Sorted; null, for the category of missing values, comes last. */
    | {
        kind: 'category';
        categories: (string | null)[];
        counts: number[];
        /** Place of the category that DUMMY_ENCODING left out. */
        base?: number;
      }
    | { kind: 'set'; categories: string[]; counts: number[] }
    /** Indexes from 0 to size − 1. */
    | { kind: 'vector' | 'sparse'; size: number }
  );

/** Standard deviation of the sample, in which weights are printed; training standardises with the population's. */
export function sampleStddev({ stddev, count }: { stddev: number; count: number }): number {
  return count > 1 ? stddev * Math.sqrt(count / (count - 1)) : 0;
}

/** Number of weights an input takes. */
export function inputSize(input: FittedInput): number {
  if (input.kind === 'numeric') return 1;
  return input.kind === 'category' || input.kind === 'set' ? input.categories.length : input.size;
}

/** Columns of a part of the training data as they were read; numbers are raw, NaN where missing. */
export interface LoadedColumns {
  rows: number;
  inputs: LoadedInput[];
  /** Further numeric columns: label, weights. */
  extras: Float64Array[];
}

export type LoadedInput =
  | { kind: 'numeric'; values: Float64Array }
  | { kind: 'category'; codes: Uint8Array | Uint16Array | Int32Array }
  | { kind: 'sparse'; offsets: Uint32Array; codes: Int32Array; values?: Float64Array };

/** Learns categories and sizes from the training rows; mean and stddev of numbers follow in `fitNumbers`. */
export async function fitInputs(table: TrainingTable, specs: readonly InputSpec[]): Promise<FittedInput[]> {
  const relation = table.relation('train');
  const from = `FROM (${relation.sql}) AS i`;
  const fitted: FittedInput[] = [];
  for (const spec of specs) {
    const { kind } = spec;
    const sql = rawSql(spec, relation);
    if (kind === 'numeric') {
      fitted.push({ ...spec, kind, mean: 0, stddev: 0, count: 0 });
    } else if (kind === 'category') {
      const rows = await table.read(`SELECT ${sql} AS c, count(*) ${from} GROUP BY 1 ORDER BY 1 NULLS LAST`);
      const categories = rows.map(([category]) => (category === null ? null : String(category)));
      fitted.push({ ...spec, kind, categories, counts: rows.map(([, count]) => Number(count)) });
    } else if (kind === 'set') {
      const elements = `SELECT unnest(${sql}) AS c ${from}`;
      const rows = await table.read(
        `SELECT c, count(*) FROM (${elements}) WHERE c IS NOT NULL GROUP BY 1 ORDER BY 1`,
      );
      const categories = rows.map(([category]) => String(category));
      fitted.push({ ...spec, kind, categories, counts: rows.map(([, count]) => Number(count)) });
    } else {
      const size = kind === 'vector' ? `len(${sql})` : `list_max(list_transform(${sql}, lambda e: e.f1)) + 1`;
      fitted.push({ ...spec, kind, size: Number((await table.value(`SELECT max(${size}) ${from}`)) ?? 0) });
    }
  }
  return fitted;
}

function rawSql(spec: InputSpec, relation: Relation): string {
  return inputSql(spec, relation, 'i', () => new Error(`no column ${spec.column}`));
}

/** Sets mean and stddev of numeric inputs from training columns. */
export function fitNumbers(inputs: readonly FittedInput[], loaded: LoadedColumns): FittedInput[] {
  return inputs.map((input, index) => {
    const column = loaded.inputs[index]!;
    if (input.kind !== 'numeric' || column.kind !== 'numeric') return input;
    const { count, mean, stddev } = momentsOf(column.values);
    if (count === 0 && loaded.rows > 0) {
      throw invalidQuery(
        `Column ${input.column} holds only NULL values, so there is no mean to impute them with.`,
      );
    }
    return { ...input, mean, stddev, count };
  });
}

/**
 * Reads a part of the training data into typed arrays, chunk by chunk.
 * @param order column by which rows come; as they are stored by default.
 */
export async function loadColumns(
  table: TrainingTable,
  part: Part,
  inputs: readonly FittedInput[],
  extras: readonly string[],
  signal?: AbortSignal,
  order?: string,
): Promise<LoadedColumns> {
  const relation = table.relation(part);
  const rows = await table.count(part);
  const readers = inputs.map((input) => readerOf(input, rawSql(input, relation), rows));
  const extraReaders = extras.map((sql) => new NumberReader(sql, rows));
  const all: ColumnReader[] = [...readers, ...extraReaders];
  const select = all.flatMap((reader) => reader.select).join(', ') || '0';
  const ordered = order === undefined ? '' : ` ORDER BY i.${order}`;
  const result = await table.connection.stream(`SELECT ${select} FROM (${relation.sql}) AS i${ordered}`);
  let start = 0;
  for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
    if (chunk.rowCount === 0) break;
    signal?.throwIfAborted();
    let column = 0;
    for (const reader of all) {
      reader.read(chunk, column, start);
      column += reader.select.length;
    }
    start += chunk.rowCount;
  }
  return {
    rows,
    inputs: readers.map((reader) => reader.finish()),
    extras: extraReaders.map((reader) => reader.values),
  };
}

/** The design matrix of loaded columns; standardises them in place. */
export function designOf(
  inputs: readonly FittedInput[],
  loaded: LoadedColumns,
  trainingRows: number,
  scales?: readonly (Float64Array | undefined)[],
): Design {
  const blocks = inputs.map((input, index): Block => {
    const column = loaded.inputs[index]!;
    if (column.kind === 'numeric') {
      if (input.kind === 'numeric') standardise(column.values, input);
      return column;
    }
    const size = inputSize(input);
    const scale = scales?.[index] ?? scaleOf(input, column, size, trainingRows);
    return { ...column, size, scale };
  });
  return new Design(loaded.rows, blocks);
}

/** Scales of the blocks of a design, to build another one with. */
export function scalesOf(design: Design): (Float64Array | undefined)[] {
  return design.blocks.map((block) => (block.kind === 'numeric' ? undefined : block.scale));
}

/** One over the root mean square of each column over the training rows. */
function scaleOf(input: FittedInput, column: LoadedInput, size: number, rows: number): Float64Array {
  const squares = new Float64Array(size);
  if (input.kind === 'category' || input.kind === 'set') {
    squares.set(input.counts);
  } else if (column.kind === 'sparse' && column.values !== undefined) {
    for (let at = 0; at < column.codes.length; at++) {
      if (column.codes[at]! < size) squares[column.codes[at]!]! += column.values[at]! ** 2;
    }
  }
  return squares.map((sum) => (sum > 0 ? Math.sqrt(rows / sum) : 0));
}

interface ColumnReader {
  /** Columns of the SELECT that it reads. */
  select: string[];
  read(chunk: DuckDBDataChunk, column: number, start: number): void;
}

interface InputReader extends ColumnReader {
  finish(): LoadedInput;
}

function readerOf(input: FittedInput, sql: string, rows: number): InputReader {
  switch (input.kind) {
    case 'numeric':
      return new NumberReader(sql, rows);
    case 'category':
      return new CodeReader(codeSql(sql, input.categories), input.categories.length, rows);
    case 'set':
      return new ListReader([`list_transform(${sql}, lambda e: ${codeSql('e', input.categories)})`], rows);
    case 'vector':
      return new ListReader(
        [`CAST(range(len(${sql})) AS INTEGER[])`, `list_transform(${sql}, lambda e: coalesce(e, 0e0))`],
        rows,
        input.size,
      );
    case 'sparse':
      return new ListReader(
        [
          `list_transform(${sql}, lambda e: CAST(CASE WHEN e.f1 >= 0 AND e.f1 < ${input.size} THEN e.f1 ELSE ${input.size} END AS INTEGER))`,
          `list_transform(${sql}, lambda e: CAST(coalesce(e.f2, 0) AS DOUBLE))`,
        ],
        rows,
      );
  }
}

/** DuckDB text of a category's number; unknown ones get the number behind the last. */
export function codeSql(sql: string, categories: readonly (string | null)[]): string {
  const unseen = categories.length;
  const missing = categories.indexOf(null);
  const texts = categories.filter((category) => category !== null);
  const ifNull = missing < 0 ? unseen : missing;
  if (texts.length === 0) return `CASE WHEN ${sql} IS NULL THEN ${ifNull} ELSE ${unseen} END`;
  const type = `ENUM(${texts.map(quoteString).join(', ')})`;
  const code = `coalesce(CAST(enum_code(TRY_CAST(${sql} AS ${type})) AS INTEGER), ${unseen})`;
  return `CASE WHEN ${sql} IS NULL THEN ${ifNull} ELSE ${code} END`;
}

class NumberReader implements InputReader {
  readonly select: string[];
  readonly values: Float64Array;

  constructor(sql: string, rows: number) {
    this.select = [`coalesce(CAST(${sql} AS DOUBLE), CAST('NaN' AS DOUBLE))`];
    this.values = new Float64Array(rows);
  }

  read(chunk: DuckDBDataChunk, column: number, start: number): void {
    const vector = expectVector(chunk.getColumnVector(column), DuckDBDoubleVector);
    copyItems(vector, this.values, start, chunk.rowCount);
  }

  finish(): LoadedInput {
    return { kind: 'numeric', values: this.values };
  }
}

class CodeReader implements InputReader {
  readonly select: string[];
  readonly #codes: Uint8Array | Uint16Array | Int32Array;

  constructor(sql: string, size: number, rows: number) {
    this.select = [`CAST(${sql} AS INTEGER)`];
    this.#codes =
      size < 2 ** 8 ? new Uint8Array(rows) : size < 2 ** 16 ? new Uint16Array(rows) : new Int32Array(rows);
  }

  read(chunk: DuckDBDataChunk, column: number, start: number): void {
    const vector = expectVector(chunk.getColumnVector(column), DuckDBIntegerVector);
    copyItems(vector, this.#codes, start, chunk.rowCount);
  }

  finish(): LoadedInput {
    return { kind: 'category', codes: this.#codes };
  }
}

/** Lists of codes, and of values beside them. */
class ListReader implements InputReader {
  readonly select: string[];
  readonly #offsets: Uint32Array;
  readonly #codes: number[] = [];
  readonly #values: number[] = [];
  readonly #limit: number;

  constructor(select: string[], rows: number, limit = Number.POSITIVE_INFINITY) {
    this.select = select;
    this.#offsets = new Uint32Array(rows + 1);
    this.#limit = limit;
  }

  read(chunk: DuckDBDataChunk, column: number, start: number): void {
    const codes = expectVector(chunk.getColumnVector(column), DuckDBListVector);
    const values =
      this.select.length > 1 ? expectVector(chunk.getColumnVector(column + 1), DuckDBListVector) : undefined;
    for (let row = 0; row < chunk.rowCount; row++) {
      const rowCodes = codes.getItemVector(row);
      const rowValues = values?.getItemVector(row);
      const length = Math.min(rowCodes?.itemCount ?? 0, this.#limit);
      for (let index = 0; index < length; index++) {
        this.#codes.push(Number(rowCodes!.getItem(index)));
        if (values !== undefined) this.#values.push(Number(rowValues!.getItem(index)));
      }
      this.#offsets[start + row + 1] = this.#codes.length;
    }
  }

  finish(): LoadedInput {
    const values = this.select.length > 1 ? Float64Array.from(this.#values) : undefined;
    return { kind: 'sparse', offsets: this.#offsets, codes: Int32Array.from(this.#codes), values };
  }
}

/**
 * Copies values that are never NULL. The driver's own accessor looks at a bit mask of BigInts for each value, which
 * takes longer than training does, so the array behind the vector is used where it can be reached.
 */
function copyItems(
  vector: DuckDBDoubleVector | DuckDBIntegerVector,
  target: Float64Array | Uint8Array | Uint16Array | Int32Array,
  start: number,
  count: number,
): void {
  const items: unknown = Reflect.get(vector, 'items');
  if (items instanceof Float64Array || items instanceof Int32Array) {
    target.set(items.subarray(0, count), start);
    return;
  }
  for (let row = 0; row < count; row++) target[start + row] = vector.getItem(row)!;
}

function expectVector<T extends DuckDBVector>(
  vector: DuckDBVector,
  type: abstract new (...input: never[]) => T,
): T {
  if (!(vector instanceof type)) throw new Error(`unexpected column of type ${vector.type}`);
  return vector;
}
