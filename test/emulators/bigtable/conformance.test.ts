import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BACKENDS } from './backends.js';
import { type BigtableClient, PARENT, TABLES } from './bigtable-client.js';
import type { Case, Json, Step } from './cases/case.js';
import { EDIT_CASES } from './cases/edits.js';
import { FILTER_CASES } from './cases/filters.js';
import { MUTATION_CASES } from './cases/mutations.js';
import { RANGE_CASES } from './cases/ranges.js';
import { TABLE_CASES } from './cases/tables.js';
import { DIFFERENCES } from './differences.js';

const CASES = [...FILTER_CASES, ...RANGE_CASES, ...MUTATION_CASES, ...EDIT_CASES, ...TABLE_CASES];

describe.each(BACKENDS)('$name', (backend) => {
  let client: BigtableClient;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ client, stop } = await backend.start());
  });
  afterAll(() => stop());

  test.each(CASES.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const wanted = each.steps.map(({ gives }) => gives);
    const difference = backend.name === 'official' ? DIFFERENCES[name] : undefined;
    if (difference === undefined) {
      expect(await runCase(client, each)).toEqual(wanted);
      return;
    }
    const own = difference.isFatal === true ? await backend.start() : undefined;
    const given = await runCase(own?.client ?? client, each);
    await own?.stop();
    expect(given).toEqual(each.steps.length === 1 ? [difference.official] : difference.official);
    expect(given, 'there is no difference any more').not.toEqual(wanted);
  });
});

test('every difference is one of a case, and no case comes twice', () => {
  const names = CASES.map(({ name }) => name);
  expect(Object.keys(DIFFERENCES).filter((name) => !names.includes(name))).toEqual([]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

async function runCase(
  client: BigtableClient,
  { families, create, rows = [], steps }: Case,
): Promise<unknown[]> {
  const table = await client.createTable(families ?? { f: {}, g: {} }, create);
  if (rows.length > 0) await client.write(table, rows);
  const given: unknown[] = [];
  for (const step of steps) given.push(await runStep(client, table, step));
  return given;
}

/** What a step gives, written as the case does. */
async function runStep(client: BigtableClient, table: string, step: Step): Promise<unknown> {
  const outcome =
    'read' in step
      ? await client.read(table, step.read)
      : 'data' in step
        ? await client.data(step.data, table, step.request)
        : await client.call(`${TABLES}/${step.admin}`, await inPlace(client, step.request, table));
  if (!('ok' in outcome)) return { code: outcome.code };
  if (isRefusal(step.gives)) return 'accepted';
  if (step.gives === 'any') return 'any';
  if ('read' in step) return (outcome.ok as string[]).map(withoutNow);
  const messages = outcome.ok as Json[];
  if ('admin' in step) return messages[0];
  if (step.data === 'MutateRows') return codesOf(messages);
  if (step.data === 'ReadModifyWriteRow') return valuesOf(messages[0]!);
  return messages;
}

function isRefusal(gives: unknown): boolean {
  return typeof gives === 'object' && gives !== null && 'code' in gives;
}

/** The time of the server is not the same twice. */
function withoutNow(line: string): string {
  return line.replace(/@(\d+)=/, (text, micros) =>
    Math.abs(Number(micros) / 1000 - Date.now()) < 600_000 ? '@now=' : text,
  );
}

async function inPlace(client: BigtableClient, request: Json, table: string): Promise<Json> {
  const { name, parent, tableId, consistencyToken } = request;
  return {
    ...request,
    ...(name === 'table' ? { name: table } : {}),
    ...(parent === 'instance' ? { parent: PARENT } : {}),
    ...(tableId === 'table-id' ? { tableId: table.split('/').at(-1) } : {}),
    ...(consistencyToken === 'generated'
      ? (await client.must(`${TABLES}/GenerateConsistencyToken`, { name: table }))[0]
      : {}),
  };
}

function codesOf(messages: readonly Json[]): number[] {
  const entries = messages.flatMap(
    ({ entries }) => entries as { index?: string; status?: { code?: number } }[],
  );
  return entries
    .sort((a, b) => Number(a.index ?? 0) - Number(b.index ?? 0))
    .map(({ status }) => status?.code ?? 0);
}

/** Value by qualifier of a row that has one family, and one cell in each column. */
function valuesOf(response: Json): Record<string, string> {
  const { families = [] } = response.row as {
    families?: { columns?: { qualifier?: Buffer; cells?: { value?: Buffer }[] }[] }[];
  };
  return Object.fromEntries(
    families.flatMap(({ columns = [] }) =>
      columns.map(({ qualifier, cells }) => [
        qualifier?.toString('latin1') ?? '',
        cells?.[0]?.value?.toString('latin1') ?? '',
      ]),
    ),
  );
}
