import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { storage } from '../../../../src/emulators/storage/service.js';
import { copyPrivately } from '../../../../src/emulators/supervisor/private-state.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'healthmon-private-'));
  mkdirSync(join(root, 'from', 'fixed'), { recursive: true });
  for (const name of ['fixed/a', 'b']) writeFileSync(join(root, 'from', name), name, { mode: 0o644 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('a copy shares the files that never change and no other, and is private', () => {
  copyPrivately(join(root, 'from'), join(root, 'to'), (path) => path.startsWith('fixed'));
  const inode = (path: string) => statSync(join(root, path)).ino;
  expect(inode('to/fixed/a')).toBe(inode('from/fixed/a'));
  expect(inode('to/b')).not.toBe(inode('from/b'));
  for (const name of ['fixed/a', 'b']) {
    expect(readFileSync(join(root, 'to', name), 'utf8')).toBe(name);
    expect(statSync(join(root, 'to', name)).mode & 0o777).toBe(0o600);
  }
});

it('a copy shares nothing unless told to', () => {
  copyPrivately(join(root, 'from'), join(root, 'to'));
  writeFileSync(join(root, 'to', 'fixed', 'a'), 'changed');
  expect(readFileSync(join(root, 'from', 'fixed', 'a'), 'utf8')).toBe('fixed/a');
});

it('of Cloud Storage the bytes of objects never change, those of unfinished uploads do', () => {
  const { isImmutable } = storage.embedded!;
  expect(isImmutable!('buckets/b/objects/0a/17.bytes')).toBe(true);
  for (const path of [
    'buckets/b/objects/0a/17.json',
    'buckets/b/bucket.json',
    'uploads/x.bytes',
    'temporary/x',
  ]) {
    expect(isImmutable!(path), path).toBe(false);
  }
});
