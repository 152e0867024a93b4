import { connect } from 'node:net';
import type protobuf from 'protobufjs/light.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import { REFUSED } from '../../../src/emulators/bigtable/refusals.js';
import { startEmbedded } from './backends.js';
import { type BigtableClient, b, PARENT, TABLES } from './bigtable-client.js';

const DATA = 'google.bigtable.v2.Bigtable';
const DATA_METHODS = [
  'ReadRows',
  'SampleRowKeys',
  'MutateRow',
  'MutateRows',
  'CheckAndMutateRow',
  'ReadModifyWriteRow',
  'PingAndWarm',
].map((name) => `${DATA}/${name}`);
const ADMIN_METHODS = [
  ...['CreateTable', 'ListTables', 'GetTable', 'UpdateTable', 'ModifyColumnFamilies', 'DropRowRange'].map(
    (name) => `${TABLES}/${name}`,
  ),
  ...['CreateInstance', 'PartialUpdateInstance', 'CreateCluster', 'CreateAppProfile', 'ListInstances'].map(
    (name) => `google.bigtable.admin.v2.BigtableInstanceAdmin/${name}`,
  ),
];
/** What a request may be answered with, however wrong it is. */
const ANSWERS = [0, 3, 5, 6, 9, 12];

let client: BigtableClient;
let table: string;
let port: number;
let stop: () => Promise<void>;
const faults: string[] = [];
beforeAll(async () => {
  ({ client, port, stop } = await startEmbedded({ log: (line) => faults.push(line) }));
  table = await client.createTable({ f: {}, g: { gcRule: { maxNumVersions: 1 } } });
  await client.write(table, ['r f:q=v']);
});
afterAll(() => stop());

/** The server has made no fault, and the next call works. */
async function expectWell(): Promise<void> {
  expect(faults).toEqual([]);
  await client.write(table, ['well f:q=v']);
  expect(await client.read(table, { rows: { rowKeys: [b('well')] } })).toEqual({ ok: ['well f:q@1000=v'] });
}

async function codeOf(method: string, body: Buffer): Promise<number> {
  const outcome = await client.send(method, body);
  return 'ok' in outcome ? 0 : outcome.code;
}

describe('requests that no client sends', () => {
  it.each([...DATA_METHODS, ...ADMIN_METHODS])('random bytes: %s', async (method) => {
    const random = createRandom('bytes', method);
    for (let round = 0; round < 100; round++) {
      const body = Buffer.from(Array.from({ length: random.integer(0, 60) }, () => random.integer(0, 255)));
      expect(ANSWERS).toContain(await codeOf(method, body));
    }
    await expectWell();
  });

  it.each(DATA_METHODS)('a good request cut off, or with a byte changed: %s', async (method) => {
    const random = createRandom('cut', method);
    const whole = client.encode(method, {
      tableName: table,
      name: PARENT,
      rowKey: b('cut'),
      rows: { rowKeys: [b('r')], rowRanges: [{ startKeyOpen: b('a'), endKeyClosed: b('z') }] },
      filter: { chain: { filters: [{ cellsPerRowLimitFilter: 2 }, { valueRegexFilter: b('v.*') }] } },
      predicateFilter: { columnRangeFilter: { familyName: 'f', startQualifierOpen: b('a') } },
      mutations: [
        { setCell: { familyName: 'f', columnQualifier: b('q'), timestampMicros: '-1', value: b('v') } },
      ],
      trueMutations: [{ deleteFromColumn: { familyName: 'f', columnQualifier: b('q'), timeRange: {} } }],
      entries: [{ rowKey: b('cut'), mutations: [{ deleteFromFamily: { familyName: 'g' } }] }],
      rules: [{ familyName: 'f', columnQualifier: b('n'), appendValue: b('x') }],
    });
    for (let length = 0; length < whole.length; length++) {
      expect(ANSWERS).toContain(await codeOf(method, whole.subarray(0, length)));
      const changed = Buffer.from(whole);
      changed[length] = random.integer(0, 255);
      expect(ANSWERS).toContain(await codeOf(method, changed));
    }
    await expectWell();
  });

  it.each([...DATA_METHODS, ...ADMIN_METHODS])('valid messages of any content: %s', async (method) => {
    const random = createRandom('valid', method);
    const { resolvedRequestType } = client.descriptors.method(method);
    for (let round = 0; round < 100; round++) {
      const message = anyMessage(resolvedRequestType!, random, 5);
      // Half of them get past the name.
      if (random.integer(0, 1) === 0)
        Object.assign(message, { tableName: table, name: table, parent: PARENT });
      expect(ANSWERS).toContain(await codeOf(method, client.encode(method, message)));
    }
    await expectWell();
  });

  it('says what is wrong with bytes that are no message', async () => {
    const outcome = await client.send(`${DATA}/MutateRow`, Buffer.from([0x0a, 0xff]));
    expect(outcome).toMatchObject({
      code: 3,
      text: expect.stringContaining('google.bigtable.v2.MutateRowRequest'),
    });
  });

  it('changes no row of a request that ends too early', async () => {
    const entry = (key: string) => ({
      rowKey: b(key),
      mutations: [{ setCell: { familyName: 'f', columnQualifier: b('q'), timestampMicros: '1000' } }],
    });
    const whole = client.encode(`${DATA}/MutateRows`, {
      tableName: table,
      entries: [entry('one'), entry('two')],
    });
    expect(await codeOf(`${DATA}/MutateRows`, whole.subarray(0, -2))).toBe(3);
    expect(await client.read(table, { rows: { rowKeys: [b('one'), b('two')] } })).toEqual({ ok: [] });
  });

  it('takes a pattern that makes other engines take for ever', async () => {
    await client.write(table, [`slow f:q=${'a'.repeat(5000)}`]);
    const filter = { valueRegexFilter: b('(a*)*b') };
    expect(await client.read(table, { rows: { rowKeys: [b('slow')] }, filter })).toEqual({ ok: [] });
  });

  it('refuses filters that are nested too deep or too large', async () => {
    let deep: Record<string, unknown> = { passAllFilter: true };
    for (let depth = 0; depth < 30; depth++)
      deep = { interleave: { filters: [deep, deep.passAllFilter ? deep : { passAllFilter: true }] } };
    expect(await client.read(table, { filter: deep })).toMatchObject({ code: 3 });
    const filter = { valueRegexFilter: b('x'.repeat(20_481)) };
    expect(await client.read(table, { filter })).toMatchObject({
      code: 3,
      text: expect.stringContaining('20480'),
    });
  });

  it('lives on when a connection breaks off in the middle of a frame', async () => {
    for (const bytes of [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x10\x04\0',
      'GET /v2',
      '\xff\xff',
    ]) {
      const socket = connect(port, '127.0.0.1');
      await new Promise<void>((resolve) => socket.write(Buffer.from(bytes, 'latin1'), () => resolve()));
      socket.destroy();
    }
    await expectWell();
  });
});

describe('what is not there', () => {
  const methods = Object.entries(REFUSED).flatMap(([service, features]) =>
    Object.entries(features).flatMap(([feature, names]) =>
      names.map((name) => [`${service}/${name}`, feature] as const),
    ),
  );
  it.each(methods)('%s is refused as %s', async (method, feature) => {
    const outcome = await client.call(method, {});
    expect(outcome).toMatchObject({ code: 12, text: expect.stringContaining(feature) });
  });

  it.each(['google.bigtable.v2.Bigtable/OpenTable', 'google.bigtable.v2.Bigtable/GetClientConfiguration'])(
    '%s, which no descriptor knows, is refused at once',
    async (method) => {
      expect(await client.outcome(() => client.bytes.unary(method, Buffer.alloc(0)))).toMatchObject({
        code: 12,
      });
    },
  );

  it.each([
    [
      'an authorized view',
      'ReadRows',
      { tableName: '', authorizedViewName: `${PARENT}/tables/t/authorizedViews/v` },
    ],
    [
      'a materialized view',
      'ReadRows',
      { tableName: '', materializedViewName: `${PARENT}/materializedViews/v` },
    ],
    [
      'writing to an authorized view',
      'MutateRow',
      { tableName: '', authorizedViewName: `${PARENT}/tables/t/authorizedViews/v` },
    ],
  ])('%s is refused by name', async (_what, method, request) => {
    expect(await client.call(`${DATA}/${method}`, request)).toMatchObject({
      code: 12,
      text: expect.stringMatching(/^(Authorized|Materialized) views/),
    });
  });
});

/** A message with random fields set, to random values of their types. */
function anyMessage(type: protobuf.Type, random: Random, depth: number): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    if (random.integer(0, 2) === 0) continue;
    field.resolve();
    if (field.map) continue;
    const value = () => anyValue(field, random, depth);
    message[field.name] = field.repeated ? Array.from({ length: random.integer(0, 3) }, value) : value();
  }
  return message;
}

function anyValue(field: protobuf.Field, random: Random, depth: number): unknown {
  const { resolvedType } = field;
  if (resolvedType !== null && 'fieldsArray' in resolvedType) {
    return depth === 0 ? {} : anyMessage(resolvedType as protobuf.Type, random, depth - 1);
  }
  if (resolvedType !== null) return random.pick(Object.values(resolvedType.values));
  switch (field.type) {
    case 'string':
      return random.pick(['', 'f', 'g', 'none', 'a/b', '(', '.*', 'gc_rule', '\u0000é', table]);
    case 'bytes':
      return random.pick([b(''), b('r'), b('q'), b('('), b('\\C*'), Buffer.alloc(300, 0xff)]);
    case 'bool':
      return random.integer(0, 1) === 1;
    case 'double':
    case 'float':
      return random.pick([0, 0.5, 1, -1, Number.NaN, Number.POSITIVE_INFINITY]);
    case 'int32':
    case 'uint32':
      return random.pick([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]);
    default:
      return random.pick(['0', '-1', '1000', '1001', '9223372036854775807', '-9223372036854775808']);
  }
}
