import { flag, float, integer, list, nullableUdf, text, type Udf, udf } from '../duck/scalar-function.js';
import * as json from '../values/json-functions.js';
import { jsonContains } from '../values/json-search.js';
import { jsonText, prettyJsonText } from '../values/json-value.js';
import { toJson } from '../values/to-json.js';
import { readShape, readTyped } from '../values/typed-value.js';

export const jsonUdfs: Udf[] = [
  udf('bq_json_query', [text, text, flag, flag], text, (document, path, legacy, isString) =>
    json.jsonQuery(document, path, legacy, isString ? 'string' : 'json'),
  ),
  udf('bq_json_value', [text, text, flag], text, json.jsonScalar),
  udf('bq_json_query_array', [text, text, flag], list(text), json.jsonQueryArray),
  udf('bq_json_value_array', [text, text, flag], list(text), json.jsonScalarArray),
  udf('bq_parse_json', [text, text], text, json.parseJsonValue),
  udf('bq_json_type', [text], text, json.jsonType),
  udf('bq_json_keys', [text, integer, text], list(text), (document, depth, mode) =>
    json.jsonKeys(document, Number(depth), mode),
  ),
  udf('bq_json_member', [text, text], text, json.jsonSubscript),
  udf('bq_json_item', [text, integer], text, json.jsonSubscript),
  nullableUdf('bq_json_set', [text, list(text), list(text), flag], text, (document, paths, values, create) =>
    document === null ? null : json.jsonSet(document, zip(paths ?? [], values ?? []), create ?? true),
  ),
  nullableUdf('bq_json_remove', [text, list(text)], text, (document, paths) =>
    document === null ? null : json.jsonRemove(document, paths ?? []),
  ),
  nullableUdf(
    'bq_json_array_append',
    [text, list(text), list(text), list(flag)],
    text,
    (document, paths, values, spread) =>
      document === null
        ? null
        : json.jsonArrayAppend(document, zipItems(paths ?? [], values ?? [], spread ?? [])),
  ),
  nullableUdf(
    'bq_json_array_insert',
    [text, list(text), list(text), list(flag)],
    text,
    (document, paths, values, spread) =>
      document === null
        ? null
        : json.jsonArrayInsert(document, zipItems(paths ?? [], values ?? [], spread ?? [])),
  ),
  udf('bq_json_strip_nulls', [text, text, flag, flag], text, json.jsonStripNulls),
  udf('bq_json_object', [list(text), list(text)], text, json.jsonObject),
  udf('bq_json_array', [list(text)], text, (items) => `[${items.map((item) => item ?? 'null').join(',')}]`),
  udf('bq_json_int64', [text], integer, json.jsonToInt64),
  udf('bq_json_float64', [text, text], float, json.jsonToFloat64),
  udf('bq_json_bool', [text], flag, json.jsonToBool),
  udf('bq_json_string', [text], text, json.jsonToString),
  udf('bq_lax_int64', [text], integer, json.laxInt64),
  udf('bq_lax_float64', [text], float, json.laxFloat64),
  udf('bq_lax_bool', [text], flag, json.laxBool),
  udf('bq_lax_string', [text], text, json.laxString),
  udf('bq_json_contains', [text, text, text], flag, jsonContains),
  udf('bq_json_items', [text], list(text), json.jsonItems),
  nullableUdf('bq_to_json', [text, text, flag], text, (shape, value, stringifyWide) =>
    jsonText(
      toJson(readTyped(readShape(shape!), value), { stringifyWide: stringifyWide ?? false, sorted: true }),
    ),
  ),
  nullableUdf('bq_to_json_string', [text, text, flag], text, (shape, value, pretty) => {
    const converted = toJson(readTyped(readShape(shape!), value), { stringifyWide: true, sorted: false });
    return pretty ? prettyJsonText(converted) : jsonText(converted);
  }),
];

function zip(paths: (string | null)[], values: (string | null)[]): json.PathValue[] {
  return paths.map((path, index) => [path, values[index] ?? null]);
}

function zipItems(
  paths: (string | null)[],
  values: (string | null)[],
  spread: (boolean | null)[],
): json.PathItem[] {
  return paths.map((path, index) => [path, values[index] ?? null, spread[index] ?? false]);
}
