import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/package-root.js';

const root = packageRoot();
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const picturesOf = (text: string) =>
  [...text.matchAll(/!\[[^\]]+\]\((?:docs\/)?pictures\/([\w-]+)\.png\)/g)].map(([, name]) => name!);
const names = readdirSync(join(root, 'docs/pictures')).map((name) => name.replace(/\.png$/, ''));

describe('the pictures', () => {
  it('are at the begin of the README, of the ward and of a patient', () => {
    const before = read('README.md').split('\n## ', 1)[0]!;
    expect(picturesOf(before)).toEqual(['ward', 'patient']);
  });

  it('are of every page, light and dark, and all are shown', () => {
    const light = names.filter((name) => !name.endsWith('-dark'));
    expect(light.sort()).toEqual(['cohort', 'data', 'model', 'patient', 'pipeline', 'ward']);
    expect(names.sort()).toEqual(light.flatMap((name) => [name, `${name}-dark`]).sort());
    expect(new Set(picturesOf(read('docs/dashboard.md')))).toEqual(new Set(names));
  });

  it('are as large as they are made', () => {
    const [, width, height] = /width: (\d+), height: (\d+)/.exec(read('tools/pictures.mjs'))!;
    for (const name of names) {
      // https://www.w3.org/TR/png-3/#11IHDR
      const head = readFileSync(join(root, 'docs/pictures', `${name}.png`)).subarray(16, 24);
      expect([head.readUInt32BE(0), head.readUInt32BE(4)], name).toEqual([Number(width), Number(height)]);
    }
  });
});
