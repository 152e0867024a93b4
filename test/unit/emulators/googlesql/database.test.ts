import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../../../src/emulators/googlesql/duck/database.js';

const ROUNDS = 300;
const MAX_READS = 10_000;

describe('the database', () => {
  let database: Database;
  beforeAll(async () => {
    database = await Database.open();
  });
  afterAll(() => database.close());

  /** The first rows that anybody sees of a table. */
  async function firstRows(table: string): Promise<unknown[][]> {
    for (let reads = 0; reads < MAX_READS; reads++) {
      for await (const chunk of database.chunks(
        `SELECT name, note, count FROM ${table} LIMIT 100 OFFSET 0`,
      )) {
        return chunk.getRows();
      }
    }
    return [];
  }

  it('streams rows as they were committed, while others write', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const table = `t${round}`;
      await database.run(`CREATE TABLE ${table} (name VARCHAR, note VARCHAR, count BIGINT)`);
      const [rows] = await Promise.all([
        firstRows(table),
        database.run(`INSERT INTO ${table} VALUES ('P1', '{"k":"v"}', 81)`),
      ]);
      seen.add(rows.flat().join());
    }
    expect([...seen]).toEqual(['P1,{"k":"v"},81']);
  });
});

describe('a database that a failure of DuckDB has made invalid', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'invalid-database-'));
  let aborts = true;
  let database: Database;
  beforeAll(async () => {
    database = await Database.open({
      dataDir,
      prepare: async (connection) => {
        if (aborts) await connection.run("SET GLOBAL debug_checkpoint_abort = 'before_header'");
        aborts = false;
      },
    });
  });
  afterAll(() => {
    database.close();
    rmSync(dataDir, { recursive: true });
  });

  it('is opened anew, with what was committed', async () => {
    await database.run('CREATE TABLE kept AS SELECT 7 AS x');
    const idle = await database.acquire();
    await expect(database.run('CHECKPOINT')).rejects.toThrow('FATAL Error');
    const rows = () => database.rows('SELECT x FROM kept');
    expect(await Promise.all([rows(), rows(), rows()])).toEqual([[[7]], [[7]], [[7]]]);
    expect(await database.rows("SELECT current_setting('lock_configuration')")).toEqual([[true]]);
    // Of the database that was: it serves nobody any more.
    database.release(idle);
    await database.run('CREATE TABLE results.main.r AS SELECT 1 AS x');
    await database.run('CHECKPOINT');
    expect(await rows()).toEqual([[7]]);
  });
});
