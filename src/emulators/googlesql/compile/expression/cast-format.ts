import { duck, raw, template } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
import { localClock } from '../../functions/date-parts.js';
import { own } from '../../functions/udf.js';
import type { Position } from '../../syntax/ast.js';
import { type BqType, printType } from '../../syntax/types.js';
import { type Value, value } from '../scope/value.js';

/** CAST(… AS … FORMAT …): the format model is a text such as `YYYY-MM-DD`. */
export function castWithFormat(
  input: Value,
  type: BqType,
  format: Value,
  zone: Value | undefined,
  pos: Position,
  context: CastContext,
): Value {
  const from = input.type.kind;
  const zoneSql = zone?.sql ?? raw(`'${context.timeZone}'`, 'literal');
  const zoneLiteral = zone === undefined ? context.timeZone : zone.literal;
  const knownZone = typeof zoneLiteral === 'string' ? zoneLiteral : undefined;
  const refuse = (): never => {
    throw invalidQuery(
      `CAST from ${printType(input.type)} to ${printType(type)} does not support FORMAT`,
      pos,
    );
  };
  if (type.kind === 'STRING') {
    if (from === 'BYTES') return value(duck`${own.bytes_to_format}(${input.sql}, ${format.sql})`, type, pos);
    if (from === 'DATE' || from === 'DATETIME' || from === 'TIME' || from === 'TIMESTAMP') {
      const local =
        from === 'TIMESTAMP'
          ? template(
              [input.sql, zoneSql],
              ([instant, name]) => `epoch_us(${localClock(instant!, name!, knownZone)})`,
            )
          : from === 'DATE'
            ? duck`epoch_us(CAST(${input.sql} AS TIMESTAMP))`
            : duck`epoch_us(${input.sql})`;
      const offset =
        from === 'TIMESTAMP' ? duck`${own.zone_offset}(epoch_us(${input.sql}), ${zoneSql})` : '0::BIGINT';
      return value(duck`${own.format_model}(${local}, ${offset}, ${format.sql}, '${from}')`, type, pos);
    }
    if (['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'].includes(from)) {
      const text =
        from === 'BIGNUMERIC'
          ? duck`${own.big_text}(CAST(${input.sql} AS VARCHAR))`
          : duck`CAST(${input.sql} AS VARCHAR)`;
      return value(duck`${own.format_number}(${text}, ${format.sql})`, type, pos);
    }
    return refuse();
  }
  if (from !== 'STRING') return refuse();
  switch (type.kind) {
    case 'BYTES':
      return value(duck`${own.bytes_from_format}(${input.sql}, ${format.sql})`, type, pos);
    case 'DATE':
    case 'DATETIME':
    case 'TIME':
    case 'TIMESTAMP': {
      const micros = duck`${own.parse_model}(${input.sql}, ${format.sql}, '${type.kind}', ${zoneSql})`;
      const duckName = type.kind === 'TIMESTAMP' ? 'make_timestamptz' : 'make_timestamp';
      const moment = duck`${duckName}(${micros})`;
      return value(
        type.kind === 'DATE' || type.kind === 'TIME' ? duck`CAST(${moment} AS ${type.kind})` : moment,
        type,
        pos,
      );
    }
    default:
      return refuse();
  }
}
