/** The scalar types without their parameters; a dialect names those that its queries may write. */
export const SCALAR_KINDS = [
  'INT64',
  'FLOAT32',
  'FLOAT64',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOL',
  'STRING',
  'BYTES',
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
  'INTERVAL',
  'JSON',
  'GEOGRAPHY',
  'UUID',
] as const;
export type ScalarKind = (typeof SCALAR_KINDS)[number];

export interface ScalarType {
  readonly kind: ScalarKind;
  /** Of a STRING that is compared and ordered without regard to case. */
  readonly collation?: Collation;
  /** Of a TIMESTAMP that has nanoseconds; see `values/nanoseconds.ts`. Without it there are microseconds. */
  readonly digits?: 9;
}

export type Collation = 'und:ci';

/** How values of the type are compared, where that is not by their characters. */
export function collationOf(type: BqType): Collation | undefined {
  return type.kind === 'STRING' ? (type as ScalarType).collation : undefined;
}

/** TIMESTAMP with that many digits of a second. */
export function timestampOfDigits(digits: 6 | 9): ScalarType {
  return digits === 9 ? NANOSECOND_TIMESTAMP : TIMESTAMP;
}

export function hasNanoseconds(type: BqType): boolean {
  return type.kind === 'TIMESTAMP' && (type as ScalarType).digits === 9;
}

export interface ArrayType {
  readonly kind: 'ARRAY';
  readonly element: BqType;
}

export interface StructField {
  /** Absent for an anonymous field; two fields may share a name. */
  readonly name?: string;
  readonly type: BqType;
}

export interface StructType {
  readonly kind: 'STRUCT';
  readonly fields: readonly StructField[];
}

export interface RangeType {
  readonly kind: 'RANGE';
  readonly element: BqType;
}

export type BqType = ScalarType | ArrayType | StructType | RangeType;

/** A column of a query, table or view. */
export interface Field {
  name: string;
  type: BqType;
  /** Absent is NULLABLE; an ARRAY is REPEATED whatever stands here. */
  mode?: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
}

export const INT64: ScalarType = { kind: 'INT64' };
export const FLOAT32: ScalarType = { kind: 'FLOAT32' };
export const FLOAT64: ScalarType = { kind: 'FLOAT64' };
export const NUMERIC: ScalarType = { kind: 'NUMERIC' };
export const BIGNUMERIC: ScalarType = { kind: 'BIGNUMERIC' };
export const BOOL: ScalarType = { kind: 'BOOL' };
export const STRING: ScalarType = { kind: 'STRING' };
export const BYTES: ScalarType = { kind: 'BYTES' };
export const DATE: ScalarType = { kind: 'DATE' };
export const DATETIME: ScalarType = { kind: 'DATETIME' };
export const TIME: ScalarType = { kind: 'TIME' };
export const TIMESTAMP: ScalarType = { kind: 'TIMESTAMP' };
export const NANOSECOND_TIMESTAMP: ScalarType = { kind: 'TIMESTAMP', digits: 9 };
export const INTERVAL: ScalarType = { kind: 'INTERVAL' };
export const JSON_TYPE: ScalarType = { kind: 'JSON' };
export const UUID: ScalarType = { kind: 'UUID' };

const SCALARS_BY_NAME: ReadonlyMap<string, ScalarType> = new Map<string, ScalarType>([
  ...SCALAR_KINDS.map((kind): [string, ScalarType] => [kind, { kind }]),
  ['INT', INT64],
  ['SMALLINT', INT64],
  ['INTEGER', INT64],
  ['BIGINT', INT64],
  ['TINYINT', INT64],
  ['BYTEINT', INT64],
  ['FLOAT', FLOAT64],
  ['DECIMAL', NUMERIC],
  ['BIGDECIMAL', BIGNUMERIC],
  ['BOOLEAN', BOOL],
]);

/** The scalar type of a name or alias in upper case. */
export function scalarType(name: string): ScalarType | undefined {
  return SCALARS_BY_NAME.get(name);
}

export function arrayOf(element: BqType): ArrayType {
  return { kind: 'ARRAY', element };
}

export function structOf(fields: readonly StructField[]): StructType {
  return { kind: 'STRUCT', fields };
}

export function rangeOf(element: BqType): RangeType {
  return { kind: 'RANGE', element };
}

/** Same type; names of struct fields count (without regard to case) unless `ignoreNames`. */
export function sameType(left: BqType, right: BqType, ignoreNames = false): boolean {
  if (left.kind === 'ARRAY' || left.kind === 'RANGE') {
    return left.kind === right.kind && sameType(left.element, right.element, ignoreNames);
  }
  if (left.kind === 'STRUCT') {
    if (right.kind !== 'STRUCT' || left.fields.length !== right.fields.length) return false;
    return left.fields.every((field, index) => {
      const other = right.fields[index]!;
      if (!ignoreNames && field.name?.toLowerCase() !== other.name?.toLowerCase()) return false;
      return sameType(field.type, other.type, ignoreNames);
    });
  }
  return left.kind === right.kind;
}

/** The type as BigQuery prints it: `ARRAY<STRUCT<a INT64, STRING>>`. */
export function printType(type: BqType): string {
  switch (type.kind) {
    case 'ARRAY':
      return `ARRAY<${printType(type.element)}>`;
    case 'RANGE':
      return `RANGE<${printType(type.element)}>`;
    case 'STRUCT':
      return `STRUCT<${type.fields
        .map((field) =>
          field.name === undefined
            ? printType(field.type)
            : `${printFieldName(field.name)} ${printType(field.type)}`,
        )
        .join(', ')}>`;
    default:
      return type.kind;
  }
}

function printFieldName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name}\``;
}

// DuckDB storage

/** BIGNUMERIC has 38 decimals; it is held as a DuckDB BIGNUM of value × 10^38, which keeps all digits and the order. */
export const BIGNUMERIC_SCALE = 38;

/**
 * GEOGRAPHY is VARCHAR holding its well-known text with all digits.
 * JSON is VARCHAR holding the document as BigQuery prints it (no spaces, keys as they came).
 * TIMESTAMP is TIMESTAMPTZ, or HUGEINT when it has nanoseconds; sessions run in UTC. RANGE is a struct of its two ends, NULL for unbounded.
 */
const STORAGE: Record<ScalarKind, string> = {
  INT64: 'BIGINT',
  FLOAT32: 'FLOAT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'BIGNUM',
  BOOL: 'BOOLEAN',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  DATE: 'DATE',
  DATETIME: 'TIMESTAMP',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMPTZ',
  INTERVAL: 'INTERVAL',
  JSON: 'VARCHAR',
  GEOGRAPHY: 'VARCHAR',
  UUID: 'UUID',
};

/** Name of the struct field at `index` (from 0) in DuckDB; BigQuery's own names may be missing or repeated. */
export function duckFieldName(index: number): string {
  return `f${index + 1}`;
}

/** The DuckDB type that holds values of `type`. */
export function duckType(type: BqType): string {
  switch (type.kind) {
    case 'ARRAY':
      return `${duckType(type.element)}[]`;
    case 'RANGE':
      return `STRUCT(f1 ${duckType(type.element)}, f2 ${duckType(type.element)})`;
    case 'STRUCT':
      // DuckDB has no empty struct.
      if (type.fields.length === 0) return 'STRUCT(f1 BOOLEAN)';
      return `STRUCT(${type.fields.map((field, index) => `${duckFieldName(index)} ${duckType(field.type)}`).join(', ')})`;
    default:
      return hasNanoseconds(type) ? 'HUGEINT' : STORAGE[type.kind];
  }
}

// Coercion

const IMPLICIT: Partial<Record<ScalarKind, readonly ScalarKind[]>> = {
  INT64: ['FLOAT64', 'NUMERIC', 'BIGNUMERIC'],
  FLOAT32: ['FLOAT64'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT64'],
  BIGNUMERIC: ['FLOAT64'],
  DATE: ['DATETIME'],
};

const FROM_LITERAL: Partial<Record<ScalarKind, readonly ScalarKind[]>> = {
  INT64: ['FLOAT32'],
  FLOAT64: ['NUMERIC', 'BIGNUMERIC', 'FLOAT32'],
  STRING: ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP', 'UUID'],
};

const FROM_PARAMETER: Partial<Record<ScalarKind, readonly ScalarKind[]>> = {
  STRING: ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP', 'UUID'],
};

/** How freely a value may change its type: a literal NULL or `[]` fits nearly anything, a column only widens. */
export type Coercibility = 'null' | 'emptyArray' | 'literal' | 'parameter' | 'none';

/**
 * What it costs to use a value of type `from` where `to` is wanted: 0 when the types are the same, more for wider
 * conversions, undefined when BigQuery does not convert implicitly.
 */
export function coercionCost(
  from: BqType,
  to: BqType,
  coercibility: Coercibility = 'none',
  parts?: readonly CoercionInput[],
): number | undefined {
  if (coercibility === 'null') return 0;
  if (coercibility === 'emptyArray' && to.kind === 'ARRAY') return 0;
  if (sameType(from, to, true)) return sameType(from, to) ? 0 : 1;
  if (from.kind === 'ARRAY') {
    if (to.kind !== 'ARRAY' || coercibility !== 'literal') return undefined;
    return coercionCost(from.element, to.element, coercibility);
  }
  if (from.kind === 'STRUCT') {
    if (to.kind !== 'STRUCT' || to.fields.length !== from.fields.length) return undefined;
    let total = 0;
    for (const [index, field] of from.fields.entries()) {
      const part = parts?.[index];
      const freedom = part?.coercibility ?? coercibility;
      const cost = coercionCost(field.type, to.fields[index]!.type, freedom, part?.parts);
      if (cost === undefined) return undefined;
      total += cost;
    }
    return total;
  }
  if (from.kind === 'RANGE') return undefined;
  if (to.kind === 'RANGE') return from.kind === 'STRING' && coercibility === 'literal' ? 2 : undefined;
  if (to.kind === 'ARRAY' || to.kind === 'STRUCT') return undefined;
  const implicit = IMPLICIT[from.kind]?.indexOf(to.kind) ?? -1;
  // An integer literal prefers to stay an integer less strongly than a column: the order of the lists decides.
  if (implicit >= 0) return (coercibility === 'literal' ? 2 : 10) + implicit;
  const table =
    coercibility === 'literal' ? FROM_LITERAL : coercibility === 'parameter' ? FROM_PARAMETER : {};
  const literal = table[from.kind]?.indexOf(to.kind) ?? -1;
  return literal >= 0 ? 4 + literal : undefined;
}

export interface CoercionInput {
  type: BqType;
  coercibility: Coercibility;
  /** Of a struct made by a constructor: its fields, each of which converts as freely as its own expression. */
  parts?: readonly CoercionInput[];
}

/** The type all inputs convert to implicitly, or undefined; INT64 when every input is a bare NULL. */
export function commonSupertype(inputs: readonly CoercionInput[]): BqType | undefined {
  const type = supertype(inputs);
  const first = inputs.find(({ coercibility }) => coercibility !== 'null' && coercibility !== 'emptyArray');
  if (type?.kind === 'STRING') return inputs.find((input) => collationOf(input.type))?.type ?? type;
  return type === undefined || first === undefined ? type : withNamesOf(first.type, type);
}

/** `type` with the names that the fields of `first`, a type like it, have. */
function withNamesOf(first: BqType, type: BqType): BqType {
  if (first.kind === 'ARRAY' && type.kind === 'ARRAY')
    return arrayOf(withNamesOf(first.element, type.element));
  if (first.kind !== 'STRUCT' || type.kind !== 'STRUCT') return type;
  return structOf(
    type.fields.map((field, index) => ({
      name: first.fields[index]!.name,
      type: withNamesOf(first.fields[index]!.type, field.type),
    })),
  );
}

function supertype(inputs: readonly CoercionInput[]): BqType | undefined {
  const typed = inputs.filter(
    (input) => input.coercibility !== 'null' && input.coercibility !== 'emptyArray',
  );
  if (typed.length === 0) {
    return inputs.find((input) => input.coercibility === 'emptyArray')?.type ?? inputs[0]?.type;
  }
  const struct = structSupertype(typed);
  if (struct !== undefined) return fits(inputs, struct) ? struct : undefined;
  const firm = typed.filter((input) => input.coercibility !== 'literal');
  const base = firm.length > 0 ? firm : typed;
  let result: BqType | undefined = base[0]!.type;
  for (const input of base.slice(1)) {
    result = supertypeOfTwo(result, input.type, firm.length === 0);
    if (result === undefined) break;
  }
  if (result !== undefined && fits(inputs, result)) return result;
  // A literal may force widening past the columns: `COALESCE(int_column, 1.5)`.
  result = typed[0]!.type;
  for (const input of typed.slice(1)) {
    result = supertypeOfTwo(result, input.type, true);
    if (result === undefined) return undefined;
  }
  return fits(inputs, result) ? result : undefined;
}

function fits(inputs: readonly CoercionInput[], type: BqType): boolean {
  return inputs.every(
    (input) => coercionCost(input.type, type, input.coercibility, input.parts) !== undefined,
  );
}

/** Field by field, when a constructor among the inputs tells how freely its fields convert. */
function structSupertype(inputs: readonly CoercionInput[]): StructType | undefined {
  const first = inputs[0]!.type;
  if (first.kind !== 'STRUCT' || !inputs.some((input) => input.parts !== undefined)) return undefined;
  const columns: CoercionInput[][] = first.fields.map(() => []);
  for (const { type, coercibility, parts } of inputs) {
    if (type.kind !== 'STRUCT' || type.fields.length !== first.fields.length) return undefined;
    for (const [index, field] of type.fields.entries()) {
      columns[index]!.push(parts?.[index] ?? { type: field.type, coercibility });
    }
  }
  const fields: StructField[] = [];
  for (const [index, column] of columns.entries()) {
    const type = commonSupertype(column);
    if (type === undefined) return undefined;
    fields.push({ ...first.fields[index], type });
  }
  return structOf(fields);
}

function supertypeOfTwo(left: BqType, right: BqType, literals: boolean): BqType | undefined {
  if (sameType(left, right, true)) return left;
  if (left.kind === 'STRUCT' && right.kind === 'STRUCT') {
    if (left.fields.length !== right.fields.length) return undefined;
    const fields: StructField[] = [];
    for (const [index, field] of left.fields.entries()) {
      const type = supertypeOfTwo(field.type, right.fields[index]!.type, literals);
      if (type === undefined) return undefined;
      fields.push({ name: field.name, type });
    }
    return structOf(fields);
  }
  if (left.kind === 'ARRAY' && right.kind === 'ARRAY') {
    if (!literals) return undefined;
    const element = supertypeOfTwo(left.element, right.element, literals);
    return element === undefined ? undefined : arrayOf(element);
  }
  const scalarLeft = scalarType(left.kind);
  const scalarRight = scalarType(right.kind);
  if (scalarLeft === undefined || scalarRight === undefined) return undefined;
  if (IMPLICIT[scalarLeft.kind]?.includes(scalarRight.kind)) return right;
  if (IMPLICIT[scalarRight.kind]?.includes(scalarLeft.kind)) return left;
  if (literals) {
    if (FROM_LITERAL[scalarLeft.kind]?.includes(scalarRight.kind)) return right;
    if (FROM_LITERAL[scalarRight.kind]?.includes(scalarLeft.kind)) return left;
  }
  return undefined;
}

// What operations a type allows

/** Sortable and comparable with `<`; arrays, structs, JSON and GEOGRAPHY are not. */
export function isOrderable(type: BqType): boolean {
  return !['ARRAY', 'STRUCT', 'JSON', 'GEOGRAPHY'].includes(type.kind);
}

/** Comparable with `=`; structs compare field by field. */
export function isEquatable(type: BqType): boolean {
  if (type.kind === 'STRUCT') return type.fields.every((field) => isEquatable(field.type));
  return type.kind !== 'ARRAY' && type.kind !== 'JSON' && type.kind !== 'GEOGRAPHY';
}

/** Usable in GROUP BY, DISTINCT and PARTITION BY; arrays only where the dialect groups them. */
export function isGroupable(type: BqType, groupsArrays = true): boolean {
  if (type.kind === 'ARRAY') return groupsArrays && isGroupable(type.element);
  if (type.kind === 'STRUCT') return type.fields.every((field) => isGroupable(field.type, groupsArrays));
  return type.kind !== 'JSON' && type.kind !== 'GEOGRAPHY';
}

/** FLOAT32 and FLOAT64, which have NaN. */
export function isFloat(type: BqType): boolean {
  return type.kind === 'FLOAT64' || type.kind === 'FLOAT32';
}

export function isNumeric(type: BqType): boolean {
  return type.kind === 'INT64' || isFloat(type) || type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC';
}
