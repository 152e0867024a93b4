import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS, GROUPS, INDEX } from '../../../commands/index.js';
import { parseCommandLine } from '../../../src/cli/program.js';
import { REJECTION_REASONS } from '../../../src/core/rejection-reasons.js';
import { errorCodes } from '../../helpers/error-codes.js';
import { brokenLink, linkedFile, pages, ROOT, readPage, tableRows } from '../../helpers/markdown.js';
import { healthmonCommands } from '../../helpers/shell-words.js';

const all = pages();
const troubleshooting = readPage('docs/troubleshooting.md');

describe.each(all)('$file', (page) => {
  it('has no broken link', () => {
    const broken = page.links.flatMap(({ target, line }) => {
      const why = brokenLink(page, target);
      return why === undefined ? [] : [`line ${line}: ${why}`];
    });
    expect(broken).toEqual([]);
  });

  it('names only commands and options that exist', async () => {
    const wrong: string[] = [];
    for (const words of healthmonCommands(page)) {
      await parseCommandLine(words, INDEX, { version: '0' }).catch((error) => {
        // A text may name a group, or a command without its arguments.
        if (['missing-argument', 'command-missing'].includes(error.code)) return;
        wrong.push(`healthmon ${words.join(' ')}: ${error.message}`);
      });
    }
    expect(wrong).toEqual([]);
  });
});

it('README.md links to every page of docs/', () => {
  const readme = readPage('README.md');
  const targets = new Set(readme.links.map(({ target }) => target.split('#')[0]));
  const missing = all
    .map(({ file }) => file)
    .filter((file) => file.startsWith('docs/') && !targets.has(file));
  expect(missing).toEqual([]);
});

it('the package has what its pages link to', () => {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
  const included = (file: string) =>
    /^(README|LICENSE)/.test(file) || files.some((entry) => file === entry || file.startsWith(`${entry}/`));
  const missing = all
    .filter(({ file }) => included(file))
    .flatMap(({ file, links }) => links.map(({ target }) => linkedFile(file, target)))
    .filter((target) => target !== undefined && !included(target));
  expect(missing).toEqual([]);
});

it('README.md names every command', () => {
  const readme = readPage('README.md');
  const named = new Set(
    tableRows(readme, 'Command').flatMap(([cell = '']) => {
      const paths = [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
      const group = Object.keys(GROUPS).find((name) => paths[0]?.startsWith(`${name} `));
      return paths.flatMap((path) => [path, `${group} ${path}`]);
    }),
  );
  expect(COMMANDS.filter(({ path }) => !named.has(path))).toEqual([]);
});

describe('docs/troubleshooting.md', () => {
  const { codes, unreadable } = errorCodes();
  const documented = new Map(
    tableRows(troubleshooting, 'Code').map(([code = '', exit = '']) => [code.replaceAll('`', ''), exit]),
  );

  it('has every error code that the sources can emit, with its exit codes, and no other', () => {
    const emitted = [...codes].map(
      ([code, exits]) => `${code}: ${[...exits].sort((a, b) => a - b).join(', ')}`,
    );
    expect([...documented].map(([code, exit]) => `${code}: ${exit}`).sort()).toEqual(emitted.sort());
  });

  it('relies on codes being literals, but for those that commander gives', () => {
    expect(unreadable.map(({ file }) => file)).toEqual(['src/cli/program.ts']);
  });

  it('explains every reason of a dead letter, and no other', () => {
    const rows = tableRows(troubleshooting, 'Reason').map(([cell = '']) => cell.replaceAll('`', ''));
    expect(rows.sort()).toEqual([...REJECTION_REASONS].sort());
  });
});
