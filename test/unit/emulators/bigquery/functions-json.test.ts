import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionLab, openLab } from './functions-harness.js';

const cases: [expression: string, literal: string][] = [
  [
    `JSON_QUERY('{"class": {"students": [{"name": "Jane"}]}}', '$')`,
    `'{"class":{"students":[{"name":"Jane"}]}}'`,
  ],
  [`JSON_QUERY('{"class": {"students": []}}', '$.class.students[0]')`, 'NULL'],
  [`JSON_QUERY(JSON '{"name": null}', "$.name")`, 'JSON "null"'],
  [`JSON_QUERY('{"name": null}', "$.name")`, 'NULL'],
  [`JSON_QUERY('{"key": 1, "key": 2}', "$")`, `'{"key":1,"key":2}'`],
  [`JSON_QUERY_ARRAY('[1, 2, 3]')`, '["1", "2", "3"]'],
  [`JSON_QUERY_ARRAY('{"a.b": {"c": ["world"]}}', '$."a.b".c')`, `['"world"']`],
  [`JSON_VALUE('{"a.b": {"c": "world"}}', '$."a.b".c')`, '"world"'],
  [`JSON_VALUE(JSON '{"a": [1]}', '$.a')`, 'NULL'],
  [`TO_JSON_STRING(JSON_VALUE_ARRAY('[1, "x", null]', '$'))`, `'["1","x",null]'`],
  [`JSON_EXTRACT_SCALAR('{"a.b": {"c": "world"}}', "$['a.b'].c")`, '"world"'],
  [`JSON_EXTRACT_STRING_ARRAY('{"fruits": ["apples"]}', '$[fruits]')`, '["apples"]'],
  [`JSON_REMOVE(JSON '["a", ["b", "c"], "d"]', '$[1]', '$[1]')`, `JSON '["a"]'`],
  [`JSON_REMOVE(JSON '{"a": {"b": {"c": "d"}}}', '$.a.b.c')`, `JSON '{"a":{"b":{}}}'`],
  [`JSON_SET(JSON '{"a": 1}', "$.b", 999, create_if_missing => false)`, `JSON '{"a":1}'`],
  [`JSON_SET(JSON '{"a": 1}', "$.a", 999, create_if_missing => false)`, `JSON '{"a":999}'`],
  [`JSON_SET(JSON 'null', '$.a.b', 100)`, `JSON '{"a":{"b":100}}'`],
  [`JSON_SET(JSON '["a", ["b", "c"], "d"]', '$[1]', "foo")`, `JSON '["a","foo","d"]'`],
  [`JSON_SET(JSON '["a", ["b", "c"], "d"]', '$[1][4]', "foo")`, `JSON '["a",["b","c",null,null,"foo"],"d"]'`],
  [`JSON_SET(JSON '["a", ["b", "c"], "d"]', '$[1][0][0]', "foo")`, `JSON '["a",["b","c"],"d"]'`],
  [`JSON_STRIP_NULLS(JSON '[1, null, 2, null, [null]]')`, 'JSON "[1,2,[]]"'],
  [`JSON_STRIP_NULLS(JSON '{"a": [null]}', remove_empty=>TRUE)`, 'JSON "null"'],
  [
    `JSON_STRIP_NULLS(JSON '{"a": {"b": {"c": null}}, "d": [null], "e": [], "f": 1}', include_arrays=>FALSE, remove_empty=>TRUE)`,
    `JSON '{"d":[null],"e":[],"f":1}'`,
  ],
  [
    `JSON_STRIP_NULLS(JSON '{"a": {"b": {"c": null}}, "d": [null], "e": [], "f": 1}', remove_empty=>TRUE)`,
    `JSON '{"f":1}'`,
  ],
  ['JSON_ARRAY(10)', 'JSON "[10]"'],
  ['JSON_ARRAY([])', 'JSON "[[]]"'],
  [`JSON_ARRAY(1, 'two', TRUE, NULL, STRUCT(1 AS a))`, `JSON '[1,"two",true,null,{"a":1}]'`],
  [`JSON_ARRAY_APPEND(JSON '["a", "b", "c"]', '$', [1, 2])`, `JSON '["a","b","c",1,2]'`],
  [
    `JSON_ARRAY_APPEND(JSON '["a", "b", "c"]', '$', [1, 2], append_each_element=>FALSE)`,
    `JSON '["a","b","c",[1,2]]'`,
  ],
  [`JSON_ARRAY_APPEND(JSON '{"a": 1}', '$.b', 2)`, `JSON '{"a":1}'`],
  [`JSON_ARRAY_INSERT(JSON '["a", ["b", "c"], "d"]', '$[1][0]', 1)`, `JSON '["a",[1,"b","c"],"d"]'`],
  [
    `JSON_ARRAY_INSERT(JSON '["a", "b", "c", "d"]', '$[7]', "e")`,
    `JSON '["a","b","c","d",null,null,null,"e"]'`,
  ],
  [`JSON_ARRAY_INSERT(JSON '{"a": null}', '$.a[2]', 10)`, `JSON '{"a":[null,null,10]}'`],
  [`JSON_ARRAY_INSERT(JSON '1', '$[0]', 'r1')`, 'JSON "1"'],
  ['JSON_OBJECT()', 'JSON "{}"'],
  [`JSON_OBJECT('a', NULL, 'b', JSON 'null')`, `JSON '{"a":null,"b":null}'`],
  [`JSON_OBJECT(['a', 'b'], [10, NULL])`, `JSON '{"a":10,"b":null}'`],
  [
    `JSON_OBJECT(['a', 'b'], [STRUCT(10 AS id, 'Red' AS color), STRUCT(20 AS id, 'Blue' AS color)])`,
    `JSON '{"a":{"color":"Red","id":10},"b":{"color":"Blue","id":20}}'`,
  ],
  [`LAX_BOOL(JSON '"foo"')`, 'NULL'],
  [`LAX_BOOL(JSON '-1.1')`, 'true'],
  [`LAX_INT64(JSON '1.1e2')`, '110'],
  [`LAX_INT64(JSON '"1e100"')`, 'NULL'],
  [`LAX_INT64(PARSE_JSON('"42"'))`, '42'],
  [`LAX_STRING(JSON '1e100')`, '"1e+100"'],
  [`LAX_FLOAT64(JSON '"1.5"')`, '1.5'],
  [`INT64(JSON '10.0')`, '10'],
  [`BOOL(JSON 'true')`, 'true'],
  [
    `PARSE_JSON('{"id": 922337203685477580701}', wide_number_mode=>'round')`,
    `JSON '{"id":9.223372036854776e+20}'`,
  ],
  [`SAFE.PARSE_JSON('{"id": 922337203685477580701}')`, 'NULL'],
  [`SAFE.PARSE_JSON('{bad')`, 'NULL'],
  ['TO_JSON(9007199254740993)', 'JSON "9007199254740993"'],
  [
    'TO_JSON(STRUCT(9007199254740993 AS id), stringify_wide_numbers=>TRUE)',
    `JSON '{"id":"9007199254740993"}'`,
  ],
  [
    `TO_JSON_STRING(STRUCT(1 AS id, [10,20] AS coordinates, 1.0 AS f, NUMERIC '1.5' AS n, b'ab' AS b, DATE '2020-01-01' AS d, TIMESTAMP '2020-01-01 00:00:00.5+00' AS t))`,
    `'{"id":1,"coordinates":[10,20],"f":1,"n":1.5,"b":"YWI=","d":"2020-01-01","t":"2020-01-01T00:00:00.500Z"}'`,
  ],
  ['TO_JSON_STRING(STRUCT(1 AS a, [1] AS b), true)', `'{\\n  "a": 1,\\n  "b": [\\n    1\\n  ]\\n}'`],
  ['TO_JSON_STRING(CAST(NULL AS INT64))', '"null"'],
  [`JSON_TYPE(JSON '{"a": 1}')`, '"object"'],
  [`JSON_KEYS(JSON '{"a": {"b": 1}}')`, '["a", "a.b"]'],
  [`JSON_KEYS(JSON '{"a": {"b": 1}}', 1)`, '["a"]'],
  [`JSON '{"a":{"b":[1,2]}}'.a.b[1]`, 'JSON "2"'],
  [`JSON '{"b":1,"a":2}'`, `JSON '{"a":2,"b":1}'`],
  [`TO_JSON(BIGNUMERIC '1.5')`, 'JSON "1.5"'],
  [`TO_JSON_STRING([BIGNUMERIC '1.5', NULL])`, '"[1.5,null]"'],
  [`TO_JSON_STRING(INTERVAL '1-2 3 4:5:6.5' YEAR TO SECOND)`, `'"P1Y2M3DT4H5M6.5S"'`],
  [`JSON_OBJECT(['a'], [JSON_OBJECT(['b'], [1])])`, `JSON '{"a":{"b":1}}'`],
  [`LAX_INT64_ARRAY(JSON '[1]')[0] + 1`, '2'],
];

describe('JSON functions', () => {
  let lab: FunctionLab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());

  it.each(cases)('%s is %s', async (expression, literal) => {
    expect(await lab.evaluate(expression)).toBe(literal);
  });
});
