import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/package-root.js';

it('tests that CONTRIBUTING names are there', () => {
  const text = readFileSync(join(packageRoot(), 'CONTRIBUTING.md'), 'utf8');
  const named = [...text.matchAll(/`(test\/[\w/.-]+\.test\.ts)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
});
