import { type BqType, duckType } from '../syntax/types.js';
import { raise } from './emit.js';
import { type Call, type FunctionRule, scalar } from './registry.js';

/** A RANGE is a struct of its ends; NULL is unbounded. */
const start = (sql: string): string => `(${sql}).f1`;
const end = (sql: string): string => `(${sql}).f2`;

/** What ranges are ordered by: an unbounded start is the lowest, an unbounded end the highest. */
export function rangeKey(range: string, element: BqType): string {
  const type = duckType(element);
  return `CASE WHEN ${range} IS NOT NULL THEN {'f1': coalesce(${start(range)}, CAST('-infinity' AS ${type})), 'f2': coalesce(${end(range)}, CAST('infinity' AS ${type}))} END`;
}

function make(call: Call): string {
  const [from, to] = [call.sql(0), call.sql(1)];
  return `CASE WHEN ${from} >= ${to} THEN ${raise(
    "'Range start element must be smaller than range end element: [' || " +
      `CAST(${from} AS VARCHAR) || ', ' || CAST(${to} AS VARCHAR) || ')'`,
    call.duckReturns,
  )} ELSE struct_pack(f1 := ${from}, f2 := ${to}) END`;
}

function containsValue(call: Call): string {
  const [range, value] = [call.sql(0), call.sql(1)];
  return `CASE WHEN ${range} IS NULL OR ${value} IS NULL THEN NULL ELSE (${start(range)} IS NULL OR ${start(range)} <= ${value}) AND (${end(range)} IS NULL OR ${value} < ${end(range)}) END`;
}

function containsRange(call: Call): string {
  const [outer, inner] = [call.sql(0), call.sql(1)];
  const starts = `(${start(outer)} IS NULL OR coalesce(${start(outer)} <= ${start(inner)}, false))`;
  const ends = `(${end(outer)} IS NULL OR coalesce(${end(outer)} >= ${end(inner)}, false))`;
  return `CASE WHEN ${outer} IS NULL OR ${inner} IS NULL THEN NULL ELSE ${starts} AND ${ends} END`;
}

function overlapText(a: string, b: string): string {
  const before = (x: string, y: string): string => `coalesce(${start(x)} < ${end(y)}, true)`;
  return `(${before(a, b)} AND ${before(b, a)})`;
}

function intersect(call: Call): string {
  const [a, b] = [call.sql(0), call.sql(1)];
  return `CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN NOT ${overlapText(a, b)} THEN ${raise(
    "'Provided RANGE inputs do not overlap. Please check RANGE_OVERLAPS before calling RANGE_INTERSECT'",
    call.duckReturns,
  )} ELSE struct_pack(f1 := greatest(${start(a)}, ${start(b)}), f2 := least(${end(a)}, ${end(b)})) END`;
}

/** Ranges of one step each that cover a range; the last one may be cut short. */
function generate(duckType: 'DATE' | 'TIMESTAMP' | 'TIMESTAMPTZ'): (call: Call) => string {
  return (call) => {
    const [range, step] = [call.sql(0), call.sql(1)];
    const partial = call.has(2) ? call.sql(2) : 'true';
    const clock = (sql: string): string =>
      duckType === 'TIMESTAMPTZ' ? `make_timestamp(epoch_us(${sql}))` : `CAST(${sql} AS TIMESTAMP)`;
    const back = (sql: string): string =>
      duckType === 'TIMESTAMPTZ' ? `make_timestamptz(epoch_us(${sql}))` : `CAST(${sql} AS ${duckType})`;
    const last = clock(end(range));
    const series = `generate_series(${clock(start(range))}, ${last}, ${step})`;
    const kept = `list_filter(${series}, lambda _r: _r < ${last} AND (${partial} OR _r + ${step} <= ${last}))`;
    const unbounded = `${start(range)} IS NULL OR ${end(range)} IS NULL`;
    return `CASE WHEN ${range} IS NULL THEN NULL WHEN ${unbounded} THEN ${raise(
      "'Unbounded RANGE is not supported by GENERATE_RANGE_ARRAY'",
      call.duckReturns,
    )} ELSE list_transform(${kept}, lambda _r: struct_pack(f1 := ${back('_r')}, f2 := ${back(`least(_r + ${step}, ${last})`)})) END`;
  };
}

export const rangeFunctions: FunctionRule[] = [
  scalar('RANGE', {
    '(DATE, DATE) -> RANGE<DATE>': make,
    '(DATETIME, DATETIME) -> RANGE<DATETIME>': make,
    '(TIMESTAMP, TIMESTAMP) -> RANGE<TIMESTAMP>': make,
  }),
  scalar('RANGE_START', { '(RANGE<T1>) -> T1': (call) => start(call.sql(0)) }),
  scalar('RANGE_END', { '(RANGE<T1>) -> T1': (call) => end(call.sql(0)) }),
  scalar('RANGE_IS_START_UNBOUNDED', {
    '(RANGE<T1>) -> BOOL': (call) =>
      `CASE WHEN ${call.sql(0)} IS NOT NULL THEN ${start(call.sql(0))} IS NULL END`,
  }),
  scalar('RANGE_IS_END_UNBOUNDED', {
    '(RANGE<T1>) -> BOOL': (call) =>
      `CASE WHEN ${call.sql(0)} IS NOT NULL THEN ${end(call.sql(0))} IS NULL END`,
  }),
  scalar('RANGE_CONTAINS', {
    '(RANGE<T1>, RANGE<T1>) -> BOOL': containsRange,
    '(RANGE<T1>, T1) -> BOOL': containsValue,
  }),
  scalar('RANGE_OVERLAPS', {
    '(RANGE<T1>, RANGE<T1>) -> BOOL': (call) =>
      `CASE WHEN ${call.sql(0)} IS NULL OR ${call.sql(1)} IS NULL THEN NULL ELSE ${overlapText(call.sql(0), call.sql(1))} END`,
  }),
  scalar('GENERATE_RANGE_ARRAY', {
    '(RANGE<DATE>, INTERVAL, [include_last_partial => BOOL]) -> ARRAY<RANGE<DATE>>': generate('DATE'),
    '(RANGE<DATETIME>, INTERVAL, [include_last_partial => BOOL]) -> ARRAY<RANGE<DATETIME>>':
      generate('TIMESTAMP'),
    '(RANGE<TIMESTAMP>, INTERVAL, [include_last_partial => BOOL]) -> ARRAY<RANGE<TIMESTAMP>>':
      generate('TIMESTAMPTZ'),
  }),
  scalar('RANGE_INTERSECT', { '(RANGE<T1>, RANGE<T1>) -> RANGE<T1>': intersect }),
];
