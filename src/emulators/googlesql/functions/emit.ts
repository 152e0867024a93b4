import { quoteString } from '../duck/quote.js';
import { markedName, nameForConstants } from '../duck/sql.js';
import { argumentTooLong, MAX_SEARCHED_BYTES, ROW_TOO_LONG, tooLong } from '../duck/value-limit.js';
import { type BqType, hasNanoseconds } from '../syntax/types.js';
import type { Call } from './registry.js';
import { inTurns } from './share.js';
import { own } from './udf.js';

/** The name of a function of DuckDB that takes long over a long text. */
export const slow = markedName;

/** DuckDB text of an expression that fails with a message (an SQL text) when it is reached; TRY turns it to NULL. */
export function raise(message: string, duckType = 'VARCHAR'): string {
  return `CAST(${own.error}(${message}) AS ${duckType})`;
}

const MOST_NUMERIC = `CAST('${'9'.repeat(29)}.${'9'.repeat(9)}' AS DECIMAL(38,9))`;

/** A NUMERIC within its range: DuckDB adds up beyond the 38 digits of its type. */
export function checkedNumeric(value: string, shown: string): string {
  return `CASE WHEN abs(${value}) > ${MOST_NUMERIC} THEN ${raise(`'numeric overflow: ${shown}'`, 'DECIMAL(38,9)')} ELSE ${value} END`;
}

/** A BIGNUMERIC within its range, which DuckDB's integers go beyond. */
export function checkedBig(value: string, shown: string): string {
  return `CAST(${own.big_check}(CAST(${value} AS VARCHAR), '${shown}') AS BIGNUM)`;
}

const WITHIN_BUDGET = nameForConstants(own.within_budget, own.constant_within_budget);

/** As much for each row of a batch is an eighth of a gigabyte. */
const SMALL_VALUE_BYTES = 64 * 1024;

/**
 * `value` where it has `bytes`, a number, unless that is longer than the service takes, which fails with `message`,
 * or it and its neighbours take more memory than there is.
 */
function bounded(bytes: string, value: string, message: string): string {
  const granted = `${WITHIN_BUDGET}(CAST(${bytes} AS DOUBLE), ${quoteString(message)})`;
  return `CASE WHEN CASE WHEN ${bytes} > ${SMALL_VALUE_BYTES} THEN ${granted} ELSE true END THEN ${value} END`;
}

/** `value`, the text or bytes of the length `bytes` that the function makes, or its error when that is too long. */
export function boundedValue(name: string, bytes: string, value: string): string {
  return bounded(bytes, value, tooLong(name));
}

/** `value` of the size `bytes`, unless it alone makes a row too long. */
export function boundedRow(bytes: string, value: string): string {
  return bounded(bytes, value, ROW_TOO_LONG);
}

/** `value`, for which all matches in the text are searched in one go, unless the text is too long for that. */
export function boundedSearch(text: string, value: string, duckType: string): string {
  const refusal = raise(quoteString(argumentTooLong(MAX_SEARCHED_BYTES)), duckType);
  return `CASE WHEN strlen(${text}) > ${MAX_SEARCHED_BYTES} THEN ${refusal} ELSE ${value} END`;
}

/** A number as the service prints it in errors: six digits. */
export function floatText(sql: string): string {
  return `format('{:g}', CAST(${sql} AS DOUBLE))`;
}

/** The value of an integer literal. */
export function integerLiteral(call: Call, index: number): bigint | undefined {
  const value = call.has(index) ? call.literal(index) : undefined;
  return typeof value === 'bigint' ? value : undefined;
}

/**
 * The integer argument, which must not be NULL and lie within bounds; `name` begins the messages:
 * `The offset to the function LAG` must not be null.
 */
export function boundedInteger(
  call: Call,
  index: number,
  { least, most }: { least: 0n | 1n; most?: bigint },
  name: string,
): string {
  const faults: [test: (value: bigint | null) => boolean, sql: (value: string) => string, problem: string][] =
    [
      [(value) => value === null, (value) => `${value} IS NULL`, 'must not be null'],
      [
        (value) => value! < least,
        (value) => `${value} < ${least}`,
        least === 0n ? 'must not be negative' : 'must be positive',
      ],
    ];
  if (most !== undefined) {
    faults.push([
      (value) => value! > most,
      (value) => `${value} > ${most}`,
      `cannot be greater than ${most}`,
    ]);
  }
  const known = call.literal(index);
  if (known === null || typeof known === 'bigint') {
    const fault = faults.find(([test]) => test(known));
    return fault === undefined ? call.sql(index) : call.fail(`${name} ${fault[2]}`, call.argument(index).pos);
  }
  const sql = call.sql(index);
  const branches = faults.map(
    ([, test, problem]) => `WHEN ${test(sql)} THEN ${raise(quoteString(`${name} ${problem}`), 'BIGINT')}`,
  );
  return `CASE ${branches.join(' ')} ELSE ${sql} END`;
}

export function stringLiteral(call: Call, index: number): string | undefined {
  const value = call.has(index) ? call.literal(index) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** `guard` with a message unless the integer argument is known not to be negative. */
export function refuseNegative(
  call: Call,
  index: number,
  message: string,
  value: string,
  duckType = 'VARCHAR',
): string {
  const known = integerLiteral(call, index);
  if (known !== undefined) {
    if (known < 0n) return raise(quoteString(message), duckType);
    return value;
  }
  return `CASE WHEN ${call.sql(index)} < 0 THEN ${raise(quoteString(message), duckType)} ELSE ${value} END`;
}

/** The type as the functions that print any value receive it; see `TypeShape`. */
export function shapeText(type: BqType): string {
  return JSON.stringify(shape(type));
}

function shape(type: BqType): unknown {
  switch (type.kind) {
    case 'ARRAY':
    case 'RANGE':
      return { kind: type.kind, element: shape(type.element) };
    case 'STRUCT':
      return {
        kind: 'STRUCT',
        fields: type.fields.map((field) => ({ name: field.name ?? '', type: shape(field.type) })),
      };
    default:
      return hasNanoseconds(type) ? { kind: type.kind, digits: 9 } : { kind: type.kind };
  }
}

/** A value of any type as the text that `readTyped` reads. BIGNUM goes in as text, since to_json rounds it. */
export function encodeValue(sql: string, type: BqType): string {
  const encoded = `CAST(to_json(${bigAsText(sql, type)}) AS VARCHAR)`;
  if (type.kind !== 'ARRAY') return encoded;
  return boundedRow(`len(${sql}) * ${ENCODED_ITEM_BYTES}`, encoded);
}

/** What DuckDB takes for an item of a document while it writes it, and more. */
const ENCODED_ITEM_BYTES = 80;

/** What `write` makes of the text of `encodeValue`, in turns where that may be long. */
export function withEncoded(
  call: Call,
  sql: string,
  type: BqType,
  write: (encoded: string) => string,
): string {
  const encoded = encodeValue(sql, type);
  if (type.kind !== 'ARRAY' && type.kind !== 'STRUCT') return write(encoded);
  const size = ([text]: readonly string[]) => `strlen(${text})`;
  return call.hole(inTurns([call.node(encoded)], size, ([node]) => call.node(write(call.hole(node!)))));
}

function bigAsText(sql: string, type: BqType): string {
  if (type.kind === 'BIGNUMERIC') return `CAST(${sql} AS VARCHAR)`;
  if (!containsBig(type)) return sql;
  if (type.kind === 'ARRAY') return `list_transform(${sql}, lambda _big: ${bigAsText('_big', type.element)})`;
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map(
      (field, index) => `f${index + 1} := ${bigAsText(`(${sql}).f${index + 1}`, field.type)}`,
    );
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
  }
  return sql;
}

function containsBig(type: BqType): boolean {
  if (type.kind === 'ARRAY' || type.kind === 'RANGE') return containsBig(type.element);
  if (type.kind === 'STRUCT') return type.fields.some((field) => containsBig(field.type));
  return type.kind === 'BIGNUMERIC';
}

/** TO_JSON's document for a value of any type; JSON null for NULL. */
export function toJsonSql(call: Call, sql: string, type: BqType, stringifyWide = 'false'): string {
  if (type.kind === 'JSON') return `coalesce(${sql}, 'null')`;
  return itemByItem(sql, type, documentWriter(call, own.to_json, stringifyWide));
}

/** Writes a value by one of our functions, which take its shape, the encoded value and a flag. */
export function documentWriter(call: Call, ownFunction: string, flag: string) {
  return (sql: string, type: BqType): string => {
    const shape = quoteString(shapeText(type));
    return withEncoded(call, sql, type, (encoded) => `${ownFunction}(${shape}, ${encoded}, ${flag})`);
  };
}

/** A longer array is written an item at a time, so that the server serves others in between. */
const ITEMS_AT_ONCE = 4096;

/** The document that `write` makes of a value, of a long array one item after the other. */
export function itemByItem(sql: string, type: BqType, write: (sql: string, type: BqType) => string): string {
  const whole = write(sql, type);
  if (type.kind !== 'ARRAY') return whole;
  const items = `list_transform(${sql}, lambda _item: ${write('_item', type.element)})`;
  const joined = `'[' || array_to_string(_items, ',') || ']'`;
  const bounded = boundedRow('list_sum(list_transform(_items, lambda _item: strlen(_item) + 1))', joined);
  return `CASE WHEN len(${sql}) > ${ITEMS_AT_ONCE} THEN list_transform([${items}], lambda _items: ${bounded})[1] ELSE ${whole} END`;
}

/** `any (a, b)` as a DuckDB list; an empty one needs its type. */
export function listOf(items: readonly string[], duckType: string): string {
  return items.length === 0 ? `CAST([] AS ${duckType}[])` : `[${items.join(', ')}]`;
}
