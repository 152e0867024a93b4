import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deleteSnapshot, loadSnapshot, saveSnapshot } from '../../../src/emulators/snapshot/snapshot.js';
import { startStack } from '../../../src/emulators/stack/start.js';
import { dataPath, stackPath } from '../../../src/emulators/supervisor/state.js';
import { useFolder } from './harness.js';

const folder = useFolder();
const BUCKET = 'kept';

it('a snapshot shares the bytes of objects with the stack, and neither changes those of the other', {
  timeout: 300_000,
}, async () => {
  await startStack({ ...folder.location(), project: 'ward-seven', only: ['storage'] });
  await call('POST', '/storage/v1/b?project=ward-seven', JSON.stringify({ name: BUCKET }));
  await put('first', 'as saved');
  await put('second', 'also saved');
  const snapshot = { ...folder.location(), snapshot: 'shared' };
  await saveSnapshot({ ...snapshot, bigtableInstances: [] });

  const saved = join(folder.cwd, 'snapshots', 'shared', 'storage');
  const live = dataPath(stackPath(folder.location()), 'storage');
  expect(bytesOf(saved)).toHaveLength(2);
  expect(bytesOf(saved)).toEqual(bytesOf(live));

  await put('first', 'written later');
  await call('DELETE', `/storage/v1/b/${BUCKET}/o/second`);
  await loadSnapshot(snapshot);
  expect(await get('first')).toBe('as saved');
  expect(await get('second')).toBe('also saved');
  expect(bytesOf(live)).toEqual(bytesOf(saved));

  deleteSnapshot(snapshot);
  expect(await get('second')).toBe('also saved');
});

/** Inodes of the objects' bytes, in order. */
function bytesOf(root: string): number[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.bytes'))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).ino)
    .sort((a, b) => a - b);
}

const put = (name: string, text: string) =>
  call('POST', `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=${name}`, text);

const get = async (name: string) => (await call('GET', `/storage/v1/b/${BUCKET}/o/${name}?alt=media`)).text();

async function call(method: string, path: string, body?: string): Promise<Response> {
  const { port } = folder.state().services.find(({ name }) => name === 'storage')!;
  const headers = { 'content-type': path.startsWith('/upload') ? 'text/plain' : 'application/json' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(body === undefined ? {} : { body, headers }),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return response;
}
