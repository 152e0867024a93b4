import type { Query } from '@google-cloud/bigquery';
import { expect } from 'vitest';
import type { OwnCase } from '../corpus/case.js';
import type { SchemaField } from './cases.js';
import { difference, printedRows } from './compare-recorded.js';
import type { Emulator } from './emulator.js';
import { parameterOf } from './run-recorded.js';

/** Runs a case of the project's own corpus in a dataset of its own. */
export async function runOwn(item: OwnCase, name: string, emulator: Emulator): Promise<void> {
  const datasetId = `own_${name}`;
  const dataset = emulator.client.dataset(datasetId);
  await dataset.create();
  const qualified = (sql: string) =>
    sql.replace(/(?<![\w.@])d\.(?=[A-Za-z_`])/g, `${datasetId}.`).replaceAll('`d.', `\`${datasetId}.`);
  try {
    if (item.setup !== undefined) await emulator.run({ query: qualified(item.setup) });
    await check(item, qualified(item.sql), emulator);
  } finally {
    await dataset.delete({ force: true }).catch(() => undefined);
  }
}

async function check(item: OwnCase, sql: string, emulator: Emulator): Promise<void> {
  const query: Query = { query: sql };
  if (item.parameters) {
    const named = item.parameters.some((parameter) => parameter.name !== undefined);
    Object.assign(query, {
      parameterMode: named ? 'NAMED' : 'POSITIONAL',
      queryParameters: item.parameters.map(parameterOf),
    });
  }
  if (item.error !== undefined) {
    await expectFailure(item, query, emulator);
    return;
  }
  const result = await emulator.run(query);
  if (item.columns) expect(result.schema.map(printColumn)).toEqual(item.columns);
  if (item.statementType) expect(result.statementType).toBe(item.statementType);
  if (item.affected !== undefined) expect(Number(result.numDmlAffectedRows)).toBe(item.affected);
  if (!item.rows) return;
  const expected = item.rows.map((row) =>
    Object.fromEntries(result.schema.map((field, index) => [field.name, row[index]])),
  );
  expect(difference(printedRows(result), expected, result.schema, !item.unordered)).toBeUndefined();
}

function printColumn(field: SchemaField): string {
  return `${field.name} ${field.type}${field.mode === 'REPEATED' ? '*' : ''}`;
}

async function expectFailure(item: OwnCase, query: Query, emulator: Emulator): Promise<void> {
  const failure = await emulator.run(query).then(
    () => undefined,
    (error: unknown) => error as { message: string; errors?: { reason?: string; message?: string }[] },
  );
  expect(failure, 'the statement did not fail').toBeDefined();
  const [first] = failure!.errors ?? [];
  const message = first?.message ?? failure!.message;
  if (typeof item.error === 'string') expect(message).toContain(item.error);
  else expect(message).toMatch(item.error!);
  expect(first?.reason).toBe(item.reason ?? 'invalidQuery');
}
