import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { usePrograms } from '../helpers/programs.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
const start = usePrograms();

it('the demo keeps what it made and serves it, until it is interrupted', async () => {
  const names = asFlags(ownNames(`demo-${process.pid}`));
  // Nothing that could open a browser is on this path.
  const env = { PATH: resolve(process.execPath, '..'), HEALTHMON_NO_AUTOSTART: '1', ...stack.env };
  const demo = start(['demo', '--dashboard', '--json', '--count', '1000', ...names], { cwd: tmpdir(), env });
  const { result } = JSON.parse(await demo.firstLine) as {
    result: { load: { rowsLoaded: number }; dashboard: { url: string } };
  };
  expect(result.load.rowsLoaded).toBe(200);
  const opened = await fetch(result.dashboard.url, { redirect: 'manual' });
  const cookie = opened.headers.get('set-cookie')!.split(';', 1)[0]!;
  const ward = async () => {
    const answer = await fetch(new URL('/ward.json', result.dashboard.url), { headers: { cookie } });
    return (await answer.json()) as { total: number; patients: { prediction: object | null }[] };
  };
  expect((await ward()).total).toBe(200);
  const predicted = async () =>
    (await ward()).patients.filter(({ prediction }) => prediction !== null).length;
  await expect.poll(predicted, { timeout: 60_000 }).toBe(200);
  expect(await demo.end('SIGINT')).toBe(0);
  // One document, whatever ends it.
  expect(demo.printed.stdout.trimEnd().split('\n')).toHaveLength(1);
}, 240_000);
