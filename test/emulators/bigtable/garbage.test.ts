import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbedded } from './backends.js';
import { type BigtableClient, b, TABLES } from './bigtable-client.js';

const DAY_S = 86_400;
const START_MS = Date.UTC(2026, 0, 10);

let nowMs: number;
let client: BigtableClient;
let stop: () => Promise<void>;
beforeEach(async () => {
  nowMs = START_MS;
  ({ client, stop } = await startEmbedded({ surroundings: { now: () => nowMs } }));
});
afterEach(() => stop());

const age = (days: number) => ({ maxAge: { seconds: String(days * DAY_S) } });
const versions = (maxNumVersions: number) => ({ maxNumVersions });
const union = (...rules: object[]) => ({ union: { rules } });
const intersection = (...rules: object[]) => ({ intersection: { rules } });

/** A table with four versions of a column, written now, one, two and three days ago; named by their days. */
async function fourDays(gcRule: object): Promise<string> {
  const table = await client.createTable({ f: { gcRule } });
  const lines = [3, 2, 1, 0].map((days) => `r f:q@${(START_MS - days * DAY_S * 1000) * 1000}=${days}`);
  await client.write(table, lines);
  return table;
}

async function daysIn(table: string): Promise<string> {
  const outcome = await client.read(table);
  if (!('ok' in outcome)) throw new Error(outcome.text);
  return outcome.ok.map((line) => line.split('=')[1]).join('');
}

describe('garbage collection, as reads see it', () => {
  it.each([
    ['versions', versions(2), '01', '01'],
    ['age', age(1.5), '01', ''],
    ['age, or versions', union(age(2.5), versions(1)), '0', ''],
    ['age, or many versions', union(age(1.5), versions(3)), '01', ''],
    ['age, and versions', intersection(age(1.5), versions(1)), '01', '0'],
    ['age, and many versions', intersection(age(0.5), versions(3)), '012', '012'],
    ['an intersection in a union', union(intersection(age(0.5), versions(1)), versions(2)), '0', '0'],
    ['a union in an intersection', intersection(union(age(0.5), versions(1)), versions(3)), '012', '012'],
    ['a union of nothing', union(), '0123', '0123'],
    ['an intersection of nothing', intersection(), '0123', '0123'],
    ['no rule', {}, '0123', '0123'],
  ])('%s', async (_name, rule, atOnce, monthsLater) => {
    const table = await fourDays(rule);
    expect(await daysIn(table)).toBe(atOnce);
    nowMs += 90 * DAY_S * 1000;
    expect(await daysIn(table)).toBe(monthsLater);
  });

  it('holds in every column by itself, and in no other family', async () => {
    const table = await client.createTable({ f: { gcRule: versions(1) }, g: {} });
    await client.write(table, [
      'r f:a@1000=1',
      'r f:a@2000=2',
      'r f:b@1000=1',
      'r g:a@1000=1',
      'r g:a@2000=2',
    ]);
    expect(await client.read(table)).toEqual({
      ok: ['r f:a@2000=2', 'r f:b@1000=1', 'r g:a@2000=2', 'r g:a@1000=1'],
    });
  });

  it('takes what a rule so far has done for done, when the rule changes', async () => {
    const table = await fourDays(age(1.5));
    await client.must(`${TABLES}/ModifyColumnFamilies`, {
      name: table,
      modifications: [{ id: 'f', update: { gcRule: age(9) } }],
    });
    expect(await daysIn(table)).toBe('01');
  });

  it('applies a new rule to what is there', async () => {
    const table = await fourDays({});
    await client.must(`${TABLES}/ModifyColumnFamilies`, {
      name: table,
      modifications: [{ id: 'f', update: { gcRule: versions(3) } }],
    });
    expect(await daysIn(table)).toBe('012');
  });

  it('leaves no row of which it leaves no cell, neither to predicates nor to appends', async () => {
    const table = await fourDays(age(1));
    nowMs += 9 * DAY_S * 1000;
    const [checked] = await client.must('google.bigtable.v2.Bigtable/CheckAndMutateRow', {
      tableName: table,
      rowKey: b('r'),
      falseMutations: [{ setCell: { familyName: 'f', columnQualifier: b('seen'), timestampMicros: '-1' } }],
    });
    expect(checked).toEqual({});
    const rules = [{ familyName: 'f', columnQualifier: b('q'), appendValue: b('!') }];
    await client.must('google.bigtable.v2.Bigtable/ReadModifyWriteRow', {
      tableName: table,
      rowKey: b('r'),
      rules,
    });
    expect(await daysIn(table)).toBe('!');
  });

  it.each([
    ['no versions', versions(0)],
    ['a negative age', { maxAge: { seconds: '-1' } }],
    ['no age', { maxAge: {} }],
    ['an empty rule within', union({})],
    ['more than 500 bytes', union(...Array.from({ length: 200 }, () => versions(1)))],
  ])('refuses %s', async (_name, gcRule) => {
    const table = await client.createTable({});
    const modifications = [{ id: 'f', create: { gcRule } }];
    const outcome = await client.call(`${TABLES}/ModifyColumnFamilies`, { name: table, modifications });
    expect(outcome).toMatchObject({ code: 3 });
  });
});
