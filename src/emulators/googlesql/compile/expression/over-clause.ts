import { duck, type Sql, series } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { FunctionRule } from '../../functions/registry.js';
import { own } from '../../functions/udf.js';
import type { FrameBound, Window, WindowFrame } from '../../syntax/ast.js';
import { type BqType, INT64, isFloat, isGroupable, printType } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';
import { coerce } from './casts.js';
import { sortKey, sortList } from './order.js';

/** A window with what it inherits from the named windows it stands on. */
function flatten(window: Window, scope: Scope): Window {
  if (window.base === undefined) return window;
  const named = scope.findWindow(window.base.name);
  if (named === undefined)
    throw invalidQuery(`Unrecognized window alias ${window.base.name}`, window.base.pos);
  const base = flatten(named.window, scope);
  if (window.partitionBy.length > 0) {
    throw invalidQuery('PARTITION BY is not allowed in a window that refers to a named window', window.pos);
  }
  if (window.orderBy.length > 0 && base.orderBy.length > 0) {
    throw invalidQuery(
      'If an inherited named window specification has an ORDER BY clause, the inheriting window cannot',
      window.pos,
    );
  }
  return {
    pos: window.pos,
    partitionBy: base.partitionBy,
    orderBy: window.orderBy.length > 0 ? window.orderBy : base.orderBy,
    ...((window.frame ?? base.frame) === undefined ? {} : { frame: window.frame ?? base.frame }),
  };
}

const RANGE_WITH_OFFSET = 'A RANGE-based window with OFFSET PRECEDING or OFFSET FOLLOWING boundaries';
const NUMERIC_KINDS: ReadonlySet<string> = new Set(['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC']);

export interface CompiledWindow {
  /** `(PARTITION BY … )`, without OVER. */
  sql: Sql;
  partition: readonly Sql[];
  /** How many rows a frame has at most, where that is known. */
  frameRows?: bigint;
}

/** The OVER clause of a call: `(PARTITION BY … ORDER BY … ROWS …)`. */
export function windowSql(node: Window, rule: FunctionRule, scope: Scope, distinct: boolean): CompiledWindow {
  const window = flatten(node, scope);
  if (distinct && window.orderBy.length > 0) {
    throw invalidQuery('Window ORDER BY is not allowed if DISTINCT is specified', window.orderBy[0]!.pos);
  }
  if (distinct && window.frame !== undefined) {
    throw invalidQuery('Window framing clause is not allowed if DISTINCT is specified', window.frame.pos);
  }
  const parts: Sql[] = [];
  const partition = window.partitionBy.map((expression) => {
    const key = scope.compile(expression);
    if (!isGroupable(key.type)) {
      throw invalidQuery(
        `Partitioning by expressions of type ${printType(key.type)} is not allowed`,
        key.pos,
      );
    }
    return key.sql;
  });
  if (partition.length > 0) parts.push(duck`PARTITION BY ${series(partition, ', ')}`);
  if (window.orderBy.length === 0 && rule.options.needsOrder) {
    throw invalidQuery(`Window ORDER BY is required for analytic function ${rule.name}`, node.pos);
  }
  if (window.frame !== undefined && rule.kind === 'window' && !rule.options.frame) {
    throw invalidQuery(
      `Window framing clause is not allowed for analytic function ${rule.name}`,
      window.frame.pos,
    );
  }
  const range = window.frame?.unit === 'RANGE' && hasOffset(window.frame);
  if (range && window.orderBy.length !== 1) {
    throw invalidQuery(`${RANGE_WITH_OFFSET} must have exactly one ORDER BY key`, window.frame?.pos);
  }
  let frameType: BqType | undefined;
  const keys = window.orderBy.flatMap((item) => {
    const key = scope.compile(item.expression);
    if (range && !NUMERIC_KINDS.has(key.type.kind)) {
      throw invalidQuery(
        `ORDER BY key must be numeric in a RANGE-based window with OFFSET PRECEDING or OFFSET FOLLOWING boundaries, but has type ${printType(key.type)}`,
        key.pos,
      );
    }
    if (!range) return sortKey(key, item);
    frameType = key.type;
    if (!isFloat(key.type)) return sortKey(framed(key), item, true);
    // NaN is below all numbers, as it is above the negated ones for DuckDB.
    const negated = { ...key, sql: duck`(-${key.sql})`, literal: undefined };
    const nulls = item.nulls ?? (item.descending ? 'LAST' : 'FIRST');
    return sortKey(negated, { ...item, descending: !item.descending, nulls }, true);
  });
  if (keys.length > 0) parts.push(duck`ORDER BY ${sortList(keys)}`);
  if (window.frame !== undefined) parts.push(frameSql(window.frame, frameType, scope));
  const sql = duck`(${series(parts, ' ')})`;
  return { sql, partition, frameRows: window.frame === undefined ? undefined : rowsOf(window.frame) };
}

/** How many rows a frame has at most; undefined where that is not known. */
function rowsOf({ unit, start, end }: WindowFrame): bigint | undefined {
  if (unit !== 'ROWS') return undefined;
  let rows = 1n;
  for (const bound of [start, end]) {
    if (bound === undefined || bound.bound === 'CURRENT ROW') continue;
    if (bound.offset?.kind !== 'IntegerLiteral') return undefined;
    rows += bound.offset.value;
  }
  return rows;
}

function hasOffset(frame: WindowFrame): boolean {
  return frame.start.offset !== undefined || frame.end?.offset !== undefined;
}

/** A key of a RANGE frame, or its offset, as DuckDB can add them: beyond INT64, and BIGNUMERIC as far as NUMERIC goes. */
function framed(key: Value): Value {
  switch (key.type.kind) {
    case 'INT64':
      return { ...key, sql: duck`CAST(${key.sql} AS HUGEINT)`, literal: undefined };
    case 'BIGNUMERIC':
      return { ...key, sql: duck`${own.big_to_numeric}(CAST(${key.sql} AS VARCHAR))`, literal: undefined };
    default:
      return key;
  }
}

/** `type` is that of the key of a RANGE with offsets. */
function frameSql(frame: WindowFrame, type: BqType | undefined, scope: Scope): Sql {
  const order = ['UNBOUNDED PRECEDING', 'PRECEDING', 'CURRENT ROW', 'FOLLOWING', 'UNBOUNDED FOLLOWING'];
  if (frame.end !== undefined && order.indexOf(frame.end.bound) < order.indexOf(frame.start.bound)) {
    throw invalidQuery(
      `Window frame starting from ${frame.start.bound} cannot end with ${frame.end.bound}`,
      frame.end.pos,
    );
  }
  const end = frame.end === undefined ? 'CURRENT ROW' : boundSql(frame.end, type, scope);
  return duck`${frame.unit} BETWEEN ${boundSql(frame.start, type, scope)} AND ${end}`;
}

function boundSql(bound: FrameBound, type: BqType | undefined, scope: Scope): Sql | string {
  if (bound.offset === undefined) return bound.bound;
  const offset = scope.compile(bound.offset);
  if (offset.coercibility === 'none' && offset.literal === undefined) {
    throw invalidQuery('Window framing expression must be a literal or a parameter', bound.pos);
  }
  const amount = coerce(offset, type ?? INT64, scope.castContext);
  if (amount.literal != null && String(amount.literal).startsWith('-')) {
    throw invalidQuery('Window framing expression has negative offset', bound.pos);
  }
  if (amount.literal === null || offset.coercibility === 'null') {
    throw invalidQuery('Window framing expression cannot be null', bound.pos);
  }
  return duck`${type === undefined ? amount.sql : framed(amount).sql} ${bound.bound}`;
}
