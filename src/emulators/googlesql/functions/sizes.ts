import { type BqType, duckFieldName, duckType } from '../syntax/types.js';

interface Sized {
  sql: string;
  type: BqType;
}

/** DuckDB text of the bytes that a STRING, BYTES, JSON or array takes, with those in an array all alike. */
export function sizeSql({ sql, type }: Sized): string {
  // DuckDB has no type for what is NULL always.
  const typed = `CAST(${sql} AS ${duckType(type)})`;
  if (type.kind === 'ARRAY') return `len(${typed}) * ${leastBytes(type.element)}`;
  return type.kind === 'BYTES' ? `octet_length(${typed})` : `strlen(${typed})`;
}

/** What a value takes at least in a row of the service. */
function leastBytes(type: BqType): number {
  if (type.kind === 'STRUCT') return type.fields.reduce((sum, field) => sum + leastBytes(field.type), 1);
  if (type.kind === 'STRING' || type.kind === 'BYTES' || type.kind === 'JSON') return 2;
  return type.kind === 'BOOL' || type.kind === 'ARRAY' ? 1 : 8;
}

export function isText({ kind }: BqType): boolean {
  return kind === 'STRING' || kind === 'BYTES' || kind === 'JSON';
}

/** Has a value of the type no small bound to its size? */
export function mayBeLong(type: BqType): boolean {
  if (type.kind === 'STRUCT') return type.fields.some((field) => mayBeLong(field.type));
  return isText(type) || type.kind === 'ARRAY';
}

/** DuckDB texts of the sizes, in bytes, of what a value is made of. */
export function sizesOf({ sql, type }: Sized): string[] {
  if (!mayBeLong(type)) return [];
  if (type.kind !== 'STRUCT') return [sizeSql({ sql, type })];
  return type.fields.flatMap((field, index) =>
    sizesOf({ sql: `(${sql}).${duckFieldName(index)}`, type: field.type }),
  );
}
