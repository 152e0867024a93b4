import { raise } from './emit.js';
import { type Call, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

const MICROS_PER_DAY = 86_400_000_000n;
const DAYS_PER_MONTH = 30n;

const months = (sql: string): string => `(datepart('year', ${sql}) * 12 + datepart('month', ${sql}))`;
const days = (sql: string): string => `datepart('day', ${sql})`;
const micros = (sql: string): string =>
  `(datepart('hour', ${sql}) * 3600000000 + datepart('minute', ${sql}) * 60000000 + datepart('microsecond', ${sql}))`;

export function intervalOf(monthsSql: string, daysSql: string, microsSql: string): string {
  return `(to_months(CAST(${monthsSql} AS INTEGER)) + to_days(CAST(${daysSql} AS INTEGER)) + to_microseconds(${microsSql}))`;
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#interval_type: 10,000 years each way. */
const MOST = { months: 120_000n, days: 3_660_000n, micros: 316_224_000_000_000_000n };

/** As `intervalOf`, for parts that may be out of range. */
export function boundedInterval(monthsSql: string, daysSql: string, microsSql: string): string {
  const fault = (part: keyof typeof MOST, sql: string): string => {
    const text = `'Interval field ${part} ''' || ${sql} || ''' is out of range -${MOST[part]} to ${MOST[part]}'`;
    return `WHEN abs(${sql}) > ${MOST[part]} THEN ${raise(text, 'INTERVAL')}`;
  };
  const faults = [fault('months', monthsSql), fault('days', daysSql), fault('micros', microsSql)];
  return `CASE ${faults.join(' ')} ELSE ${intervalOf(monthsSql, daysSql, microsSql)} END`;
}

/** Months, days and microseconds of an interval, as DuckDB text. */
export interface IntervalParts {
  months: string;
  days: string;
  micros: string;
}

export function intervalParts(sql: string): IntervalParts {
  return { months: months(sql), days: days(sql), micros: micros(sql) };
}

/** What is left of the months goes to the days (30 each), what is left of the days to the time. */
export function divideInterval(parts: IntervalParts, divisor: string): string {
  const allDays = `(${parts.days} + (${parts.months} % ${divisor}) * ${DAYS_PER_MONTH})`;
  const allMicros = `(${parts.micros} + (${allDays} % ${divisor}) * ${MICROS_PER_DAY})`;
  const divided = intervalOf(
    `${parts.months} // ${divisor}`,
    `${allDays} // ${divisor}`,
    `CAST(${allMicros} // ${divisor} AS BIGINT)`,
  );
  return `CASE WHEN ${divisor} = 0 THEN CAST(${own.error}('Interval division by zero') AS INTERVAL) ELSE ${divided} END`;
}

function justifyHours(sql: string): { days: string; micros: string } {
  return {
    days: `(${days(sql)} + ${micros(sql)} // ${MICROS_PER_DAY})`,
    micros: `(${micros(sql)} % ${MICROS_PER_DAY})`,
  };
}

/** Days and months, or hours and days, get one sign: what crosses zero borrows from its neighbour. */
function sameSign(large: string, small: string, unit: bigint): { large: string; small: string } {
  const borrow = `CASE WHEN ${large} > 0 AND ${small} < 0 THEN 1 WHEN ${large} < 0 AND ${small} > 0 THEN -1 ELSE 0 END`;
  return { large: `(${large} - (${borrow}))`, small: `(${small} + (${borrow}) * ${unit})` };
}

function makeInterval(call: Call): string {
  const of = (index: number): string => (call.has(index) ? call.sql(index) : '0');
  return boundedInterval(
    `(${of(0)} * 12 + ${of(1)})`,
    of(2),
    `((${of(3)} * 3600 + ${of(4)} * 60 + ${of(5)}) * 1000000)`,
  );
}

export const intervalFunctions: FunctionRule[] = [
  scalar('MAKE_INTERVAL', {
    '([year => INT64], [month => INT64], [day => INT64], [hour => INT64], [minute => INT64], [second => INT64]) -> INTERVAL':
      makeInterval,
  }),
  scalar('JUSTIFY_HOURS', {
    '(INTERVAL) -> INTERVAL': (call) => {
      const parts = justifyHours(call.sql(0));
      const signed = sameSign(parts.days, parts.micros, MICROS_PER_DAY);
      return intervalOf(months(call.sql(0)), signed.large, signed.small);
    },
  }),
  scalar('JUSTIFY_DAYS', {
    '(INTERVAL) -> INTERVAL': (call) => {
      const value = call.sql(0);
      const signed = sameSign(
        `(${months(value)} + ${days(value)} // ${DAYS_PER_MONTH})`,
        `(${days(value)} % ${DAYS_PER_MONTH})`,
        DAYS_PER_MONTH,
      );
      return intervalOf(signed.large, signed.small, micros(value));
    },
  }),
  scalar('JUSTIFY_INTERVAL', {
    '(INTERVAL) -> INTERVAL': (call) => {
      const value = call.sql(0);
      const total = `((${months(value)} * ${DAYS_PER_MONTH} + ${days(value)}) * CAST(${MICROS_PER_DAY} AS HUGEINT) + ${micros(value)})`;
      const wholeDays = `(${total} // ${MICROS_PER_DAY})`;
      return intervalOf(
        `${wholeDays} // ${DAYS_PER_MONTH}`,
        `${wholeDays} % ${DAYS_PER_MONTH}`,
        `CAST(${total} % ${MICROS_PER_DAY} AS BIGINT)`,
      );
    },
  }),
];
