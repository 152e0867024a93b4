/** A column as BigQuery's REST API describes it. */
export interface BigQueryField {
  name: string;
  type: string;
  mode?: string;
  fields?: BigQueryField[];
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

interface WireRow {
  f: { v: unknown }[];
}

/**
 * One row of the REST API as JSON values: INT64 as a number where a double holds it exactly and as a string
 * otherwise, NUMERIC as a string, TIMESTAMP as RFC 3339 in UTC with up to microseconds, BYTES as base64, NaN and
 * infinities as strings.
 * @param row with timestamps as microseconds (`formatOptions.useInt64Timestamp`).
 */
export function decodeRow(fields: readonly BigQueryField[], row: unknown): JsonValue[] {
  return fields.map((field, index) => decodeCell(field, (row as WireRow).f[index]?.v ?? null));
}

export function rowObject(
  fields: readonly BigQueryField[],
  values: readonly JsonValue[],
): Record<string, JsonValue> {
  return Object.fromEntries(fields.map((field, index) => [field.name, values[index] ?? null]));
}

function decodeCell(field: BigQueryField, cell: unknown): JsonValue {
  if (field.mode === 'REPEATED') {
    return ((cell ?? []) as { v: unknown }[]).map(({ v }) => decodeScalar(field, v));
  }
  return decodeScalar(field, cell);
}

function decodeScalar(field: BigQueryField, value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  switch (field.type) {
    case 'RECORD':
    case 'STRUCT':
      return rowObject(field.fields ?? [], decodeRow(field.fields ?? [], value));
    case 'INTEGER':
    case 'INT64': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    case 'FLOAT':
    case 'FLOAT64': {
      const number = Number(value);
      return Number.isFinite(number) ? number : String(value);
    }
    case 'BOOLEAN':
    case 'BOOL':
      return value === true || value === 'true';
    case 'TIMESTAMP':
      return timestampText(BigInt(value as string));
    case 'JSON':
      return JSON.parse(String(value)) as JsonValue;
    default:
      return String(value);
  }
}

/** RFC 3339 of microseconds since the epoch, without trailing zeros of the fraction. */
export function timestampText(micros: bigint): string {
  const seconds = (micros - (((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n;
  const fraction = String(micros - seconds * 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${base}${fraction === '' ? '' : `.${fraction}`}Z`;
}
