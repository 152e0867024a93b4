import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceError } from '../../../src/emulators/serving/service-error.js';
import type { Row } from '../../../src/emulators/spanner/values/value.js';
import { type Running, startEmbedded } from './backends.js';
import { SpannerSession, upsert } from './spanner-session.js';
import { SqlDatabase } from './sql-database.js';

const MIB = 1024 * 1024;

describe('what is too large', () => {
  let own: SqlDatabase;
  beforeAll(async () => {
    own = await SqlDatabase.open([
      'CREATE TABLE B (K INT64, V BYTES(MAX)) PRIMARY KEY (K)',
      'CREATE TABLE L (A STRING(MAX), B STRING(MAX)) PRIMARY KEY (A, B)',
    ]);
  });
  afterAll(() => own.close());

  const insert = (table: string, columns: string[], rows: Row[]) =>
    own.database.commit({ mutations: [{ kind: 'insert', table, columns, rows }], transaction: '' });
  const countOf = async (table: string) => (await own.run(`SELECT COUNT(*) FROM ${table}`)).rows;
  const refusedWith = (text: string) =>
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(text),
    }) as ServiceError;

  it('as a commit: more than 100 MiB', async () => {
    const rowsOf = (bytes: number) =>
      Array.from({ length: 10 }, (_, k): Row => [BigInt(k), Buffer.alloc(Math.floor(bytes / 10))]);
    await expect(insert('B', ['K', 'V'], rowsOf(100 * MIB))).rejects.toEqual(refusedWith('104857600'));
    expect(await countOf('B')).toEqual([['0']]);
    await insert('B', ['K', 'V'], rowsOf(99 * MIB));
    expect(await countOf('B')).toEqual([['10']]);
  });

  it('as a key: more than 8 KiB, all its parts together', async () => {
    await insert('L', ['A', 'B'], [['a'.repeat(4000), 'b'.repeat(4000)]]);
    await expect(insert('L', ['A', 'B'], [['a'.repeat(4000), 'b'.repeat(4500)]])).rejects.toEqual(
      refusedWith('at most 8192'),
    );
    expect(await countOf('L')).toEqual([['1']]);
  });

  it('as an expression or a type: deeper than can be gone through', async () => {
    const sum = `SELECT ${'1+'.repeat(20_000)}1`;
    await expect(own.run(sum)).rejects.toEqual(refusedWith('Query is too complex'));
    const arrays = `${'ARRAY<'.repeat(20_000)}INT64${'>'.repeat(20_000)}`;
    const table = `CREATE TABLE Deep (K INT64, A ${arrays}) PRIMARY KEY (K)`;
    await expect(own.store.updateSchema(own.database.name, [table])).rejects.toEqual(
      refusedWith('Error parsing'),
    );
  });

  it('as a value: more than a column takes at all', async () => {
    await expect(insert('B', ['K', 'V'], [[-1n, Buffer.alloc(10 * MIB + 1)]])).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('limit: 10485760'),
    });
  });
});

describe('a transaction of repeatable reads', () => {
  let running: Running;
  let session: SpannerSession;
  beforeAll(async () => {
    running = await startEmbedded();
    session = await SpannerSession.create(running.client, [
      'CREATE TABLE N (K INT64, V INT64) PRIMARY KEY (K)',
    ]);
  });
  afterAll(() => running.stop());

  /** Reads row 1 while another writes it, then writes a row. @returns how its commit ends */
  async function race(options: object, written: string) {
    await session.write(upsert('N', ['K', 'V'], ['1', '1'], ['2', '1']));
    const { id } = await session.begin({ readWrite: {}, ...options });
    const read = () =>
      session.rows('N', ['V'], {
        keySet: { keys: [{ values: [{ stringValue: '1' }] }] },
        transaction: { id },
      });
    expect(await read()).toEqual([['1']]);
    await session.must('ExecuteSql', {
      sql: `UPDATE N SET V = V + 10 WHERE K = ${written}`,
      seqno: '1',
      transaction: { id },
    });
    await session.write(upsert('N', ['K', 'V'], ['1', '5']));
    expect(await read()).toEqual([[written === '1' ? '11' : '1']]);
    return session.call('Commit', { transactionId: id });
  }

  it('is committed though what it read has changed, which a serializable one is not', async () => {
    expect(await race({ isolationLevel: 'REPEATABLE_READ' }, '2')).toHaveProperty('ok');
    expect(await session.rows('N', ['K', 'V'])).toEqual([
      ['1', '5'],
      ['2', '11'],
    ]);
    expect(await race({}, '2')).toMatchObject({ code: 10 });
  });

  it('is aborted when another wrote what it writes', async () => {
    expect(await race({ isolationLevel: 'REPEATABLE_READ' }, '1')).toMatchObject({ code: 10 });
  });
});
