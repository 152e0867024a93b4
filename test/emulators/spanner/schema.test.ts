import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CODES } from '../../../src/emulators/serving/service-error.js';
import type { MessageClient } from '../../helpers/message-client.js';
import { BACKENDS, createDatabase, createInstance, DATABASES } from './backends.js';
import { type DdlCase, normalized } from './cases/ddl-case.js';
import { COLUMN_CASES } from './cases/ddl-columns.js';
import { CONSTRAINT_CASES } from './cases/ddl-constraints.js';
import { OBJECT_CASES } from './cases/ddl-objects.js';
import { TABLE_CASES } from './cases/ddl-tables.js';
import { DDL_DIFFERENCES } from './ddl-differences.js';

const CASES = [...TABLE_CASES, ...COLUMN_CASES, ...CONSTRAINT_CASES, ...OBJECT_CASES];

describe.each(BACKENDS)('statements on $name', (backend) => {
  let client: MessageClient;
  let stop: () => Promise<void>;
  let instance: string;
  beforeAll(async () => {
    ({ client, stop } = await backend.start());
    instance = await createInstance(client);
  });
  afterAll(() => stop());

  test.each(CASES.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const wanted = wantedOf(each);
    const given = await outcomeOf(client, instance, each);
    const difference = backend.name === 'official' ? DDL_DIFFERENCES[name] : undefined;
    if (difference === undefined) {
      expect(given).toEqual(wanted);
    } else {
      expect(given, 'there is no difference any more').not.toEqual(wanted);
      expect(given).toEqual(difference.official);
    }
  });
});

test('every difference is one of a case', () => {
  const names = CASES.map(({ name }) => name);
  expect(Object.keys(DDL_DIFFERENCES).filter((name) => !names.includes(name))).toEqual([]);
});

function wantedOf({ statements, shows = statements, refused }: DdlCase): unknown {
  if (refused === undefined) return shows.map(normalized).sort();
  return { code: CODES[refused.code], text: expect.stringContaining(refused.text) };
}

/** What the database shows after the statements, or why the last one is refused. */
async function outcomeOf(client: MessageClient, instance: string, { statements }: DdlCase): Promise<unknown> {
  let database: string;
  try {
    database = await createDatabase(client, instance, statements.slice(0, -1), 'db');
  } catch {
    return 'the statements before it are refused';
  }
  try {
    const update = { database, statements: statements.slice(-1) };
    const outcome = await client.call(`${DATABASES}/UpdateDatabaseDdl`, update);
    if (!('ok' in outcome)) return { code: outcome.code, text: outcome.text };
    const [shown] = await client.must(`${DATABASES}/GetDatabaseDdl`, { database });
    return ((shown?.statements ?? []) as string[]).map(normalized).sort();
  } finally {
    await client.must(`${DATABASES}/DropDatabase`, { database });
  }
}
