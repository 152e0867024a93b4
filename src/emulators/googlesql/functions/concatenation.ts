import { balanced } from '../duck/balanced.js';
import type { Sql } from '../duck/sql.js';
import { type BqType, duckType } from '../syntax/types.js';
import { boundedRow, boundedValue } from './emit.js';
import type { LiteralValue } from './registry.js';
import { isCostlyToCompute, sharing } from './share.js';
import { sizeSql } from './sizes.js';

/** Operands of CONCAT and `||`: STRING and BYTES, or arrays. */
export interface Joinable {
  sql: Sql;
  type: BqType;
  literal?: LiteralValue;
}

/** STRING or BYTES operands one behind the other. The type is for DuckDB, where `'a' || NULL` is an integer. */
export function joinedText(operands: readonly Joinable[]): Sql {
  const type = duckType(operands[0]!.type);
  return boundedSharing(operands, (sqls) => {
    const joined = balanced(sqls, (left, right) => `(${left} || ${right})`);
    return `CAST(${joined} AS ${type})`;
  });
}

/** Arrays of one type one behind the other. */
export function joinedArrays(operands: readonly Joinable[]): Sql {
  return boundedSharing(operands, (sqls) => {
    const isNull = sqls.map((sql) => `${sql} IS NULL`).join(' OR ');
    const joined = balanced(sqls, (left, right) => `list_concat(${left}, ${right})`);
    return `CASE WHEN ${isNull} THEN NULL ELSE ${joined} END`;
  });
}

/** What `join` makes of the operands, each computed once, unless it is too long. */
function boundedSharing(operands: readonly Joinable[], join: (sqls: readonly string[]) => string): Sql {
  const isLiteral = ({ literal }: Joinable) => literal !== undefined;
  const computed = operands.filter((operand) => !isLiteral(operand));
  const literals = operands.filter(isLiteral);
  const places = new Map([...computed, ...literals].map((operand, place) => [operand, place]));
  return sharing(
    computed.map(({ sql }) => sql),
    (names) => {
      const named = operands.map((operand) => names[places.get(operand)!]!);
      return boundedJoin(operands, named, join(named));
    },
    isCostlyToCompute,
    literals.map(({ sql }) => sql),
  );
}

/** `joined`, which has all of `operands`, known by `names`, one behind the other, unless it is too long. */
function boundedJoin(operands: readonly Joinable[], names: readonly string[], joined: string): string {
  const sizes = operands.flatMap(({ type, literal }, index) =>
    literal === undefined ? [sizeSql({ sql: names[index]!, type })] : [],
  );
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
