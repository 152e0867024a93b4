import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CODES } from '../../../src/emulators/serving/service-error.js';
import type { Json, MessageClient, Outcome } from '../../helpers/message-client.js';
import { BACKENDS, createDatabase, createInstance, DATABASES } from './backends.js';
import { CONSTRAINT_CASES } from './cases/constraints.js';
import type { Change, DataCase, Expected, Keys, Plain, Read, Step } from './cases/data-case.js';
import { READ_CASES } from './cases/reads.js';
import { TRANSACTION_CASES } from './cases/transactions.js';
import { VALUE_CASES } from './cases/values.js';
import { DATA_DIFFERENCES } from './data-differences.js';

const SPANNER = 'google.spanner.v1.Spanner';
const CASES = [...VALUE_CASES, ...CONSTRAINT_CASES, ...READ_CASES, ...TRANSACTION_CASES];

describe.each(BACKENDS)('rows on $name', (backend) => {
  let client: MessageClient;
  let stop: () => Promise<void>;
  let instance: string;
  beforeAll(async () => {
    ({ client, stop } = await backend.start());
    instance = await createInstance(client);
  });
  afterAll(() => stop());

  test.each(CASES.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const wanted = each.steps.map(({ gives }) => wantedOf(gives));
    const given = await outcomesOf(client, instance, each);
    const difference = backend.name === 'official' ? DATA_DIFFERENCES[name] : undefined;
    if (difference === undefined) expect(given).toEqual(wanted);
    else {
      expect(given, 'there is no difference any more').not.toEqual(wanted);
      expect(given).toEqual(difference.official);
    }
  });
});

test('every difference is one of a case, and no case comes twice', () => {
  const names = CASES.map(({ name }) => name);
  expect(Object.keys(DATA_DIFFERENCES).filter((name) => !names.includes(name))).toEqual([]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

function wantedOf(gives: Expected): unknown {
  if (gives === 'done' || !('code' in gives)) return gives;
  return { code: CODES[gives.code], text: expect.stringContaining(gives.text) };
}

async function outcomesOf(
  client: MessageClient,
  instance: string,
  { schema, steps }: DataCase,
): Promise<unknown[]> {
  const database = await createDatabase(client, instance, schema);
  try {
    const [session] = await client.must(`${SPANNER}/CreateSession`, { database });
    const runner = new StepRunner(client, String(session!.name));
    const outcomes: unknown[] = [];
    for (const step of steps) outcomes.push(await runner.run(step));
    return outcomes;
  } finally {
    await client.must(`${DATABASES}/DropDatabase`, { database });
  }
}

class StepRunner {
  readonly #ids = new Map<string, unknown>();

  constructor(
    private readonly client: MessageClient,
    private readonly session: string,
  ) {}

  async run(step: Step): Promise<unknown> {
    if ('rollback' in step)
      return done(await this.#call('Rollback', { transactionId: this.#ids.get(step.rollback) }));
    if ('commit' in step) return done(await this.#commit(step.commit, step.in));
    const selector = step.in === undefined ? {} : { transaction: { id: await this.#begin(step.in) } };
    const outcome =
      'read' in step
        ? await this.#call('Read', { ...selector, ...readRequest(step.read) })
        : await this.#call('ExecuteSql', { ...selector, sql: step.sql, seqno: step.seqno ?? 0 });
    if (!('ok' in outcome)) return outcome;
    return step.gives === 'done' ? 'done' : rowsOf(outcome.ok[0]!);
  }

  async #commit(changes: readonly Change[], name: string | undefined): Promise<Outcome<Json[]>> {
    const transaction =
      name === undefined
        ? { singleUseTransaction: { readWrite: {} } }
        : { transactionId: await this.#begin(name) };
    return this.#call('Commit', { ...transaction, mutations: changes.map(mutation) });
  }

  async #begin(name: string): Promise<unknown> {
    if (!this.#ids.has(name)) {
      const request = { session: this.session, options: { readWrite: {} } };
      const [transaction] = await this.client.must(`${SPANNER}/BeginTransaction`, request);
      this.#ids.set(name, transaction!.id);
    }
    return this.#ids.get(name);
  }

  #call(method: string, request: Json): Promise<Outcome<Json[]>> {
    return this.client.call(`${SPANNER}/${method}`, { session: this.session, ...request });
  }
}

function done(outcome: Outcome<Json[]>): unknown {
  return 'ok' in outcome ? 'done' : outcome;
}

function mutation(change: Change): Json {
  if (change.kind === 'nothing') return {};
  if (change.kind === 'delete') return { delete: { table: change.table, keySet: keySet(change.keys) } };
  const { kind, table, columns, rows } = change;
  return { [kind]: { table, columns, values: rows.map(list) } };
}

function readRequest({ table, columns, keys = { all: true }, index, limit }: Read): Json {
  return { table, columns, keySet: keySet(keys), index, limit };
}

function keySet({ keys = [], ranges = [], all }: Keys): Json {
  return {
    keys: keys.map(list),
    ranges: ranges.map((range) =>
      Object.fromEntries(Object.entries(range).map(([bound, key]) => [bound, list(key)])),
    ),
    all,
  };
}

function list(values: readonly Plain[]): Json {
  return { values: values.map(wire) };
}

function wire(value: Plain): Json {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return { listValue: list(value) };
}

function rowsOf({ rows = [] }: Json): unknown {
  return (rows as Json[]).map((row) => ((row.values ?? []) as Json[]).map(plain));
}

function plain(value: Json): unknown {
  if (value.listValue !== undefined) return (((value.listValue as Json).values ?? []) as Json[]).map(plain);
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
}
