import { balanced } from '../duck/balanced.js';
import { type BqType, duckType } from '../syntax/types.js';
import { boundedRow, boundedValue } from './emit.js';
import type { LiteralValue } from './registry.js';
import { isCostlyToCompute, sharing } from './share.js';
import { sizeSql } from './sizes.js';

/** Operands of CONCAT and `||`: STRING and BYTES, or arrays. */
export interface Joinable {
  sql: string;
  type: BqType;
  literal?: LiteralValue;
}

/** STRING or BYTES operands one behind the other. The type is for DuckDB, where `'a' || NULL` is an integer. */
export function joinedText(operands: readonly Joinable[]): string {
  const type = duckType(operands[0]!.type);
  return boundedSharing(operands, (sqls) => {
    const joined = balanced(sqls, (left, right) => `(${left} || ${right})`);
    return `CAST(${joined} AS ${type})`;
  });
}

/** Arrays of one type one behind the other. */
export function joinedArrays(operands: readonly Joinable[]): string {
  return boundedSharing(operands, (sqls) => {
    const isNull = sqls.map((sql) => `${sql} IS NULL`).join(' OR ');
    const joined = balanced(sqls, (left, right) => `list_concat(${left}, ${right})`);
    return `CASE WHEN ${isNull} THEN NULL ELSE ${joined} END`;
  });
}

/** What `join` makes of the operands, each computed once, unless it is too long. */
function boundedSharing(operands: readonly Joinable[], join: (sqls: readonly string[]) => string): string {
  const computed = operands.filter(({ literal }) => literal === undefined);
  const body = (names: readonly string[]): string => {
    const named = new Map(computed.map((operand, index) => [operand, names[index]!]));
    const all = operands.map((operand) => ({ ...operand, sql: named.get(operand) ?? operand.sql }));
    return boundedJoin(all, join(all.map(({ sql }) => sql)));
  };
  return sharing(
    computed.map(({ sql }) => sql),
    body,
    isCostlyToCompute,
  );
}

/** `joined`, which has all of `operands` one behind the other, unless it is too long. */
function boundedJoin(operands: readonly Joinable[], joined: string): string {
  const sizes = operands.filter(({ literal }) => literal === undefined).map(sizeSql);
  if (sizes.length === 0) return joined;
  const known = operands.reduce((sum, { literal }) => sum + literalBytes(literal), 0);
  const total = balanced([...sizes, String(known)], (left, right) => `(${left} + ${right})`);
  return operands[0]!.type.kind === 'ARRAY'
    ? boundedRow(total, joined)
    : boundedValue('CONCAT', total, joined);
}

function literalBytes(literal: LiteralValue | undefined): number {
  if (literal instanceof Uint8Array) return literal.length;
  return typeof literal === 'string' ? Buffer.byteLength(literal) : 0;
}
