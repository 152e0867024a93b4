import { documentWriter, itemByItem, listOf, toJsonSql } from './emit.js';
import { type Call, type Emitter, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

/** The JSONPath argument; `$` when it is left out. */
function pathOf(call: Call): string {
  return call.has(1) ? call.sql(1) : "'$'";
}

function query(legacy: boolean): Record<string, Emitter> {
  const emit =
    (isString: boolean): Emitter =>
    (call) =>
      `${own.json_query}(${call.sql(0)}, ${pathOf(call)}, ${legacy}, ${isString})`;
  return { '(STRING, [STRING]) -> STRING': emit(true), '(JSON, [STRING]) -> JSON': emit(false) };
}

function scalarValue(legacy: boolean): Record<string, Emitter> {
  const emit: Emitter = (call) => `${own.json_value}(${call.sql(0)}, ${pathOf(call)}, ${legacy})`;
  return { '(STRING, [STRING]) -> STRING': emit, '(JSON, [STRING]) -> STRING': emit };
}

function queryArray(legacy: boolean): Record<string, Emitter> {
  const emit: Emitter = (call) => `${own.json_query_array}(${call.sql(0)}, ${pathOf(call)}, ${legacy})`;
  return { '(STRING, [STRING]) -> ARRAY<STRING>': emit, '(JSON, [STRING]) -> ARRAY<JSON>': emit };
}

function valueArray(legacy: boolean): Record<string, Emitter> {
  const emit: Emitter = (call) => `${own.json_value_array}(${call.sql(0)}, ${pathOf(call)}, ${legacy})`;
  return { '(STRING, [STRING]) -> ARRAY<STRING>': emit, '(JSON, [STRING]) -> ARRAY<STRING>': emit };
}

function flagNamed(call: Call, name: string, fallback: boolean): string {
  return call.named(name)?.sql ?? String(fallback);
}

/** Indexes of the positional arguments that come in pairs of path and value. */
function pairs(call: Call, from: number, optionName: string): [number, number][] {
  const option = call.named(optionName);
  const places: number[] = [];
  for (let index = from; index < call.count; index += 1) {
    if (call.has(index) && call.argument(index) !== option) places.push(index);
  }
  if (places.length === 0 || places.length % 2 === 1) {
    call.fail(`${call.name} needs pairs of a JSONPath and a value`);
  }
  const result: [number, number][] = [];
  for (let i = 0; i < places.length; i += 2) {
    const path = call.argument(places[i]!);
    if (path.type.kind !== 'STRING') call.fail(`A JSONPath of ${call.name} must be a STRING`, path.pos);
    result.push([places[i]!, places[i + 1]!]);
  }
  return result;
}

function document(call: Call, index: number): string {
  return toJsonSql(call, call.sql(index), call.type(index));
}

function set(call: Call): string {
  const changes = pairs(call, 1, 'create_if_missing');
  const paths = changes.map(([path]) => call.sql(path));
  const values = changes.map(([, value]) => document(call, value));
  return `${own.json_set}(${call.sql(0)}, [${paths.join(', ')}], [${values.join(', ')}], ${flagNamed(call, 'create_if_missing', true)})`;
}

function arrayEdit(udf: string, option: string): Emitter {
  return (call) => {
    const changes = pairs(call, 1, option);
    const each = flagNamed(call, option, true);
    const paths = changes.map(([path]) => call.sql(path));
    const values = changes.map(([, value]) => document(call, value));
    const spread = changes.map(([, value]) => (call.type(value).kind === 'ARRAY' ? each : 'false'));
    return `${udf}(${call.sql(0)}, [${paths.join(', ')}], [${values.join(', ')}], [${spread.join(', ')}])`;
  };
}

function object(call: Call): string {
  const first = call.count > 0 && call.has(0) ? call.type(0) : undefined;
  if (first?.kind === 'ARRAY' && call.count === 2) {
    const values = call.argument(1);
    if (values.type.kind !== 'ARRAY')
      return call.fail('JSON_OBJECT needs an array of values with an array of keys', values.pos);
    const items = `list_transform(${values.sql}, lambda _o: ${toJsonSql(call, '_o', values.type.element)})`;
    return `${own.json_object}(${call.sql(0)}, ${items})`;
  }
  if (call.count % 2 === 1) call.fail('JSON_OBJECT needs pairs of a key and a value');
  const keys: string[] = [];
  const values: string[] = [];
  for (let index = 0; index < call.count; index += 2) {
    const key = call.argument(index);
    if (key.type.kind !== 'STRING') call.fail('A key of JSON_OBJECT must be a STRING', key.pos);
    keys.push(call.sql(index));
    values.push(document(call, index + 1));
  }
  return `${own.json_object}(${listOf(keys, 'VARCHAR')}, ${listOf(values, 'VARCHAR')})`;
}

function array(call: Call): string {
  const items = Array.from({ length: call.count }, (_, index) => document(call, index));
  return `${own.json_array}(${listOf(items, 'VARCHAR')})`;
}

function toJson(call: Call): string {
  return toJsonSql(call, call.sql(0), call.type(0), flagNamed(call, 'stringify_wide_numbers', false));
}

function toJsonString(call: Call): string {
  const pretty = call.has(1) ? call.sql(1) : 'false';
  const write = documentWriter(call, own.to_json_string, pretty);
  const isFlat = !call.has(1) || call.literal(1) === false;
  return isFlat ? itemByItem(call.sql(0), call.type(0), write) : write(call.sql(0), call.type(0));
}

/** Strict converters of JSON arrays: what is no array, and any item that does not fit, is an error. */
function strictItems(convert: (item: string) => string): Emitter {
  return (call) => `list_transform(${own.json_array_items}(${call.sql(0)}), lambda _j: ${convert('_j')})`;
}

/** Converters of JSON arrays that take all: one by one, NULL for a NULL item. */
function items(convert: (item: string) => string): Emitter {
  return (call) =>
    `list_transform(${own.json_items}(${call.sql(0)}), lambda _j: CASE WHEN _j = 'null' THEN NULL ELSE ${convert('_j')} END)`;
}

export const jsonFunctions: FunctionRule[] = [
  scalar('JSON_QUERY', query(false)),
  scalar('JSON_EXTRACT', query(true)),
  scalar('JSON_VALUE', scalarValue(false)),
  scalar('JSON_EXTRACT_SCALAR', scalarValue(true)),
  scalar('JSON_QUERY_ARRAY', queryArray(false)),
  scalar('JSON_EXTRACT_ARRAY', queryArray(true)),
  scalar('JSON_VALUE_ARRAY', valueArray(false)),
  scalar('JSON_EXTRACT_STRING_ARRAY', valueArray(true)),
  scalar('PARSE_JSON', {
    '(STRING, [wide_number_mode => STRING]) -> JSON': (call) =>
      `${own.parse_json}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : "'exact'"})`,
  }),
  scalar('TO_JSON', { '(ANY, [stringify_wide_numbers => BOOL]) -> JSON': toJson }),
  scalar('TO_JSON_STRING', { '(ANY, [BOOL]) -> STRING': toJsonString }),
  scalar('JSON_TYPE', { '(JSON) -> STRING': `${own.json_type}($1)` }),
  scalar('JSON_KEYS', {
    '(JSON, [INT64], [mode => STRING]) -> ARRAY<STRING>': (call) =>
      `${own.json_keys}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : '9223372036854775807'}, ${call.named('mode')?.sql ?? "'strict'"})`,
  }),
  scalar('JSON_OBJECT', { '([ANY, ...]) -> JSON': object }),
  scalar('JSON_ARRAY', { '([ANY, ...]) -> JSON': array }),
  scalar('JSON_SET', { '(JSON, [ANY, ...], [create_if_missing => BOOL]) -> JSON': set }),
  scalar('JSON_ARRAY_APPEND', {
    '(JSON, [ANY, ...], [append_each_element => BOOL]) -> JSON': arrayEdit(
      own.json_array_append,
      'append_each_element',
    ),
  }),
  scalar('JSON_ARRAY_INSERT', {
    '(JSON, [ANY, ...], [insert_each_element => BOOL]) -> JSON': arrayEdit(
      own.json_array_insert,
      'insert_each_element',
    ),
  }),
  scalar('JSON_REMOVE', {
    '(JSON, STRING, [STRING, ...]) -> JSON': (call) => {
      const [value, ...paths] = call.all();
      return `${own.json_remove}(${value}, [${paths.join(', ')}])`;
    },
  }),
  scalar('JSON_STRIP_NULLS', {
    '(JSON, [STRING], [include_arrays => BOOL], [remove_empty => BOOL]) -> JSON': (call) =>
      `${own.json_strip_nulls}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : "'$'"}, ${flagNamed(call, 'include_arrays', true)}, ${flagNamed(call, 'remove_empty', false)})`,
  }),
  scalar('BOOL', { '(JSON) -> BOOL': `${own.json_bool}($1)` }),
  scalar('INT64', { '(JSON) -> INT64': `${own.json_int64}($1)` }),
  scalar(
    'FLOAT64',
    {
      '(JSON, [wide_number_mode => STRING]) -> FLOAT64': (call) =>
        `${own.json_float64}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : "'round'"})`,
    },
    { aliases: ['DOUBLE'] },
  ),
  scalar('BOOL_ARRAY', { '(JSON) -> ARRAY<BOOL>': strictItems((item) => `${own.json_bool}(${item})`) }),
  scalar('INT64_ARRAY', { '(JSON) -> ARRAY<INT64>': strictItems((item) => `${own.json_int64}(${item})`) }),
  scalar('FLOAT64_ARRAY', {
    '(JSON) -> ARRAY<FLOAT64>': strictItems((item) => `${own.json_float64}(${item}, 'round')`),
  }),
  scalar('STRING_ARRAY', { '(JSON) -> ARRAY<STRING>': strictItems((item) => `${own.json_string}(${item})`) }),
  scalar('LAX_BOOL', { '(JSON) -> BOOL': `${own.lax_bool}($1)` }),
  scalar('LAX_INT64', { '(JSON) -> INT64': `${own.lax_int64}($1)` }),
  scalar('LAX_FLOAT64', { '(JSON) -> FLOAT64': `${own.lax_float64}($1)` }, { aliases: ['LAX_DOUBLE'] }),
  scalar('LAX_STRING', { '(JSON) -> STRING': `${own.lax_string}($1)` }),
  scalar('LAX_BOOL_ARRAY', { '(JSON) -> ARRAY<BOOL>': items((item) => `${own.lax_bool}(${item})`) }),
  scalar('LAX_INT64_ARRAY', { '(JSON) -> ARRAY<INT64>': items((item) => `${own.lax_int64}(${item})`) }),
  scalar('LAX_FLOAT64_ARRAY', { '(JSON) -> ARRAY<FLOAT64>': items((item) => `${own.lax_float64}(${item})`) }),
  scalar('LAX_STRING_ARRAY', { '(JSON) -> ARRAY<STRING>': items((item) => `${own.lax_string}(${item})`) }),
];
