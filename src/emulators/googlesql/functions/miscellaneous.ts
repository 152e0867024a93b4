import { quoteString } from '../duck/quote.js';
import { type BqType, printType } from '../syntax/types.js';
import { encodeValue, listOf, shapeText } from './emit.js';
import { type Call, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

function format(call: Call): string {
  const places = Array.from({ length: call.count - 1 }, (_, index) => index + 1);
  const shapes = places.map((index) => quoteString(shapeText(call.type(index))));
  const values = places.map((index) => encodeValue(call.sql(index), call.type(index)));
  return `${own.format}(${call.sql(0)}, ${listOf(shapes, 'VARCHAR')}, ${listOf(values, 'VARCHAR')})`;
}

/** OR over a list of BOOL: NULL when no item is true and one is NULL. */
function anyTrue(list: string): string {
  return `CASE WHEN list_contains(${list}, true) THEN true WHEN len(list_filter(${list}, lambda _b: _b IS NULL)) > 0 THEN NULL ELSE len(${list}) < 0 END`;
}

/** CONTAINS_SUBSTR over every text a value holds. */
function contains(sql: string, type: BqType, needle: string, scope: string): string {
  switch (type.kind) {
    case 'ARRAY':
      return anyTrue(`list_transform(${sql}, lambda _s: ${contains('_s', type.element, needle, scope)})`);
    case 'STRUCT':
      return `(${type.fields.map((field, index) => contains(`(${sql}).f${index + 1}`, field.type, needle, scope)).join(' OR ')})`;
    case 'RANGE':
      return `(${contains(`(${sql}).f1`, type.element, needle, scope)} OR ${contains(`(${sql}).f2`, type.element, needle, scope)})`;
    case 'JSON':
      return `${own.json_contains}(${sql}, ${needle}, ${scope})`;
    case 'STRING':
      return `contains(${own.fold}(${sql}), ${own.fold}(${needle}))`;
    default:
      return `contains(${own.fold}(${own.format}('%t', [${quoteString(shapeText(type))}], [${encodeValue(sql, type)}])), ${own.fold}(${needle})) AND ${sql} IS NOT NULL`;
  }
}

export const miscellaneousFunctions: FunctionRule[] = [
  scalar('FORMAT', { '(STRING, [ANY, ...]) -> STRING': format }),
  scalar('CONTAINS_SUBSTR', {
    '(ANY, STRING, [json_scope => STRING]) -> BOOL': (call) =>
      contains(call.sql(0), call.type(0), call.sql(1), call.has(2) ? call.sql(2) : "'JSON_VALUES'"),
  }),
  scalar('STRING', {
    '(JSON) -> STRING': `${own.json_string}($1)`,
    '(TIMESTAMP, [STRING]) -> STRING': (call) =>
      `${own.timestamp_text}(epoch_us(${call.sql(0)}), ${call.has(1) ? call.sql(1) : quoteString(call.environment.timeZone)})`,
    '(DATE) -> STRING': 'CAST($1 AS VARCHAR)',
    '(DATETIME) -> STRING': (call) =>
      `${own.format}('%t', ['{"kind":"DATETIME"}'], [${encodeValue(call.sql(0), call.type(0))}])`,
    '(TIME) -> STRING': (call) =>
      `${own.format}('%t', ['{"kind":"TIME"}'], [${encodeValue(call.sql(0), call.type(0))}])`,
  }),
  scalar('GENERATE_UUID', { '() -> STRING': 'CAST(gen_random_uuid() AS VARCHAR)' }, { volatile: true }),
  scalar('ERROR', { '(STRING) -> INT64': `CAST(${own.error}($1) AS BIGINT)` }),
  scalar(
    'SESSION_USER',
    { '() -> STRING': (call) => quoteString(call.environment.sessionUser) },
    { perStatement: true, bare: true },
  ),
  scalar('TYPEOF', { '(ANY) -> STRING': (call) => quoteString(printType(call.type(0))) }),
];
