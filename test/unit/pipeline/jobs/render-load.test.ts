import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig } from '../../../../src/config/config.js';
import { loaderBundle } from '../../../../src/pipeline/jobs/bundles.js';
import { renderLoadRequest } from '../../../../src/pipeline/jobs/run-load-job.js';
import { DEFAULT_LOAD } from '../../../../src/pipeline/load/defaults.js';
import type { LoadRequest } from '../../../../src/pipeline/load/load-request.js';

const flags = { project: 'ward-seven', 'spanner.database': 'admissions' };
const config = resolveConfig({ flags, env: {}, cwd: '/nonexistent' });
const render = (over: Partial<LoadRequest> = {}) =>
  renderLoadRequest(
    { ...DEFAULT_LOAD, files: ['gs://ward/a.csv', 'gs://ward/b/a.csv.gz'], ...over },
    { config, cwd: import.meta.dirname },
  );

interface Transform {
  name: string;
  input: unknown;
  config: Record<string, string>;
}

const transformsOf = (text: string) =>
  (parse(text) as { pipeline: { transforms: Transform[] } }).pipeline.transforms;

describe('the text of the job that loads', () => {
  it('names files, table and reject files', async () => {
    const { text, kind } = await render();
    const [read, , , write, , rejects] = transformsOf(text);
    expect(kind).toBe('load');
    expect(JSON.parse(read!.config.files!)).toEqual([
      {
        ...{ index: 0, bucket: 'ward', name: 'a.csv', generation: null, label: 'gs://ward/a.csv', stem: 'a' },
        rejects: 'jobs/rejects/a.rejects.csv',
      },
      {
        ...{ index: 1, bucket: 'ward', name: 'b/a.csv.gz', generation: null, stem: 'a' },
        ...{ label: 'gs://ward/b/a.csv.gz', rejects: 'jobs/rejects/a-2.rejects.csv' },
      },
    ]);
    expect(JSON.parse(write!.config.place!)).toEqual({
      ...{ project: 'ward-seven', instance: 'healthmon', database: 'admissions', table: 'PatientInfo' },
      maxRows: 1000,
    });
    expect(rejects!.config.bucket).toBe('ward-seven-healthmon');
  });

  it('holds the loader itself, what it is told, and the Python of the package', async () => {
    const { text } = await render({ map: ['Id=Patient_ID'], delimiter: ';', maxRejects: '5%' });
    for (const { config: given } of transformsOf(text).filter(({ config: each }) => each?.loader)) {
      expect(inflateSync(Buffer.from(given.loader!, 'base64')).toString()).toBe(loaderBundle());
      expect(JSON.parse(given.settings!)).toMatchObject({
        csv: { delimiter: ';' },
        rows: { map: { Id: 'Patient_ID' } },
        ...{ commitTimestamp: 'Loaded_At', severalFiles: true, maxRejects: { percent: 5 } },
      });
    }
    const folder = join(import.meta.dirname, '../../../../templates/beam/load');
    const shared = readFileSync(join(folder, 'shared.py'), 'utf8').trimEnd();
    expect(text.split(shared.replace(/^(?=.)/gm, ' '.repeat(8)))).toHaveLength(5);
    for (const file of ['read_rows.py', 'first_of_key.py', 'write_rows.py', 'write_rejects.py']) {
      const source = readFileSync(join(folder, file), 'utf8').trimEnd();
      expect(text).toContain(source.replace(/^(?=.)/gm, ' '.repeat(8)));
      // Beam takes the last definition for the transform.
      expect(source.match(/^(?:class|def) .*$/gm)!.at(-1)).toContain('(beam.PTransform)');
    }
    expect(text).toMatch(/options:\n {2}streaming: false\n$/);
  });

  it('has every input that it names', async () => {
    const transforms = transformsOf((await render()).text);
    const names = transforms.map(({ name }) => name);
    expect((await render()).transforms).toEqual(names);
    const inputs = transforms.flatMap(({ input }) =>
      typeof input === 'string' ? [input] : (Object.values(input as object) as string[]),
    );
    expect(inputs.length).toBeGreaterThan(5);
    for (const each of inputs) expect(names).toContain(each.split('.')[0]);
  });

  it.each([
    ['local files', { files: ['a.csv'] }, 'names no object of Cloud Storage'],
    ['prefixes', { files: ['gs://ward/*.csv'] }, 'names no object of Cloud Storage'],
    ['a table that it would have to look at', { table: 'Others' }, 'looks at no table'],
    ['other encodings', { encoding: 'latin1' }, 'Jobs read UTF-8, not latin1'],
  ])('refuses %s', async (_what, over, message) => {
    await expect(render(over)).rejects.toThrow(message);
  });
});
