import { commits, type DataCase, insert, type Plain, reads, refuses } from './data-case.js';

const SCHEMA = [
  `CREATE TABLE V (
     K INT64, B BOOL, F FLOAT64, F4 FLOAT32, S STRING(5), Y BYTES(4), D DATE, T TIMESTAMP, N NUMERIC, J JSON,
     AI ARRAY<INT64>, TA ARRAY<STRING(3)>, C TIMESTAMP OPTIONS (allow_commit_timestamp = true)
   ) PRIMARY KEY (K)`,
];

/** The value that is read back after one was written. */
function stores(type: string, column: string, value: Plain, read: Plain = value): DataCase {
  return {
    name: `value: ${type} ${JSON.stringify(value)}`,
    schema: SCHEMA,
    steps: [commits(insert('V', ['K', column], ['1', value])), reads('V', [column], [[read]])],
  };
}

function refusesValue(type: string, column: string, value: Plain, text: string): DataCase {
  return {
    name: `value: ${type} is not ${JSON.stringify(value)}`,
    schema: SCHEMA,
    steps: [refuses(insert('V', ['K', column], ['1', value]), 'FAILED_PRECONDITION', text)],
  };
}

const LONG = 'New value exceeds the maximum size limit for this column';

export const VALUE_CASES: readonly DataCase[] = [
  stores('BOOL', 'B', true),
  stores('BOOL', 'B', null),
  stores('FLOAT64', 'F', 1.5),
  stores('FLOAT64', 'F', 'NaN'),
  stores('FLOAT64', 'F', '-Infinity'),
  stores('FLOAT32', 'F4', 1.1, 1.100000023841858),
  stores('STRING', 'S', 'äöüäö'),
  stores('STRING', 'S', '😀😀😀😀😀'),
  stores('STRING', 'S', 'a\u0000b'),
  stores('BYTES', 'Y', 'AAECAw=='),
  stores('BYTES', 'Y', 'AAA', 'AAA='),
  stores('DATE', 'D', '2020-1-3', '2020-01-03'),
  stores('DATE', 'D', '0001-01-01'),
  stores('DATE', 'D', '9999-12-31'),
  stores('TIMESTAMP', 'T', '2020-01-01T00:00:00.123000Z', '2020-01-01T00:00:00.123Z'),
  stores('TIMESTAMP', 'T', '1969-12-31T23:59:59.999999999Z'),
  stores('TIMESTAMP', 'T', '0001-01-01T00:00:00Z'),
  stores('TIMESTAMP', 'T', '9999-12-31T23:59:59.999999999Z'),
  stores('NUMERIC', 'N', '1.50', '1.5'),
  stores('NUMERIC', 'N', '-0', '0'),
  stores('NUMERIC', 'N', '1e5', '100000'),
  stores('NUMERIC', 'N', '-99999999999999999999999999999.999999999'),
  stores('JSON', 'J', '{"b": 1.0, "a": [1, 2e3, "é"]}', '{"a":[1,2000.0,"é"],"b":1.0}'),
  stores('JSON', 'J', '{"a":1,"a":2}', '{"a":1}'),
  stores('ARRAY', 'AI', ['1', null, '-9223372036854775808']),
  stores('ARRAY', 'AI', []),
  stores('ARRAY', 'AI', null),
  stores('ARRAY', 'TA', ['abc', '', null]),
  refusesValue('BOOL', 'B', 'true', 'Could not parse string_value: "true"'),
  refusesValue('BOOL', 'B', 1, 'Could not parse number_value: 1'),
  refusesValue('FLOAT64', 'F', '1.5', 'Could not parse 1.5 as a FLOAT64. Only the following string values'),
  refusesValue('FLOAT32', 'F4', 1e300, 'Could not parse number_value: 1e+300'),
  refusesValue('STRING', 'S', 'abcdef', `${LONG}: V.S, size: 6, limit: 5.`),
  refusesValue('STRING', 'S', 1, 'Could not parse number_value: 1'),
  refusesValue('BYTES', 'Y', 'AAAAAAAA', `${LONG}: V.Y, size: 6, limit: 4.`),
  refusesValue('BYTES', 'Y', '???', 'Could not parse ??? as BYTES. Byte strings must be base64-encoded.'),
  refusesValue('DATE', 'D', '2020-01-32', 'Could not parse 2020-01-32 as a DATE.'),
  refusesValue('TIMESTAMP', 'T', '2020-01-01T00:00:00', "must end with an uppercase literal 'Z'"),
  refusesValue('TIMESTAMP', 'T', '2020-01-01T00:00:00+01:00', "must end with an uppercase literal 'Z'"),
  refusesValue('TIMESTAMP', 'T', 'spanner.commit_timestamp()', 'Cannot write commit timestamp because'),
  refusesValue('NUMERIC', 'N', 1.5, 'Could not parse number_value: 1.5'),
  refusesValue('NUMERIC', 'N', '1.0000000001', 'Could not parse 1.0000000001 as a NUMERIC.'),
  refusesValue('NUMERIC', 'N', '100000000000000000000000000000', 'as a NUMERIC. The NUMERIC type supports'),
  refusesValue('NUMERIC', 'N', 'NaN', 'Could not parse NaN as a NUMERIC.'),
  refusesValue('JSON', 'J', '{', 'Could not parse { as a JSON.'),
  refusesValue('JSON', 'J', 5, 'Could not parse number_value: 5'),
  refusesValue('ARRAY', 'AI', ['1', 'x'], 'Could not parse x as an integer'),
  refusesValue('ARRAY', 'AI', '1', 'Could not parse string_value: "1"'),
  refusesValue('ARRAY', 'TA', ['abcd'], `${LONG}: V.TA, size: 4, limit: 3.`),
  refusesValue(
    'TIMESTAMP',
    'C',
    '2999-06-15T00:00:00Z',
    'Cannot write timestamps in the future, found: 2999',
  ),
  ...['x', '99999999999999999999', '0x10', ''].map(
    (text): DataCase => ({
      name: `value: INT64 is not ${JSON.stringify(text)}`,
      schema: SCHEMA,
      steps: [
        refuses(insert('V', ['K'], [text]), 'FAILED_PRECONDITION', `Could not parse ${text} as an integer`),
      ],
    }),
  ),
  {
    name: 'value: keys of every type come in their order',
    schema: [
      'CREATE TABLE O (I INT64, F FLOAT64, S STRING(MAX), N NUMERIC, D DATE, T TIMESTAMP) PRIMARY KEY (I, F DESC, S, N DESC, D, T)',
    ],
    steps: [
      commits(
        insert(
          'O',
          ['I', 'F', 'S', 'N', 'D', 'T'],
          ['2', 1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['-1', 1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          [null, 1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', -1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', null, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 'NaN', 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'a\u0000', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'a', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'ä', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'b', '-1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'b', '1', '1960-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'b', '1', '2020-01-01', '1960-01-01T00:00:00Z'],
        ),
      ),
      reads(
        'O',
        ['I', 'F', 'S', 'N', 'D', 'T'],
        [
          [null, 1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['-1', 1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'a', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'a\u0000', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'b', '1', '1960-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'b', '1', '2020-01-01', '1960-01-01T00:00:00Z'],
          ['2', 1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'b', '-1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 1.5, 'ä', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', -1.5, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', 'NaN', 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
          ['2', null, 'b', '1', '2020-01-01', '2020-01-01T00:00:00Z'],
        ],
      ),
    ],
  },
];
