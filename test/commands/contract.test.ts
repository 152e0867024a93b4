import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.js';
import { runHealthmon } from '../helpers/run.js';

/** Commands that start processes, read the network or change the user's cache by design; other tests cover them. */
const STARTERS = [
  'demo',
  'emulators start',
  'emulators restart',
  'emulators exec',
  'emulators install',
  'jobs runner install',
  'jobs runner remove',
];

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-contract-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const commands = await Promise.all(
  COMMANDS.map(async (entry) => ({ path: entry.path, command: (await entry.load()).default })),
);
const runnable = commands.filter(({ path }) => !STARTERS.includes(path));

/** The words of a command with something for every required argument. */
function minimal({ path, command }: (typeof commands)[number]): string[] {
  const required = (command.arguments ?? []).filter((argument) => argument.required);
  return [...path.split(' '), ...required.map(() => 'no-such-thing')];
}

describe('every command', () => {
  it.each(runnable)('$path prints one JSON document, whether it succeeds or not', async (entry) => {
    const { code, stdout, json } = await runHealthmon([...minimal(entry), '--json'], { cwd });
    const document = json();
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(document.command).toBe(entry.path);
    if (document.ok) {
      expect(Object.keys(document)).toEqual(['ok', 'command', 'result']);
      expect([0, 3, 4, 5]).toContain(code);
    } else {
      expect(Object.keys(document.error!)).toEqual(['code', 'message', 'detail', 'suggestion']);
      expect(document.error!.code).not.toBe('internal');
      expect(document.error!.suggestion).not.toBe('');
      expect(code).toBeGreaterThan(0);
    }
  });

  it.each(runnable.filter(({ command }) => command.target !== 'offline'))(
    '$path says what to run when the local cloud is down and may not be started',
    async (entry) => {
      const { code, stdout, stderr } = await runHealthmon(minimal(entry), { cwd });
      expect([1, 2, 3]).toContain(code);
      expect(stdout).toBe('');
      expect(stderr).toContain('error ');
      expect(stderr).not.toMatch(/\n\s+at .*\.(ts|js):\d+/);
      if (entry.command.target === 'changes') expect(stderr.split('\n')[0]).toMatch(/^target: local /);
    },
  );

  it.each(commands)(
    '$path has options whose names are unique and examples that name it',
    ({ path, command }) => {
      const names = (command.options ?? []).map(({ flags }) => /--[a-z0-9-]+/.exec(flags)![0]);
      expect(new Set(names).size).toBe(names.length);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const { command: line } of command.examples) expect(line).toContain(`healthmon ${path}`);
    },
  );
});
