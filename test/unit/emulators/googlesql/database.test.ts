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
