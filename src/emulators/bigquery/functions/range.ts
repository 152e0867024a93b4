import { raise } from './emit.js';
import { type Call, type FunctionRule, scalar } from './registry.js';

/** A RANGE is a struct of its ends; NULL is unbounded. */
const start = (sql: string): string => `(${sql}).f1`;
const end = (sql: string): string => `(${sql}).f2`;

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
  scalar('RANGE_INTERSECT', { '(RANGE<T1>, RANGE<T1>) -> RANGE<T1>': intersect }),
];
