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
  VARCHAR,
} from '@duckdb/node-api';

/** How values of one DuckDB type pass in and out of JavaScript. */
export interface Kind<T> {
  type: DuckDBType;
  read(value: DuckDBValue): T;
  write(value: T): DuckDBValue;
}

function plain<T extends DuckDBValue>(type: DuckDBType): Kind<T> {
  return { type, read: (value) => value as T, write: (value) => value };
}

export const text = plain<string>(VARCHAR);
export const integer = plain<bigint>(BIGINT);
export const float = plain<number>(DOUBLE);
export const flag = plain<boolean>(BOOLEAN);
export const bytes: Kind<Uint8Array> = {
  type: BLOB,
  read: (value) => (value as DuckDBBlobValue).bytes,
  write: (value) => new DuckDBBlobValue(value),
};

const NUMERIC_WIDTH = 38;
const NUMERIC_SCALE = 9;
/** NUMERIC as the integer that is value × 10^9. */
export const decimal: Kind<bigint> = {
  type: DECIMAL(NUMERIC_WIDTH, NUMERIC_SCALE),
  read: (value) => (value as DuckDBDecimalValue).value,
  write: (value) => new DuckDBDecimalValue(value, NUMERIC_WIDTH, NUMERIC_SCALE),
};

/** A list whose items may be NULL. */
export function list<T>(item: Kind<T>): Kind<(T | null)[]> {
  return {
    type: LIST(item.type),
    read: (value) => (value as DuckDBListValue).items.map((each) => (each === null ? null : item.read(each))),
    write: (value) => listValue(value.map((each) => (each === null ? null : item.write(each)))),
  };
}

type Kinds<A extends unknown[]> = { [K in keyof A]: Kind<A[K]> };
type Nullable<A extends unknown[]> = { [K in keyof A]: A[K] | null };

export interface Udf {
  register(connection: DuckDBConnection): void;
}

function create(
  name: string,
  kinds: Kind<unknown>[],
  returns: Kind<unknown>,
  start: () => (values: unknown[]) => unknown,
  seesNull: boolean,
): Udf {
  return {
    register(connection) {
      connection.registerScalarFunction(
        DuckDBScalarFunction.create({
          name,
          parameterTypes: kinds.map((kind) => kind.type),
          returnType: returns.type,
          specialHandling: seesNull,
          mainFunction: (_info, chunk, output) => {
            const body = start();
            const vectors = kinds.map((_, index) => chunk.getColumnVector(index));
            const values: unknown[] = new Array(kinds.length);
            for (let row = 0; row < chunk.rowCount; row += 1) {
              let sawNull = false;
              for (const [index, kind] of kinds.entries()) {
                const value = vectors[index]!.getItem(row) as DuckDBValue;
                if (value === null) sawNull = true;
                values[index] = value === null ? null : kind.read(value);
              }
              const result = sawNull && !seesNull ? null : body(values);
              output.setItem(row, result === null ? null : returns.write(result));
            }
            output.flush();
          },
        }),
      );
    },
  };
}

/** A function that gives NULL when any argument is NULL. */
export function udf<A extends unknown[], R>(
  name: string,
  kinds: Kinds<A>,
  returns: Kind<R>,
  body: (...values: A) => R | null,
): Udf {
  return create(
    name,
    kinds as Kind<unknown>[],
    returns as Kind<unknown>,
    () => (values) => body(...(values as A)),
    false,
  );
}

/** A function that is called with NULLs too. */
export function nullableUdf<A extends unknown[], R>(
  name: string,
  kinds: Kinds<A>,
  returns: Kind<R>,
  body: (...values: Nullable<A>) => R | null,
): Udf {
  return create(
    name,
    kinds as Kind<unknown>[],
    returns as Kind<unknown>,
    () => (values) => body(...(values as Nullable<A>)),
    true,
  );
}

/** A function whose calls of one batch of rows belong together: `start` makes the body for each batch. */
export function batchUdf<A extends unknown[], R>(
  name: string,
  kinds: Kinds<A>,
  returns: Kind<R>,
  start: () => (...values: A) => R,
): Udf {
  return create(
    name,
    kinds as Kind<unknown>[],
    returns as Kind<unknown>,
    () => {
      const body = start();
      return (values) => body(...(values as A));
    },
    false,
  );
}
