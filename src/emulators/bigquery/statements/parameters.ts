import type { Parameter, ParameterValue } from '../../googlesql/compile/scope/query-context.js';
import { bytesSql, textSql } from '../../googlesql/duck/literal-text.js';
import {
  arrayOf,
  type BqType,
  duckFieldName,
  duckType,
  printType,
  rangeOf,
  scalarType,
  structOf,
} from '../../googlesql/syntax/types.js';
import { BigQueryError } from '../errors.js';
import type { QueryParameter, QueryParameterType, QueryParameterValue } from './execution.js';

/** REST parameters as the compiler takes them. */
export function queryParameters(given: readonly QueryParameter[], timeZone: string): Parameter[] {
  return given.map((parameter) => ({
    name: parameter.name === '' ? undefined : parameter.name,
    value: () => parameterValue(parameter, timeZone),
  }));
}

function parameterValue(parameter: QueryParameter, timeZone: string): ParameterValue {
  const shown = parameter.name === undefined ? '' : ` for parameter ${parameter.name}`;
  if (parameter.parameterType === undefined) {
    throw new BigQueryError('invalid', `Missing parameter type${shown}`);
  }
  const type = parameterType(parameter.parameterType);
  const sql = valueSql(type, parameter.parameterValue, timeZone, shown);
  const text = parameter.parameterValue?.value;
  return {
    sql,
    type,
    literal: text == null ? (isNull(parameter.parameterValue) ? null : undefined) : literalOf(type, text),
  };
}

function literalOf(type: BqType, text: string): ParameterValue['literal'] {
  if (type.kind === 'INT64') return BigInt(text.trim());
  if (type.kind === 'BOOL') return /^true$/i.test(text);
  if (type.kind === 'BYTES') return Buffer.from(text, 'base64');
  return text;
}

function parameterType(source: QueryParameterType): BqType {
  const name = source.type.toUpperCase();
  if (name === 'ARRAY') {
    if (source.arrayType === undefined)
      throw new BigQueryError('invalid', 'Missing array element type of a parameter');
    return arrayOf(parameterType(source.arrayType));
  }
  if (name === 'STRUCT' || name === 'RECORD') {
    return structOf(
      (source.structTypes ?? []).map((field) =>
        field.name === undefined || field.name === ''
          ? { type: parameterType(field.type) }
          : { name: field.name, type: parameterType(field.type) },
      ),
    );
  }
  if (name === 'RANGE') {
    if (source.rangeElementType === undefined)
      throw new BigQueryError('invalid', 'Missing range element type of a parameter');
    return rangeOf(parameterType(source.rangeElementType));
  }
  const type = scalarType(name);
  if (type === undefined)
    throw new BigQueryError('invalid', `Invalid value for: ${source.type} is not a valid value`);
  return type;
}

function isNull(given: QueryParameterValue | undefined): boolean {
  return (
    given === undefined ||
    (given.value == null &&
      given.arrayValues == null &&
      given.structValues == null &&
      given.rangeValue == null)
  );
}

function valueSql(
  type: BqType,
  given: QueryParameterValue | undefined,
  timeZone: string,
  shown: string,
): string {
  const missing = `CAST(NULL AS ${duckType(type)})`;
  if (given === undefined || given === null) return missing;
  if (type.kind === 'ARRAY') {
    // A REST client that sends an empty list may leave the key out; an array parameter is never NULL.
    const items = (given.arrayValues ?? []).map((item) => valueSql(type.element, item, timeZone, shown));
    return items.length === 0 ? `CAST([] AS ${duckType(type)})` : `[${items.join(', ')}]`;
  }
  if (isNull(given)) return missing;
  if (type.kind === 'STRUCT') {
    const values = given.structValues ?? {};
    const positional = Object.values(values);
    const fields = type.fields.map((field, index) => {
      const item = field.name === undefined ? positional[index] : values[field.name];
      return `'${duckFieldName(index)}': ${valueSql(field.type, item, timeZone, shown)}`;
    });
    return `{${fields.join(', ')}}`;
  }
  if (type.kind === 'RANGE') {
    const { start, end } = given.rangeValue ?? {};
    return `{'f1': ${valueSql(type.element, start, timeZone, shown)}, 'f2': ${valueSql(type.element, end, timeZone, shown)}}`;
  }
  const text = given.value ?? '';
  const sql = type.kind === 'BYTES' ? bytesSql(Buffer.from(text, 'base64')) : textSql(type, text, timeZone);
  if (sql === undefined) {
    throw new BigQueryError(
      'invalidQuery',
      `Invalid value${shown}: ${JSON.stringify(text)} is not a valid ${printType(type)}`,
      {
        location: 'query',
      },
    );
  }
  return sql;
}
