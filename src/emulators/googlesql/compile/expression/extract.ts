import { template } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { localClock } from '../../functions/date-parts.js';
import { beyondMicros, instantOfPacked } from '../../functions/nanosecond-text.js';
import type { Extract } from '../../syntax/ast.js';
import {
  type BqType,
  DATE,
  DATETIME,
  hasNanoseconds,
  INT64,
  printType,
  STRING,
  TIME,
} from '../../syntax/types.js';
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
  if (!['DATE', 'DATETIME', 'TIME', 'TIMESTAMP', 'INTERVAL'].includes(kind)) throw notPossible(node, operand);
  const zoneLiteral = zone === undefined ? context.timeZone : zone.literal;
  const knownZone = typeof zoneLiteral === 'string' ? zoneLiteral : undefined;
  const isFine = hasNanoseconds(operand.type);
  const instant = (point: string) => (isFine ? instantOfPacked(point) : point);
  const result = (write: (local: string) => string, type: BqType = INT64): Value => {
    const nodes = zone === undefined ? [operand.sql] : [operand.sql, zone.sql];
    const sql = template(nodes, ([point, given]) => {
      const zoneText = given ?? `'${context.timeZone}'`;
      const text = write(kind === 'TIMESTAMP' ? localClock(instant(point!), zoneText, knownZone) : point!);
      return type === INT64 ? `CAST(${text} AS BIGINT)` : text;
    });
    return value(sql, type, node.pos);
  };
  if (kind === 'INTERVAL') return result((interval) => intervalPart(node, operand, interval));
  if (isFine && node.part === 'NANOSECOND') {
    const nanos = template(
      [operand.sql],
      ([point]) => `(microsecond(${instant(point!)}) % 1000000 * 1000 + ${beyondMicros(point!)})`,
    );
    return value(nanos, INT64, node.pos);
  }
  const hasDate = kind !== 'TIME';
  const hasTime = kind !== 'DATE';
  if (hasDate && node.part === 'WEEK') return result((local) => weekOfYear(local, node));
  const part = hasDate ? (DATE_PARTS[node.part] ?? undefined) : undefined;
  if (part !== undefined) return result(part);
  const timePart = hasTime ? TIME_PARTS[node.part] : undefined;
  if (timePart !== undefined) return result(timePart);
  if (node.part === 'DATE' && kind !== 'TIME' && kind !== 'DATE')
    return result((local) => `CAST(${local} AS DATE)`, DATE);
  if (node.part === 'TIME' && kind !== 'TIME' && kind !== 'DATE')
    return result((local) => `CAST(${local} AS TIME)`, TIME);
  if (node.part === 'DATETIME' && kind === 'TIMESTAMP') return result((local) => local, DATETIME);
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

function intervalPart(node: Extract, operand: Value, interval: string): string {
  const micros = `(datepart('hour', ${interval}) * 3600000000 + datepart('minute', ${interval}) * 60000000 + datepart('microsecond', ${interval}))`;
  const sql = {
    YEAR: `datepart('year', ${interval})`,
    MONTH: `datepart('month', ${interval})`,
    DAY: `datepart('day', ${interval})`,
    HOUR: `datepart('hour', ${interval})`,
    MINUTE: `datepart('minute', ${interval})`,
    SECOND: `(${micros} // 1000000 % 60)`,
    MILLISECOND: `(${micros} // 1000 % 1000)`,
    MICROSECOND: `(${micros} % 1000000)`,
  }[node.part];
  if (sql === undefined) throw notPossible(node, operand);
  return sql;
}
