import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import type { BigtableServerOptions } from '../../../src/emulators/bigtable/server.js';
import { startEmbedded } from './backends.js';
import { type BigtableClient, b, PARENT, TABLES } from './bigtable-client.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'healthmon-bigtable-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs against one server, then reads from another that has only what the first one kept. */
async function afterRestart<T>(
  write: (client: BigtableClient) => Promise<T>,
  read: (client: BigtableClient, written: T) => Promise<void>,
  options: Partial<BigtableServerOptions> = {},
): Promise<void> {
  const first = await startEmbedded({ dataDir, ...options });
  const written = await write(first.client);
  await first.stop();
  const second = await startEmbedded({ dataDir, ...options });
  await read(second.client, written);
  await second.stop();
}

const sum = { valueType: { aggregateType: { inputType: { int64Type: {} }, sum: {} } } };
const add = (intValue: number) => ({
  addToCell: {
    familyName: 's',
    columnQualifier: { rawValue: b('n') },
    timestamp: { rawTimestampMicros: '1000' },
    input: { intValue },
  },
});

describe('a restart', () => {
  it('keeps rows, the times that the server gave, and what was computed from rows', async () => {
    await afterRestart(
      async (client) => {
        const table = await client.createTable({ f: {}, s: sum });
        await client.write(table, ['r f:a@-1=now', 'r f:b@1000=1', 'gone f:a=x']);
        const row = { rowKey: b('r') };
        await client.must('google.bigtable.v2.Bigtable/MutateRow', {
          tableName: table,
          ...row,
          mutations: [add(5)],
        });
        await client.must('google.bigtable.v2.Bigtable/MutateRow', {
          tableName: table,
          ...row,
          mutations: [add(7)],
        });
        const rules = [{ familyName: 'f', columnQualifier: b('n'), incrementAmount: '3' }];
        await client.must('google.bigtable.v2.Bigtable/ReadModifyWriteRow', {
          tableName: table,
          ...row,
          rules,
        });
        await client.must('google.bigtable.v2.Bigtable/ReadModifyWriteRow', {
          tableName: table,
          ...row,
          rules,
        });
        await client.must('google.bigtable.v2.Bigtable/CheckAndMutateRow', {
          tableName: table,
          ...row,
          predicateFilter: { rowSampleFilter: 0.5 },
          trueMutations: [
            { setCell: { familyName: 'f', columnQualifier: b('heads'), timestampMicros: '-1' } },
          ],
          falseMutations: [
            { setCell: { familyName: 'f', columnQualifier: b('tails'), timestampMicros: '-1' } },
          ],
        });
        await client.must(`${TABLES}/DropRowRange`, { name: table, rowKeyPrefix: b('gone') });
        return { table, rows: await client.read(table) };
      },
      async (client, { table, rows }) => {
        expect(await client.read(table)).toEqual(rows);
        expect(rows).toMatchObject({
          ok: expect.arrayContaining(['r f:b@1000=1', 'r s:n@1000=\0\0\0\0\0\0\0\x0c']),
        });
      },
    );
  });

  it('keeps tables, families, rules, protection and policies, and forgets what was deleted', async () => {
    await afterRestart(
      async (client) => {
        const kept = await client.createTable({ f: { gcRule: { maxNumVersions: 1 } }, g: {} });
        const deleted = await client.createTable({});
        await client.must(`${TABLES}/ModifyColumnFamilies`, {
          name: kept,
          modifications: [{ id: 'g', drop: true }],
        });
        await client.must(`${TABLES}/UpdateTable`, {
          table: { name: kept, deletionProtection: true },
          updateMask: { paths: ['deletion_protection'] },
        });
        const bindings = [{ role: 'roles/bigtable.reader', members: ['user:a@example.com'] }];
        await client.must(`${TABLES}/SetIamPolicy`, { resource: kept, policy: { bindings } });
        await client.must(`${TABLES}/DeleteTable`, { name: deleted });
        return { kept, bindings };
      },
      async (client, { kept, bindings }) => {
        const [listed] = await client.must(`${TABLES}/ListTables`, { parent: PARENT });
        expect(listed).toEqual({ tables: [{ name: kept }] });
        const [table] = await client.must(`${TABLES}/GetTable`, { name: kept });
        expect(table).toMatchObject({
          columnFamilies: { f: { gcRule: { maxNumVersions: 1 } } },
          deletionProtection: true,
        });
        expect(table!.columnFamilies).not.toHaveProperty('g');
        const [policy] = await client.must(`${TABLES}/GetIamPolicy`, { resource: kept });
        expect(policy).toMatchObject({ bindings });
      },
    );
  });

  it.each([1, 2, 3, 4])(
    'gives back what was read before it, whatever was done and however often the journal was written anew (seed %i)',
    async (seed) => {
      const random = createRandom(seed);
      const int = (below: number) => random.integer(0, below - 1);
      await afterRestart(
        async (client) => {
          const table = await client.createTable({ f: { gcRule: { maxNumVersions: 2 } }, g: {}, s: sum });
          for (let round = 0; round < 60; round++) {
            const entries = Array.from({ length: 1 + int(40) }, () => ({
              rowKey: b(`row-${int(300)}`),
              mutations: Array.from({ length: 1 + int(4) }, () => randomMutation(int)),
            }));
            await Promise.all([
              client.must('google.bigtable.v2.Bigtable/MutateRows', { tableName: table, entries }),
              client.must('google.bigtable.v2.Bigtable/ReadModifyWriteRow', {
                tableName: table,
                rowKey: b(`row-${int(300)}`),
                rules: [
                  { familyName: 'g', columnQualifier: b(`n${int(3)}`), appendValue: b('x'.repeat(int(50))) },
                ],
              }),
            ]);
            if (int(15) === 0) {
              await client.must(`${TABLES}/DropRowRange`, { name: table, rowKeyPrefix: b(`row-${int(10)}`) });
            }
          }
          return { table, rows: await client.read(table) };
        },
        async (client, { table, rows }) => {
          expect(await client.read(table)).toEqual(rows);
          // Without that, the test would not show what it says.
          expect(readFileSync(join(dataDir, 'bigtable.journal')).includes('create-table')).toBe(true);
          expect(statSync(join(dataDir, 'bigtable.journal')).size).toBeLessThan(400_000);
        },
        { minCheckpointBytes: 20_000 },
      );
    },
  );
});

function randomMutation(int: (below: number) => number): Record<string, unknown> {
  const columnQualifier = b(`q${int(4)}`);
  const timestampMicros = String(int(5) * 1000);
  switch (int(9)) {
    case 0:
      return { deleteFromRow: {} };
    case 1:
      return { deleteFromFamily: { familyName: int(2) === 0 ? 'f' : 'g' } };
    case 2:
      return { deleteFromColumn: { familyName: 'f', columnQualifier } };
    case 3:
      return {
        deleteFromColumn: {
          familyName: 'g',
          columnQualifier,
          timeRange: { startTimestampMicros: timestampMicros },
        },
      };
    case 4:
      return add(int(100));
    default:
      return {
        setCell: {
          familyName: int(2) === 0 ? 'f' : 'g',
          columnQualifier,
          timestampMicros,
          value: b('v'.repeat(int(200))),
        },
      };
  }
}
