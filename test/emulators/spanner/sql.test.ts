import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CODES, type CodeName, ServiceError } from '../../../src/emulators/serving/service-error.js';
import type { Json, MessageClient } from '../../helpers/message-client.js';
import { BACKENDS, createDatabase, createInstance } from './backends.js';
import { SQL_TABLES, type SqlCase, type SqlOutcome } from './cases/sql-case.js';
import { LANGUAGE_CASES } from './cases/sql-language.js';
import { NANOSECOND_CASES } from './cases/sql-nanoseconds.js';
import { SERVICE_CASES } from './cases/sql-service.js';
import { VALUE_CASES } from './cases/sql-values.js';
import { SqlDatabase } from './sql-database.js';
import { SQL_DIFFERENCES } from './sql-differences.js';

const SCENARIOS = [
  { title: 'what only Spanner does', cases: SERVICE_CASES },
  { title: 'the language', cases: LANGUAGE_CASES },
  { title: 'values', cases: VALUE_CASES },
  { title: 'nanoseconds', cases: NANOSECOND_CASES },
];

const IS_CHANGE = /^\s*(insert|update|delete)/i;

interface Runner {
  run(each: SqlCase): Promise<SqlOutcome>;
  close(): Promise<void>;
}

async function openEmbedded(): Promise<Runner> {
  const database = await SqlDatabase.open(SQL_TABLES);
  return {
    close: () => database.close(),
    run: async ({ sql, params, plan }) => {
      try {
        const { rowCount, undeclared, ...rest } = await database.run(
          sql,
          params,
          {},
          plan ? 'PLAN' : 'NORMAL',
        );
        return { ...rest, undeclared, ...(rowCount === undefined ? {} : { changed: Number(rowCount) }) };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return refusal(error.code, error.message);
      }
    },
  };
}

function refusal(code: CodeName, text: string): SqlOutcome {
  return { error: [code, text.split('\n')[0]!] };
}

const SPANNER = 'google.spanner.v1.Spanner';

/** Google's, over gRPC. */
async function openOfficial(start: (typeof BACKENDS)[number]['start']): Promise<Runner> {
  const { client, stop } = await start();
  const database = await createDatabase(client, await createInstance(client), SQL_TABLES);
  const [session] = await client.must(`${SPANNER}/CreateSession`, { database });
  const name = session!.name as string;
  return { close: stop, run: (each) => runOfficial(client, name, each) };
}

async function runOfficial(
  client: MessageClient,
  session: string,
  { sql, params, plan }: SqlCase,
): Promise<SqlOutcome> {
  const isChange = IS_CHANGE.test(sql);
  const outcome = await client.call(`${SPANNER}/ExecuteSql`, {
    session,
    sql,
    seqno: 1,
    ...(params === undefined
      ? {}
      : {
          params: {
            fields: Object.fromEntries(Object.entries(params).map(([key, value]) => [key, wire(value)])),
          },
        }),
    ...(plan ? { queryMode: 'PLAN' } : {}),
    ...(isChange ? { transaction: { begin: { readWrite: {} } } } : {}),
  });
  if (!('ok' in outcome)) {
    const code = Object.entries(CODES).find(([, number]) => number === outcome.code)![0] as CodeName;
    return refusal(code, outcome.text);
  }
  const result = outcome.ok[0] as unknown as ResultSet;
  const { metadata, stats } = result;
  if (isChange) {
    await client.must(`${SPANNER}/Commit`, { session, transactionId: (metadata.transaction as Json).id });
  }
  const shown: SqlOutcome = {
    columns: (metadata.rowType?.fields ?? []).map(fieldText).join(','),
    rows: plan ? [] : (result.rows ?? []).map((row) => (row.values ?? []).map(plain)),
    undeclared: (metadata.undeclaredParameters?.fields ?? []).map(fieldText).join(','),
  };
  if (stats?.rowCountExact !== undefined) shown.changed = Number(stats.rowCountExact);
  return shown;
}

interface Type {
  code: string;
  arrayElementType?: Type;
  structType?: { fields?: Field[] };
}

interface Field {
  name?: string;
  type: Type;
}

interface ResultSet {
  metadata: {
    rowType?: { fields?: Field[] };
    undeclaredParameters?: { fields?: Field[] };
    transaction?: Json;
  };
  rows?: { values?: WireValue[] }[];
  stats?: { rowCountExact?: unknown };
}

interface WireValue {
  numberValue?: number;
  stringValue?: string;
  boolValue?: boolean;
  listValue?: { values?: WireValue[] };
}

function fieldText({ name = '', type }: Field): string {
  return `${name}:${typeText(type)}`;
}

function typeText({ code, arrayElementType, structType }: Type): string {
  if (code === 'ARRAY') return `ARRAY<${typeText(arrayElementType!)}>`;
  if (code !== 'STRUCT') return code;
  const fields = (structType?.fields ?? []).map(
    ({ name, type }) => `${name ? `${name} ` : ''}${typeText(type)}`,
  );
  return `STRUCT<${fields.join(', ')}>`;
}

function plain(value: WireValue): unknown {
  if (value.listValue !== undefined) return (value.listValue.values ?? []).map(plain);
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
}

function wire(value: unknown): Json {
  if (Array.isArray(value)) return { listValue: { values: value.map(wire) } };
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'boolean') return { boolValue: value };
  return typeof value === 'number' ? { numberValue: value } : { stringValue: String(value) };
}

/** What is there of an outcome, with rows in one order where the statement asks for none. */
function settled(sql: string, outcome: SqlOutcome): SqlOutcome {
  const { columns = '', rows, changed, undeclared = '', error } = outcome;
  if (error !== undefined) return { error };
  const texts = (rows ?? []).map((row) => JSON.stringify(row));
  return { columns, rows: sql.includes('ORDER BY') ? texts : texts.sort(), changed, undeclared };
}

describe.each(BACKENDS)('SQL on $name', ({ name, start }) => {
  describe.each(SCENARIOS)('$title', ({ cases }) => {
    let runner: Runner;
    beforeAll(async () => {
      runner = name === 'embedded' ? await openEmbedded() : await openOfficial(start);
    });
    afterAll(() => runner.close());

    test.each(cases.map((each, index) => [`${index + 1} ${each.sql}`, each] as const))(
      '%s',
      async (_, each) => {
        const wanted = settled(each.sql, each);
        const given = settled(each.sql, await runner.run(each));
        const difference = name === 'official' ? SQL_DIFFERENCES.get(each.sql) : undefined;
        if (difference === undefined) {
          expect(given).toEqual(wanted);
        } else {
          expect(given, 'there is no difference any more').not.toEqual(wanted);
          expect(given).toEqual(settled(each.sql, difference));
        }
      },
    );
  });
});

test('every difference is one of a case', () => {
  const known = new Set(SCENARIOS.flatMap(({ cases }) => cases.map(({ sql }) => sql)));
  expect([...SQL_DIFFERENCES.keys()].filter((sql) => !known.has(sql))).toEqual([]);
});
