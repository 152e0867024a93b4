import { expect, it } from 'vitest';
import { runHealthmon } from '../helpers/run.js';

const CLOUD = ['--target', 'cloud', '--project', 'ward-7'];

async function refused(...words: string[]) {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', HEALTHMON_NO_AUTOSTART: '1' };
  const { code, json } = await runHealthmon([...words, '--json'], { env, cwd: import.meta.dirname });
  return { code, ...json().error } as { code: number | string; message: string };
}

it.each([
  [['load', 'a.csv', '--engine', 'dataflow', '--mode', 'insert'], '--mode'],
  [['load', 'a.csv', '--engine', 'dataflow', '--timezone', 'UTC'], '--timezone'],
  [['load', 'a.csv', '--engine', 'dataflow', '--check'], '--check'],
  [['stream', '--engine', 'dataflow', '--alerts'], '--alerts'],
  [['stream', '--engine', 'dataflow', '--bigquery-method', 'load'], '--bigquery-method'],
  [['stream', '--engine', 'dataflow', '--sink', 'bigtable'], '--sink'],
  [['stream', '--engine', 'dataflow', '--max-tries', '7'], '--max-tries'],
])('%j is refused by the name of the option that no job has', async (words, option) => {
  const error = await refused(...words);
  expect(error).toMatchObject({ code: 'unsupported' });
  expect(error.message).toContain(`${option} is no option of a job`);
});

it('launches by the version of the settings what jobs run would launch', async () => {
  const version = ['--set', 'jobs.templateVersion=2026-08-18-00_RC00'];
  const planOf = async (...words: string[]) => {
    const { json } = await runHealthmon([...words, '--dry-run', ...CLOUD, ...version, '--json']);
    return (json().result as unknown as { plan: { action: string; detail: string }[] }).plan;
  };
  const plan = await planOf('stream', '--engine', 'dataflow', '--timezone', 'Europe/Berlin');
  expect(plan).toEqual(await planOf('jobs', 'run', 'stream', '--timezone', 'Europe/Berlin'));
  expect(plan.find(({ action }) => action === 'launch')!.detail).toBe(
    'gs://dataflow-templates-us-central1/2026-08-18-00_RC00/flex/Yaml_Template',
  );
  expect(await refused('jobs', 'run', 'stream', '--dry-run', ...CLOUD)).toMatchObject({
    code: 'template-version-missing',
  });
});
