import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  type DuckDBListValue,
  DuckDBScalarFunction,
  LIST,
  listValue,
  UBIGINT,
  VARCHAR,
} from '@duckdb/node-api';
import { argumentTooLong, BatchBudget, MAX_ARGUMENT_BYTES, ROW_TOO_LONG } from './value-limit.js';

/** How values of one DuckDB type pass in and out of JavaScript. */
export interface Kind<T> {
  type: DuckDBType;
  read(value: DuckDBValue): T;
  write(value: T): DuckDBValue;
  /** About what a value takes, where that has no small bound. */
  bytesOf?(value: T): number;
  /** As against a list, which aggregates make of many. */
  isOneValue?: boolean;
}

function plain<T extends DuckDBValue>(type: DuckDBType): Kind<T> {
  return { type, read: (value) => value as T, write: (value) => value };
}

const SHORT_TEXT = 1024;

export const text: Kind<string> = {
  ...plain<string>(VARCHAR),
  bytesOf: (value) => (value.length < SHORT_TEXT ? value.length : Buffer.byteLength(value)),
  isOneValue: true,
};
export const integer = plain<bigint>(BIGINT);
export const float = plain<number>(DOUBLE);
export const flag = plain<boolean>(BOOLEAN);
export const bytes: Kind<Uint8Array> = {
  type: BLOB,
  read: (value) => (value as DuckDBBlobValue).bytes,
  write: (value) => new DuckDBBlobValue(value),
  bytesOf: (value) => value.length,
  isOneValue: true,
};

const NUMERIC_WIDTH = 38;
const NUMERIC_SCALE = 9;
/** NUMERIC as the integer that is value × 10^9. */
export const decimal: Kind<bigint> = {
  type: DECIMAL(NUMERIC_WIDTH, NUMERIC_SCALE),
  read: (value) => (value as DuckDBDecimalValue).value,
  write: (value) => new DuckDBDecimalValue(value, NUMERIC_WIDTH, NUMERIC_SCALE),
};

const ITEM_BYTES = 8;

/** A list whose items may be NULL. */
export function list<T>(item: Kind<T>): Kind<(T | null)[]> {
  return {
    type: LIST(item.type),
    read: (value) => (value as DuckDBListValue).items.map((each) => (each === null ? null : item.read(each))),
    write: (value) => listValue(value.map((each) => (each === null ? null : item.write(each)))),
    bytesOf: (value) =>
      value.reduce<number>(
        (sum, each) => sum + ITEM_BYTES + (each === null ? 0 : (item.bytesOf?.(each) ?? 0)),
        0,
      ),
  };
}

type Kinds<A extends unknown[]> = { [K in keyof A]: Kind<A[K]> };
type Nullable<A extends unknown[]> = { [K in keyof A]: A[K] | null };

export interface Udf {
  /** @param interrupted the ids of connections whose statement is to end */
  register(connection: DuckDBConnection, name: string, interrupted: ReadonlySet<number>): void;
}

/** What a function keeps for each thread that runs a statement. */
interface CallState {
  connectionId: number;
  /** For the function itself. */
  memory: Map<bigint, unknown>;
}

interface CreateOptions {
  /** It is called with NULLs too. */
  seesNull?: boolean;
  /** It is called for each row, even if its arguments are always the same. */
  volatile?: boolean;
}

function create(
  kinds: Kind<unknown>[],
  returns: Kind<unknown>,
  start: (memory: Map<bigint, unknown>) => (values: unknown[]) => unknown,
  { seesNull = false, volatile = false }: CreateOptions = {},
): Udf {
  return {
    register(connection, name, interrupted) {
      connection.registerScalarFunction(
        DuckDBScalarFunction.create({
          name,
          parameterTypes: kinds.map((kind) => kind.type),
          returnType: returns.type,
          specialHandling: seesNull,
          volatile,
          initFunction: (info) => {
            const state: CallState = {
              connectionId: info.clientContext.connectionId,
              memory: new Map(),
            };
            info.setState(state);
          },
          mainFunction: (info, chunk, output) => {
            // DuckDB itself looks only between batches of rows, in which one expression may call many times.
            const { connectionId, memory } = info.state as CallState;
            if (interrupted.has(connectionId)) throw new Error('interrupted');
            const body = start(memory);
            const budget = new BatchBudget();
            const vectors = kinds.map((_, index) => chunk.getColumnVector(index));
            const values: unknown[] = new Array(kinds.length);
            // Asked of DuckDB each time.
            const { rowCount } = chunk;
            for (let row = 0; row < rowCount; row += 1) {
              let sawNull = false;
              for (let index = 0; index < kinds.length; index += 1) {
                const kind = kinds[index]!;
                const value = vectors[index]!.getItem(row) as DuckDBValue;
                if (value === null) sawNull = true;
                values[index] = value === null ? null : kind.read(value);
                if (kind.isOneValue && value !== null) refuseLong(kind.bytesOf!(values[index]));
              }
              const result = sawNull && !seesNull ? null : outcomeOf(body, values);
              if (result !== null && returns.bytesOf !== undefined) budget.take(returns.bytesOf(result));
              output.setItem(row, result === null ? null : returns.write(result));
            }
            output.flush();
          },
        }),
      );
    },
  };
}

/** A column of numbers as DuckDB holds them, and where it has none. */
interface NumberVector {
  items: BigUint64Array | BigInt64Array;
  validity: { itemValid(index: number): boolean; setItemValid(index: number, isValid: boolean): void };
}

/**
 * A function of columns of UBIGINT that gives one of BIGINT, which works on the numbers of a whole batch as they lie in
 * memory: halves of 32 bits, the lower one first. It is NULL where any argument is.
 */
export function columnUdf(
  columns: number,
  body: (columns: readonly Uint32Array[], results: Uint32Array) => void,
): Udf {
  return {
    register(connection, name, interrupted) {
      connection.registerScalarFunction(
        DuckDBScalarFunction.create({
          name,
          parameterTypes: Array.from({ length: columns }, () => UBIGINT),
          returnType: BIGINT,
          initFunction: (info) => {
            info.setState({ connectionId: info.clientContext.connectionId });
          },
          mainFunction: (info, chunk, output) => {
            const { connectionId } = info.state as Pick<CallState, 'connectionId'>;
            if (interrupted.has(connectionId)) throw new Error('interrupted');
            const vectors = Array.from(
              { length: columns },
              (_, index) => chunk.getColumnVector(index) as unknown as NumberVector,
            );
            const results = output as unknown as NumberVector;
            body(vectors.map(halvesOf), halvesOf(results));
            const { rowCount } = chunk;
            for (let row = 0; row < rowCount; row += 1) {
              let isValid = true;
              for (const { validity } of vectors) isValid &&= validity.itemValid(row);
              results.validity.setItemValid(row, isValid);
            }
            output.flush();
          },
        }),
      );
    },
  };
}

function halvesOf({ items }: NumberVector): Uint32Array {
  return new Uint32Array(items.buffer, items.byteOffset, 2 * items.length);
}

function refuseLong(bytes: number): void {
  if (bytes > MAX_ARGUMENT_BYTES) throw new Error(argumentTooLong(MAX_ARGUMENT_BYTES));
}

/** What the engine says of a text, an array or a number that is longer than it takes. */
const TOO_LARGE = /Invalid (?:string|array|typed array) length|longer than|BigInt size|allocation failed/;

function outcomeOf(body: (values: unknown[]) => unknown, values: unknown[]): unknown {
  try {
    return body(values);
  } catch (error) {
    const isTooLarge = error instanceof RangeError && TOO_LARGE.test(error.message);
    throw isTooLarge ? new Error(ROW_TOO_LONG, { cause: error }) : error;
  }
}

/** A function that gives NULL when any argument is NULL. */
export function udf<A extends unknown[], R>(
  kinds: Kinds<A>,
  returns: Kind<R>,
  body: (...values: A) => R | null,
): Udf {
  return create(kinds as Kind<unknown>[], returns as Kind<unknown>, () => (values) => body(...(values as A)));
}

/** A function that is called with NULLs too. */
export function nullableUdf<A extends unknown[], R>(
  kinds: Kinds<A>,
  returns: Kind<R>,
  body: (...values: Nullable<A>) => R | null,
): Udf {
  return create(
    kinds as Kind<unknown>[],
    returns as Kind<unknown>,
    () => (values) => body(...(values as Nullable<A>)),
    { seesNull: true },
  );
}

/**
 * A function whose calls of one batch of rows belong together: `start` makes the body for each batch. Its argument is
 * the same for all batches of one thread that runs a statement.
 */
export function batchUdf<A extends unknown[], R>(
  kinds: Kinds<A>,
  returns: Kind<R>,
  start: (memory: Map<bigint, unknown>) => (...values: A) => R,
  options: Pick<CreateOptions, 'volatile'> = {},
): Udf {
  return create(
    kinds as Kind<unknown>[],
    returns as Kind<unknown>,
    (memory) => {
      const body = start(memory);
      return (values) => body(...(values as A));
    },
    options,
  );
}
