import { invalidQuery } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
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
  const zoneSql = zone?.sql ?? `'${context.timeZone}'`;
  const all = zone === undefined ? [input, format] : [input, format, zone];
  const refuse = (): never => {
    throw invalidQuery(
      `CAST from ${printType(input.type)} to ${printType(type)} does not support FORMAT`,
      pos,
    );
  };
  if (type.kind === 'STRING') {
    if (from === 'BYTES') return value(`bq_bytes_to_format(${input.sql}, ${format.sql})`, type, pos, all);
    if (from === 'DATE' || from === 'DATETIME' || from === 'TIME' || from === 'TIMESTAMP') {
      const local =
        from === 'TIMESTAMP'
          ? `epoch_us(${input.sql} AT TIME ZONE ${zoneSql})`
          : from === 'DATE'
            ? `epoch_us(CAST(${input.sql} AS TIMESTAMP))`
            : `epoch_us(${input.sql})`;
      const offset =
        from === 'TIMESTAMP' ? `bq_zone_offset(epoch_us(${input.sql}), ${zoneSql})` : '0::BIGINT';
      return value(`bq_format_model(${local}, ${offset}, ${format.sql}, '${from}')`, type, pos, all);
    }
    if (['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'].includes(from)) {
      const text =
        from === 'BIGNUMERIC'
          ? `bq_big_text(CAST(${input.sql} AS VARCHAR))`
          : `CAST(${input.sql} AS VARCHAR)`;
      return value(`bq_format_number(${text}, ${format.sql})`, type, pos, all);
    }
    return refuse();
  }
  if (from !== 'STRING') return refuse();
  switch (type.kind) {
    case 'BYTES':
      return value(`bq_bytes_from_format(${input.sql}, ${format.sql})`, type, pos, all);
    case 'DATE':
    case 'DATETIME':
    case 'TIME':
    case 'TIMESTAMP': {
      const micros = `bq_parse_model(${input.sql}, ${format.sql}, '${type.kind}', ${zoneSql})`;
      const duck = type.kind === 'TIMESTAMP' ? 'make_timestamptz' : 'make_timestamp';
      const moment = `${duck}(${micros})`;
      return value(
        type.kind === 'DATE' || type.kind === 'TIME' ? `CAST(${moment} AS ${type.kind})` : moment,
        type,
        pos,
        all,
      );
    }
    default:
      return refuse();
  }
}
