import { type Database, MutationSet, Spanner } from '@google-cloud/spanner';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Running, startEmbedded } from './backends.js';

/** The client as anyone has it: multiplexed sessions and all else by its defaults. */
let running: Running;
let spanner: Spanner;
let database: Database;
beforeAll(async () => {
  running = await startEmbedded();
  vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
  vi.stubEnv('SPANNER_EMULATOR_HOST', `localhost:${running.port}`);
  for (const name of ['', '_FOR_RW', '_PARTITIONED_OPS'])
    vi.stubEnv(`GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS${name}`, undefined);
  spanner = new Spanner({ projectId: 'p' });
  const [instance, creation] = await spanner
    .createInstance('client-test', { config: 'emulator-config', nodes: 1, displayName: 'Client' })
    .then(([instance, operation]) => [instance, operation] as const);
  await creation.promise();
  const [made, making] = await instance.createDatabase('client', {
    schema: [
      'CREATE TABLE Counters (Id STRING(20), N INT64) PRIMARY KEY (Id)',
      'CREATE TABLE Kinds (Id INT64, F FLOAT64, T TIMESTAMP, D DATE, M NUMERIC, B BYTES(MAX), J JSON, A ARRAY<INT64>) PRIMARY KEY (Id)',
    ],
  });
  await making.promise();
  database = made;
});
afterAll(async () => {
  await database.close();
  spanner.close();
  vi.unstubAllEnvs();
  await running.stop();
});

async function countOf(id: string): Promise<number> {
  const [rows] = await database.run({ sql: 'SELECT N FROM Counters WHERE Id = @id', params: { id } });
  return (rows[0] as unknown as { toJSON(): { N: number } }).toJSON().N;
}

describe("Google's client for Node, as it comes", () => {
  it('writes and reads values of every type', async () => {
    const row = {
      Id: Spanner.int(1),
      F: Spanner.float(1.5),
      T: Spanner.timestamp('2020-01-01T00:00:00.123456789Z'),
      D: Spanner.date('2020-02-29'),
      M: Spanner.numeric('12.34'),
      B: Buffer.from([0, 1, 255]),
      J: { a: [1, null], b: 'x' },
      A: [Spanner.int(1), null, Spanner.int('9007199254740993')],
    };
    await database.table('Kinds').insert([row]);
    const [rows] = await database.table('Kinds').read({ keys: ['1'], columns: Object.keys(row) });
    const read = (rows[0] as unknown as { toJSON(options: object): Record<string, unknown> }).toJSON({
      wrapNumbers: true,
    });
    expect(read).toEqual({ ...row, T: read.T });
    expect(String((read.T as { toJSON(): string }).toJSON())).toBe('2020-01-01T00:00:00.123456789Z');
  });

  it('retries what is aborted at once: concurrent counts are all counted', async () => {
    await database.table('Counters').insert([{ Id: 'shared', N: 0 }]);
    const increment = () =>
      database.runTransactionAsync(async (transaction) => {
        const [rows] = await transaction.read('Counters', { keys: ['shared'], columns: ['N'] });
        const { N } = (rows[0] as unknown as { toJSON(): { N: number } }).toJSON();
        transaction.update('Counters', [{ Id: 'shared', N: N + 1 }]);
        await transaction.commit();
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await countOf('shared')).toBe(20);
  });

  it('runs DML, alone and in batches, and rolls back', async () => {
    await database.runTransactionAsync(async (transaction) => {
      const [inserted] = await transaction.runUpdate(
        "INSERT INTO Counters (Id, N) VALUES ('a', 1), ('b', 2)",
      );
      expect(inserted).toBe(2);
      const [counts] = await transaction.batchUpdate([
        "UPDATE Counters SET N = N + 10 WHERE Id = 'a'",
        "UPDATE Counters SET N = N + 10 WHERE Id IN ('a', 'b')",
      ]);
      expect(counts).toEqual([1, 2]);
      await transaction.commit();
    });
    expect([await countOf('a'), await countOf('b')]).toEqual([21, 12]);
    await database.runTransactionAsync(async (transaction) => {
      await transaction.runUpdate("DELETE FROM Counters WHERE Id = 'a'");
      await transaction.rollback();
    });
    expect(await countOf('a')).toBe(21);
    const [lowerBound] = await database.runPartitionedUpdate(
      "UPDATE Counters SET N = 0 WHERE Id IN ('a', 'b')",
    );
    expect(lowerBound).toBe(2);
    expect(await countOf('b')).toBe(0);
  });

  it('writes without reading: at once, and in a transaction', async () => {
    const mutations = new MutationSet();
    mutations.upsert('Counters', { Id: 'once', N: '5' });
    await database.writeAtLeastOnce(mutations);
    await database.runTransactionAsync(async (transaction) => {
      transaction.insert('Counters', [{ Id: 'only-mutations', N: 5 }]);
      await transaction.commit();
    });
    expect([await countOf('once'), await countOf('only-mutations')]).toEqual([5, 5]);
  });

  it('reads partitions of one time', async () => {
    const rows = Array.from({ length: 3000 }, (_, index) => ({ Id: `p${index}`, N: index }));
    await database.table('Counters').insert(rows);
    const [transaction] = await database.createBatchTransaction({ strong: true });
    const [reads] = await transaction.createReadPartitions({
      table: 'Counters',
      columns: ['Id'],
      keySet: { all: true },
      ranges: [],
    } as never);
    const [queries] = await transaction.createQueryPartitions({ sql: 'SELECT Id FROM Counters' });
    await database.table('Counters').deleteRows(rows.map(({ Id }) => Id));
    for (const partitions of [reads, queries]) {
      const read = await Promise.all(partitions.map((partition) => transaction.execute(partition as never)));
      expect(read.flatMap(([part]) => part as unknown[]).length).toBeGreaterThanOrEqual(3000);
    }
    transaction.close();
  });
});
