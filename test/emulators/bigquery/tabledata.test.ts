import type { BigQuery, Dataset } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let server: BigQueryServer;
let bigquery: BigQuery;
let dataset: Dataset;

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
  [dataset] = await bigquery.createDataset('d');
});
afterAll(() => server.close());

const tablePath = (id: string) => `/projects/${PROJECT}/datasets/d/tables/${id}`;

async function makeTable(id: string, fields: unknown[], extra: object = {}): Promise<void> {
  const response = await request(server, 'POST', `/projects/${PROJECT}/datasets/d/tables`, {
    tableReference: { tableId: id },
    schema: { fields },
    ...extra,
  });
  expect(response.body?.error).toBeUndefined();
}

async function insert(id: string, body: object): Promise<unknown> {
  const response = await request(server, 'POST', `${tablePath(id)}/insertAll`, body);
  return response.body;
}

async function rowsOf(id: string, query = ''): Promise<unknown[]> {
  const response = await request(server, 'GET', `${tablePath(id)}/data?${query}`);
  expect(response.status).toBe(200);
  return (response.body.rows ?? []).map((row: { f: { v: unknown }[] }) => row.f.map((cell) => cell.v));
}

describe('values', () => {
  const cases: [type: string, value: unknown, shown: unknown][] = [
    ['INTEGER', '9223372036854775807', '9223372036854775807'],
    ['INTEGER', -42, '-42'],
    ['INTEGER', '1.0', '1'],
    ['FLOAT', 0.1, '0.1'],
    ['FLOAT', 'NaN', 'NaN'],
    ['FLOAT', '-Infinity', '-Infinity'],
    ['FLOAT', -0, '0.0'],
    ['FLOAT', '-0.0', '-0.0'],
    ['FLOAT', 12345678901, '1.2345678901E10'],
    ['BOOLEAN', true, 'true'],
    ['BOOLEAN', 'False', 'false'],
    ['STRING', 'ünï"\n', 'ünï"\n'],
    ['STRING', 12.5, '12.5'],
    ['BYTES', 'AP+A', 'AP+A'],
    ['NUMERIC', '99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
    ['NUMERIC', '-1.500', '-1.5'],
    ['BIGNUMERIC', '0.00000000000000000000000000000000000001', '0.00000000000000000000000000000000000001'],
    ['DATE', '0001-01-01', '0001-01-01'],
    ['DATE', '2024-2-9', '2024-02-09'],
    ['TIME', '23:59:59.999999', '23:59:59.999999'],
    ['DATETIME', '2024-02-29 01:02:03.5', '2024-02-29T01:02:03.500000'],
    ['TIMESTAMP', '2024-02-29 01:02:03+02:00', '1709161323000000'],
    ['TIMESTAMP', 1.5, '1500000'],
    ['TIMESTAMP', '1969-12-31 23:59:59.999999 UTC', '-1'],
    ['JSON', '{"b": 1, "a": [true, null]}', '{"a":[true,null],"b":1}'],
    ['INTERVAL', '1-2 3 4:5:6.789', '1-2 3 4:5:6.789'],
  ];

  test.each(cases)('%s %j is read back as %j', async (type, value, shown) => {
    const id = `v${cases.findIndex(([t, v]) => t === type && Object.is(v, value))}`;
    await makeTable(id, [{ name: 'v', type }]);
    expect(await insert(id, { rows: [{ json: { v: value } }, { json: { v: null } }] })).toEqual({
      kind: 'bigquery#tableDataInsertAllResponse',
    });
    expect(await rowsOf(id, 'formatOptions.useInt64Timestamp=true')).toEqual([[shown], [null]]);
  });

  test('an INT64 written as a JSON number keeps every digit', async () => {
    await makeTable('exact', [
      { name: 'n', type: 'INTEGER' },
      { name: 's', type: 'STRING' },
      { name: 'j', type: 'JSON' },
    ]);
    const body = '{"rows":[{"json":{"n":9007199254740993,"s":"9007199254740993","j":{"k":1}}}]}';
    const response = await request(server, 'POST', `${tablePath('exact')}/insertAll`, body);
    expect(response.body.insertErrors).toBeUndefined();
    expect(await rowsOf('exact')).toEqual([['9007199254740993', '9007199254740993', '{"k":1}']]);
  });

  test('nested and repeated', async () => {
    await makeTable('nested', [
      { name: 'id', type: 'INTEGER' },
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      {
        name: 'items',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [
          { name: 'n', type: 'NUMERIC' },
          { name: 'at', type: 'RECORD', fields: [{ name: 'day', type: 'DATE' }] },
        ],
      },
      { name: 'span', type: 'RANGE', rangeElementType: { type: 'DATE' } },
    ]);
    await insert('nested', {
      rows: [
        {
          json: {
            id: 1,
            tags: ['a', 'b'],
            items: [{ n: '1.50', at: { day: '2024-01-02' } }, { n: null }],
            span: { start: '2024-01-01', end: null },
          },
        },
        { json: { id: 2 } },
      ],
    });
    expect(await rowsOf('nested')).toEqual([
      [
        '1',
        [{ v: 'a' }, { v: 'b' }],
        [
          { v: { f: [{ v: '1.5' }, { v: { f: [{ v: '2024-01-02' }] } }] } },
          { v: { f: [{ v: null }, { v: null }] } },
        ],
        '[2024-01-01, UNBOUNDED)',
      ],
      ['2', [], [], null],
    ]);
    expect(await rowsOf('nested', 'selectedFields=items.at.day,id&maxResults=1')).toEqual([
      ['1', [{ v: { f: [{ v: { f: [{ v: '2024-01-02' }] } }] } }, { v: { f: [{ v: null }] } }]],
    ]);
    const [rows] = await dataset.table('nested').getRows();
    expect(rows[0].items[0].at.day.value).toBe('2024-01-02');
  });
});

describe('insertAll', () => {
  test('a bad row stops the others, unless it is to be skipped', async () => {
    await makeTable('strict', [
      { name: 'n', type: 'INTEGER' },
      { name: 'r', type: 'STRING', mode: 'REQUIRED' },
    ]);
    const rows = [
      { json: { n: 1, r: 'x' } },
      { json: { n: 'not-a-number', r: 'x' } },
      { json: { n: 2, r: 'x', colour: 'blue' } },
      { json: { n: 3 } },
    ];
    const errors = [
      {
        index: 1,
        errors: [
          {
            reason: 'invalid',
            location: 'n',
            debugInfo: '',
            message: 'Cannot convert value to integer (bad value): not-a-number',
          },
        ],
      },
      {
        index: 2,
        errors: [{ reason: 'invalid', location: 'colour', debugInfo: '', message: 'no such field: colour.' }],
      },
      {
        index: 3,
        errors: [{ reason: 'invalid', location: 'r', debugInfo: '', message: 'Missing required field: r.' }],
      },
    ];
    expect(await insert('strict', { rows })).toMatchObject({
      insertErrors: [
        ...errors,
        { index: 0, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] },
      ],
    });
    expect(await rowsOf('strict')).toEqual([]);
    expect(await insert('strict', { rows, skipInvalidRows: true })).toMatchObject({ insertErrors: errors });
    expect(await rowsOf('strict')).toEqual([['1', 'x']]);
    expect(await insert('strict', { rows: [rows[2]], ignoreUnknownValues: true })).toEqual({
      kind: 'bigquery#tableDataInsertAllResponse',
    });
    await expect(dataset.table('strict').insert([{ n: 'x', r: 'y' }])).rejects.toMatchObject({
      name: 'PartialFailureError',
    });
  });

  test('the same insert id is written once', async () => {
    await makeTable('once', [{ name: 'n', type: 'INTEGER' }]);
    const rows = [
      { insertId: 'a', json: { n: 1 } },
      { insertId: 'b', json: { n: 2 } },
    ];
    await insert('once', { rows });
    await insert('once', { rows: [...rows, { insertId: 'c', json: { n: 3 } }, { json: { n: 4 } }] });
    expect(await rowsOf('once')).toEqual([['1'], ['2'], ['3'], ['4']]);
  });

  test('an id whose row was refused may come again', async () => {
    await makeTable('again', [{ name: 'n', type: 'INTEGER' }]);
    await insert('again', {
      rows: [
        { insertId: 'x', json: { n: 'bad' } },
        { insertId: 'y', json: { n: 1 } },
      ],
    });
    await insert('again', { rows: [{ insertId: 'y', json: { n: 1 } }] });
    expect(await rowsOf('again')).toEqual([['1']]);
  });

  test('no rows, a view and a missing table are refused', async () => {
    await makeTable('plain', [{ name: 'n', type: 'INTEGER' }]);
    expect(await insert('plain', { rows: [] })).toMatchObject({
      error: { code: 400, message: 'No rows present in the request.' },
    });
    expect(await insert('missing', { rows: [{ json: { n: 1 } }] })).toMatchObject({
      error: { code: 404, message: `Not found: Table ${PROJECT}:d.missing` },
    });
  });

  test('a template suffix names a table of the same schema', async () => {
    await makeTable('tpl', [{ name: 'n', type: 'INTEGER' }]);
    await insert('tpl', { templateSuffix: '_v1', rows: [{ json: { n: 7 } }] });
    expect(await rowsOf('tpl_v1')).toEqual([['7']]);
    expect(await rowsOf('tpl')).toEqual([]);
  });

  test('a column that a row does not name gets its default value, an explicit null stays', async () => {
    await makeTable('defaulted', [
      { name: 'n', type: 'INTEGER' },
      { name: 's', type: 'STRING', mode: 'REQUIRED', defaultValueExpression: "CONCAT('d', 'ef')" },
      { name: 'f', type: 'FLOAT', defaultValueExpression: '1' },
    ]);
    await insert('defaulted', { rows: [{ json: { n: 1 } }, { json: { n: 2, S: 'x', f: null } }] });
    expect(await rowsOf('defaulted')).toEqual([
      ['1', 'def', '1.0'],
      ['2', 'x', null],
    ]);
  });

  test('rows go into the columns they name after the schema grew', async () => {
    await makeTable('grown', [{ name: 'a', type: 'INTEGER' }]);
    await insert('grown', { rows: [{ json: { a: 1 } }] });
    await dataset.table('grown').setMetadata({
      schema: {
        fields: [
          { name: 'b', type: 'STRING' },
          { name: 'a', type: 'INTEGER' },
        ],
      },
    });
    await insert('grown', { rows: [{ json: { a: 2, B: 'two' } }] });
    expect(await rowsOf('grown')).toEqual([
      [null, '1'],
      ['two', '2'],
    ]);
  });
});

describe('list', () => {
  test('pages, start index and counts', async () => {
    await makeTable('paged', [{ name: 'n', type: 'INTEGER' }], { timePartitioning: { type: 'DAY' } });
    await insert('paged', { rows: Array.from({ length: 25 }, (_, n) => ({ json: { n } })) });
    const first = await request(server, 'GET', `${tablePath('paged')}/data?maxResults=10`);
    expect(first.body).toMatchObject({ kind: 'bigquery#tableDataList', totalRows: '25' });
    expect(first.body.rows).toHaveLength(10);
    const next = await rowsOf('paged', `pageToken=${first.body.pageToken}&maxResults=100`);
    expect(next).toHaveLength(15);
    expect(next[0]).toEqual(['10']);
    expect(await rowsOf('paged', 'startIndex=24')).toEqual([['24']]);
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    expect(await rowsOf(`paged$${today}`, 'maxResults=1')).toEqual([['0']]);
    expect(await rowsOf('paged$19990101')).toEqual([]);
    const none = await request(server, 'GET', `${tablePath('paged')}/data?maxResults=0&startIndex=20`);
    expect(none.body).toMatchObject({ totalRows: '25', pageToken: expect.any(String) });
    expect(none.body.rows).toBeUndefined();
    expect(await rowsOf('paged', `pageToken=${none.body.pageToken}`)).toHaveLength(5);
    const [metadata] = await dataset.table('paged').getMetadata();
    expect(metadata).toMatchObject({ numRows: '25', numBytes: '200' });
  });

  test.each([
    ['pageToken=bogus', 'Invalid page token'],
    ['maxResults=-1', 'Invalid value for maxResults'],
    ['selectedFields=nope', 'no such field: nope'],
  ])('?%s is refused', async (query, message) => {
    const response = await request(server, 'GET', `${tablePath('paged')}/data?${query}`);
    expect(response.status).toBe(400);
    expect(response.body.error.message).toContain(message);
  });
});

test('rows of more columns than memory has room for are refused, and the table still serves', async () => {
  const small = await startEmulator({ memoryLimitBytes: 64 * 1024 ** 2 });
  try {
    const path = `/bigquery/v2/projects/${PROJECT}/datasets`;
    await request(small, 'POST', path, { datasetReference: { datasetId: 'd' } });
    const fields = Array.from({ length: 3000 }, (_, index) => ({ name: `c${index}`, type: 'INTEGER' }));
    const row = Object.fromEntries(fields.map(({ name }) => [name, 1]));
    await request(small, 'POST', `${path}/d/tables`, {
      tableReference: { tableId: 'wide' },
      schema: { fields },
    });
    const rows = Array.from({ length: 100 }, () => ({ json: row }));
    const statuses = new Set<number>();
    for (let round = 0; round < 40 && !statuses.has(400); round++) {
      const answer = await request(small, 'POST', `${path}/d/tables/wide/insertAll`, { rows });
      statuses.add(answer.status);
      if (answer.status !== 200) expect(answer.body.error.errors[0].reason).toBe('resourcesExceeded');
    }
    expect(statuses).toContain(400);
    const listed = await request(small, 'GET', `${path}/d/tables/wide/data?maxResults=0`);
    expect(listed.status).toBe(200);
  } finally {
    await small.close();
  }
});
