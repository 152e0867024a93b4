import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalog } from '../../../../src/emulators/bigquery/catalog/catalog.js';

const dataset = { projectId: 'p', datasetId: 'd' };
const table = (tableId: string) => ({ ...dataset, tableId });

let dataDir: string;
let catalog: Catalog;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'healthmon-catalog-'));
  catalog = new Catalog({ dataDir });
  catalog.insertDataset({ ref: dataset, location: 'US' });
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const insert = (tableId: string, at = catalog) =>
  at.insertTable({ ref: table(tableId), type: 'TABLE', fields: [] });
/** What a process that starts now finds; the other may be gone at any moment. */
const reopened = () => new Catalog({ dataDir });
const names = (of: Catalog) => of.listTables(dataset).map(({ ref }) => ref.tableId);
const whole = () => JSON.parse(readFileSync(join(dataDir, 'catalog.json'), 'utf8')) as { log: number };
const logFile = () => join(dataDir, `catalog-${whole().log}.log`);

describe('what is kept', () => {
  it('is there after each flush, whatever changed', async () => {
    await catalog.flush();
    insert('a');
    insert('b');
    catalog.insertRoutine({
      ref: { ...dataset, routineId: 'f' },
      routineType: 'SCALAR_FUNCTION',
      language: 'SQL',
      definitionBody: '1',
      arguments: [],
    });
    catalog.insertModel({ ref: { ...dataset, modelId: 'm' }, modelType: 'KMEANS', definition: {} });
    await catalog.flush();
    expect(names(reopened())).toEqual(['a', 'b']);
    expect(reopened().getModel({ ...dataset, modelId: 'm' })?.modelType).toBe('KMEANS');
    catalog.deleteTable(table('a'));
    catalog.deleteRoutine({ ...dataset, routineId: 'f' });
    catalog.updateDataset(dataset, { description: 'changed' });
    catalog.putTable(catalog.revisedTable(table('b'), { description: 'second' }));
    await catalog.flush();
    const after = reopened();
    expect(names(after)).toEqual(['b']);
    expect(after.listRoutines(dataset)).toEqual([]);
    expect(after.requireDataset(dataset).description).toBe('changed');
    expect(after.requireTable(table('b'))).toEqual(catalog.requireTable(table('b')));
  });

  it('a dataset that is made anew has nothing of the one before', async () => {
    insert('old');
    await catalog.flush();
    catalog.deleteDataset(dataset);
    catalog.insertDataset({ ref: dataset, location: 'EU' });
    insert('new');
    await catalog.flush();
    expect(names(reopened())).toEqual(['new']);
    catalog.deleteDataset(dataset);
    await catalog.flush();
    expect(reopened().getDataset(dataset)).toBeUndefined();
  });

  it('results of queries are not', async () => {
    const results = { projectId: 'p', datasetId: '_results' };
    catalog.insertDataset({ ref: results, location: 'US', holdsResults: true });
    catalog.insertTable({ ref: { ...results, tableId: 'anon' }, type: 'TABLE', fields: [] });
    catalog.insertTable({ ref: table('temporary'), type: 'TABLE', fields: [], physicalName: 'elsewhere' });
    await catalog.close();
    expect(reopened().getDataset(results)).toBeUndefined();
    expect(names(reopened())).toEqual([]);
  });

  it('times of change come a while later, and with the end', async () => {
    insert('a');
    await catalog.flush();
    catalog.markDataChanged(table('a'));
    await catalog.close();
    expect(reopened().requireTable(table('a')).lastModifiedTime).toBe(
      catalog.requireTable(table('a')).lastModifiedTime,
    );
  });
});

describe('the log', () => {
  it('is a line for each change, and folded into the whole ever more rarely', async () => {
    for (let index = 0; index < 400; index++) {
      catalog.insertTable({
        ref: table(`t${index}`),
        type: 'TABLE',
        fields: [],
        description: 'x'.repeat(4000),
      });
      await catalog.flush();
    }
    expect(names(reopened())).toHaveLength(400);
    // 1.6 MB in 400 writes: whole at first, at a quarter of a MB, and each time that it has doubled.
    expect(whole().log).toBeGreaterThan(2);
    expect(whole().log).toBeLessThan(8);
    expect(readdirSync(dataDir).filter((name) => name.endsWith('.log')).length).toBeLessThanOrEqual(1);
  });

  it('is taken up to the last whole line, where a kill left part of one', async () => {
    await catalog.flush();
    insert('a');
    await catalog.flush();
    appendFileSync(logFile(), '{"kind":"table","ref":{"projectId":"p","data');
    const next = reopened();
    expect(names(next)).toEqual(['a']);
    insert('b', next);
    await next.flush();
    expect(names(reopened())).toEqual(['a', 'b']);
  });

  it('of an older whole is not mixed with a newer one', async () => {
    await catalog.flush();
    insert('a');
    await catalog.flush();
    const old = readFileSync(logFile());
    const { log } = whole();
    writeFileSync(join(dataDir, `catalog-${log - 1}.log`), old);
    catalog.deleteTable(table('a'));
    await catalog.flush();
    expect(names(reopened())).toEqual([]);
  });

  it('of a file without one begins with the next change', async () => {
    await catalog.flush();
    insert('a');
    await catalog.close();
    const kept = JSON.parse(readFileSync(join(dataDir, 'catalog.json'), 'utf8')) as Record<string, unknown>;
    delete kept.log;
    kept.version = 1;
    rmSync(logFile());
    writeFileSync(join(dataDir, 'catalog.json'), JSON.stringify(kept));
    const next = reopened();
    insert('b', next);
    await next.flush();
    expect(names(reopened())).toEqual(['b']);
  });
});
