import { invalidQuery } from '../../errors.js';
import { localClock } from '../../functions/date-parts.js';
import type { Extract } from '../../syntax/ast.js';
import { type BqType, DATE, DATETIME, INT64, printType, STRING, TIME } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { coerce } from './casts.js';

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** Parts of the day that DATE lacks and parts of the date that TIME lacks. */
const DATE_PARTS: Record<string, (sql: string) => string> = {
  YEAR: (sql) => `year(${sql})`,
  ISOYEAR: (sql) => `isoyear(${sql})`,
  QUARTER: (sql) => `quarter(${sql})`,
  MONTH: (sql) => `month(${sql})`,
  ISOWEEK: (sql) => `week(${sql})`,
  DAY: (sql) => `day(${sql})`,
  DAYOFWEEK: (sql) => `(dayofweek(${sql}) + 1)`,
  DAYOFYEAR: (sql) => `dayofyear(${sql})`,
};

const TIME_PARTS: Record<string, (sql: string) => string> = {
  HOUR: (sql) => `hour(${sql})`,
  MINUTE: (sql) => `minute(${sql})`,
  SECOND: (sql) => `second(${sql})`,
  MILLISECOND: (sql) => `(millisecond(${sql}) % 1000)`,
  MICROSECOND: (sql) => `(microsecond(${sql}) % 1000000)`,
};

/** EXTRACT(part FROM value [AT TIME ZONE zone]) */
export function compileExtract(node: Extract, scope: Scope): Value {
  const context = scope.castContext;
  const operand = scope.compile(node.operand);
  const zone =
    node.timeZone === undefined ? undefined : coerce(scope.compile(node.timeZone), STRING, context);
  const { kind } = operand.type;
  if (zone !== undefined && kind !== 'TIMESTAMP') {
    throw invalidQuery(`EXTRACT from ${printType(operand.type)} does not support AT TIME ZONE`, node.pos);
  }
  const inputs = zone === undefined ? [operand] : [operand, zone];
  const result = (sql: string, type: BqType = INT64) =>
    value(type === INT64 ? `CAST(${sql} AS BIGINT)` : sql, type, node.pos, inputs);
  if (kind === 'INTERVAL') return result(intervalPart(node, operand));
  if (!['DATE', 'DATETIME', 'TIME', 'TIMESTAMP'].includes(kind)) throw notPossible(node, operand);
  const zoneSql = zone?.sql ?? `'${context.timeZone}'`;
  const zoneLiteral = zone === undefined ? context.timeZone : zone.literal;
  const local =
    kind === 'TIMESTAMP'
      ? localClock(operand.sql, zoneSql, typeof zoneLiteral === 'string' ? zoneLiteral : undefined)
      : operand.sql;
  const hasDate = kind !== 'TIME';
  const hasTime = kind !== 'DATE';
  if (hasDate && node.part === 'WEEK') return result(weekOfYear(local, node));
  const part = hasDate ? (DATE_PARTS[node.part] ?? undefined) : undefined;
  if (part !== undefined) return result(part(local));
  const timePart = hasTime ? TIME_PARTS[node.part] : undefined;
  if (timePart !== undefined) return result(timePart(local));
  if (node.part === 'DATE' && kind !== 'TIME' && kind !== 'DATE')
    return result(`CAST(${local} AS DATE)`, DATE);
  if (node.part === 'TIME' && kind !== 'TIME' && kind !== 'DATE')
    return result(`CAST(${local} AS TIME)`, TIME);
  if (node.part === 'DATETIME' && kind === 'TIMESTAMP') return result(local, DATETIME);
  throw notPossible(node, operand);
}

function notPossible(node: Extract, operand: Value): Error {
  return invalidQuery(
    `EXTRACT from ${printType(operand.type)} does not support the ${node.part} date part`,
    node.partPos,
  );
}

/** Weeks begin on Sunday unless said otherwise; days before the first such day are in week 0. */
function weekOfYear(sql: string, node: Extract): string {
  const first = node.weekday === undefined ? 0 : WEEKDAYS.indexOf(node.weekday);
  if (first < 0) throw invalidQuery(`A valid weekday is required but found ${node.weekday}`, node.partPos);
  return `((dayofyear(${sql}) + 6 - (dayofweek(${sql}) + ${7 - first}) % 7) // 7)`;
}

function intervalPart(node: Extract, operand: Value): string {
  const micros = `(datepart('hour', ${operand.sql}) * 3600000000 + datepart('minute', ${operand.sql}) * 60000000 + datepart('microsecond', ${operand.sql}))`;
  const sql = {
    YEAR: `datepart('year', ${operand.sql})`,
    MONTH: `datepart('month', ${operand.sql})`,
    DAY: `datepart('day', ${operand.sql})`,
    HOUR: `datepart('hour', ${operand.sql})`,
    MINUTE: `datepart('minute', ${operand.sql})`,
    SECOND: `(${micros} // 1000000 % 60)`,
    MILLISECOND: `(${micros} // 1000 % 1000)`,
    MICROSECOND: `(${micros} % 1000000)`,
  }[node.part];
  if (sql === undefined) throw notPossible(node, operand);
  return sql;
}
