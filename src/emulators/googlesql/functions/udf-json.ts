import { flag, float, integer, list, nullableUdf, text, udf } from '../duck/scalar-function.js';
import * as json from '../values/json-functions.js';
import { jsonContains } from '../values/json-search.js';
import { jsonText, prettyJsonText } from '../values/json-value.js';
import { toJson } from '../values/to-json.js';
import { readShape, readTyped } from '../values/typed-value.js';

export const jsonUdfs = {
  json_query: udf([text, text, flag, flag], text, (document, path, legacy, isString) =>
    json.jsonQuery(document, path, legacy, isString ? 'string' : 'json'),
  ),
  json_value: udf([text, text, flag], text, json.jsonScalar),
  json_query_array: udf([text, text, flag], list(text), json.jsonQueryArray),
  json_value_array: udf([text, text, flag], list(text), json.jsonScalarArray),
  parse_json: udf([text, text], text, json.parseJsonValue),
  json_type: udf([text], text, json.jsonType),
  json_keys: udf([text, integer, text], list(text), (document, depth, mode) =>
    json.jsonKeys(document, Number(depth), mode),
  ),
  json_member: udf([text, text], text, json.jsonSubscript),
  json_item: udf([text, integer], text, json.jsonSubscript),
  json_set: nullableUdf([text, list(text), list(text), flag], text, (document, paths, values, create) =>
    document === null ? null : json.jsonSet(document, zip(paths ?? [], values ?? []), create ?? true),
  ),
  json_remove: nullableUdf([text, list(text)], text, (document, paths) =>
    document === null ? null : json.jsonRemove(document, paths ?? []),
  ),
  json_array_append: nullableUdf(
    [text, list(text), list(text), list(flag)],
    text,
    (document, paths, values, spread) =>
      document === null
        ? null
        : json.jsonArrayAppend(document, zipItems(paths ?? [], values ?? [], spread ?? [])),
  ),
  json_array_insert: nullableUdf(
    [text, list(text), list(text), list(flag)],
    text,
    (document, paths, values, spread) =>
      document === null
        ? null
        : json.jsonArrayInsert(document, zipItems(paths ?? [], values ?? [], spread ?? [])),
  ),
  json_strip_nulls: udf([text, text, flag, flag], text, json.jsonStripNulls),
  json_object: nullableUdf([list(text), list(text)], text, json.jsonObject),
  json_array: udf([list(text)], text, (items) => `[${items.map((item) => item ?? 'null').join(',')}]`),
  json_int64: udf([text], integer, json.jsonToInt64),
  json_float64: udf([text, text], float, json.jsonToFloat64),
  json_bool: udf([text], flag, json.jsonToBool),
  json_string: udf([text], text, json.jsonToString),
  lax_int64: udf([text], integer, json.laxInt64),
  lax_float64: udf([text], float, json.laxFloat64),
  lax_bool: udf([text], flag, json.laxBool),
  lax_string: udf([text], text, json.laxString),
  json_contains: udf([text, text, text], flag, jsonContains),
  json_items: udf([text], list(text), json.jsonItems),
  json_array_items: udf([text], list(text), json.jsonArrayItems),
  to_json: nullableUdf([text, text, flag], text, (shape, value, stringifyWide) =>
    jsonText(
      toJson(readTyped(readShape(shape!), value), { stringifyWide: stringifyWide ?? false, sorted: true }),
    ),
  ),
  to_json_string: nullableUdf([text, text, flag], text, (shape, value, pretty) => {
    const converted = toJson(readTyped(readShape(shape!), value), { stringifyWide: true, sorted: false });
    return pretty ? prettyJsonText(converted) : jsonText(converted);
  }),
};

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
