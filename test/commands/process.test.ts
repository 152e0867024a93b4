import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.js';
import { packageRoot } from '../../src/core/package-root.js';
import { endpointOf, SERVICE_NAMES, SERVICES, STANDARD_SERVICES } from '../../src/core/services.js';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
const bin = join(packageRoot(), 'bin/healthmon.js');
/** These start a local cloud or use the network by design. */
const STARTERS = [
  ...['demo', 'emulators start', 'emulators restart', 'emulators exec', 'emulators install'],
  ...['jobs runner install', 'jobs runner remove'],
];
/** What these need besides their arguments, or stay for as long as there may be something to do. */
const OPTIONS: Record<string, string[]> = {
  stream: ['--max-messages', '1'],
  simulate: ['--count', '1'],
  'alerts evaluate': ['--ground-truth', 'truth.jsonl'],
};
/** A process that takes longer on the busiest machine hangs. */
const LIMIT_MS = 90_000;
/** Refused on the local target. */
const CLOUD_ONLY = ['looker', 'deploy worker'];

const commands = await Promise.all(
  COMMANDS.map(async ({ path, load }) => ({ path, command: (await load()).default })),
);
const onTarget = commands
  .filter(
    ({ path, command }) => command.target !== 'offline' && path !== 'demo' && !CLOUD_ONLY.includes(path),
  )
  .map(({ path, command }) => {
    const values = (command.arguments ?? [])
      .filter(({ required }) => required)
      .map(({ completes }) => (typeof completes === 'object' ? completes[0]! : 'admissions.csv'));
    return { path, words: [...path.split(' '), ...values, ...(OPTIONS[path] ?? [])] };
  });

let cwd: string;
let frozen: Server;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-process-'));
  writeFileSync(
    join(cwd, 'admissions.csv'),
    'Patient_ID,Age,Gender,Condition,Procedure,Cost,Length_of_Stay,Readmission,Outcome,Satisfaction\n' +
      '1,50,Female,Asthma,Inhaler,100,2,No,Recovered,4\n',
  );
  writeFileSync(join(cwd, 'truth.jsonl'), '');
  frozen = createServer(() => {}).listen(0, '127.0.0.1');
  await once(frozen, 'listening');
});
afterAll(() => {
  frozen.close();
  rmSync(cwd, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** From the last output to the end of the process. */
  lingerMs: number;
}

/** The real program. Its standard input is closed; it is killed after `limitMs`, and then `code` is null. */
async function run(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs: number,
  onOutput: (kill: (signal: NodeJS.Signals) => void, text: string) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd,
    env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const out: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  let lastMs = performance.now();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      out[name] += chunk;
      lastMs = performance.now();
      onOutput((signal) => child.kill(signal), out.stdout + out.stderr);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...out, lingerMs: performance.now() - lastMs };
}

function at(port: number): Record<string, string> {
  return Object.fromEntries(
    SERVICE_NAMES.map((service) => [SERVICES[service].hostVariable, endpointOf(service, '127.0.0.1', port)]),
  );
}

describe('every command as a process', () => {
  it.each(commands.filter(({ path }) => !STARTERS.includes(path)))(
    '$path asks nothing in CI, and prints one document without a colour',
    async ({ path, command }) => {
      const values = (command.arguments ?? []).filter(({ required }) => required).map(() => 'nothing');
      const argv = [...path.split(' '), ...values, '--json'];
      const { code, stdout, stderr } = await run(argv, { CI: '1', FORCE_COLOR: '1' }, LIMIT_MS);
      expect(code).not.toBeNull();
      expect(JSON.parse(stdout)).toMatchObject({ ok: expect.any(Boolean), command: path });
      expect(stdout + stderr).not.toContain('\u001b[');
    },
  );

  it.concurrent.each(onTarget)('$path says at once which emulator is not there', async ({ path, words }) => {
    // Less than the minute for which the clients would try.
    const { code, stdout, stderr } = await run(words, at(1), 40_000);
    expect({ code, stdout }).toEqual({ code: path === 'dead-letters purge' ? 2 : 3, stdout: '' });
    if (code === 3) expect(stderr).toMatch(/The .* emulator does not answer at (http:\/\/)?127\.0\.0\.1:1\./);
  });

  it.concurrent.each(onTarget.filter(({ path }) => path !== 'dead-letters purge' && path !== 'stream'))(
    '$path is over soon after --timeout, although the emulator never answers',
    async ({ words }) => {
      const { port } = frozen.address() as AddressInfo;
      const { code, stdout } = await run([...words, '--timeout', '1s', '--json'], at(port), LIMIT_MS);
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'timeout' } });
    },
  );

  it.concurrent.each(STANDARD_SERVICES)('says that %s is frozen, without --timeout too', async (service) => {
    const { port } = frozen.address() as AddressInfo;
    const { code, stderr } = await run(['provision', '--only', service], at(port), LIMIT_MS);
    expect(code).toBe(3);
    expect(stderr).toContain(`The ${SERVICES[service].title} emulator does not answer`);
    expect(stderr).toContain('(service-unavailable)');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends by %s with exit code 130', async (signal) => {
    const { port } = frozen.address() as AddressInfo;
    let isSent = false;
    const ended = await run(['provision'], at(port), LIMIT_MS, (kill) => {
      if (!isSent) kill(signal);
      isSent = true;
    });
    expect(ended.code).toBe(130);
    expect(ended.stderr).toContain(`Interrupted by ${signal}.`);
  });

  it.each([
    ['while it starts its local cloud', 'Starting a local cloud', false, 1],
    ['in a stage', 'Provisioning …', true, 1],
    ['in a stage, twice', 'Provisioning …', true, 2],
  ])(
    'demo leaves no folder when it is interrupted %s',
    { timeout: 120_000 },
    async (_when, said, given, times) => {
      const temporary = mkdtempSync(join(tmpdir(), 'healthmon-interrupted-'));
      try {
        const { port } = frozen.address() as AddressInfo;
        const endpoints = given ? at(port) : { HEALTHMON_STATE_DIR: join(temporary, 'state') };
        let sent = 0;
        const { code, stderr } = await run(
          ['demo'],
          { ...endpoints, TMPDIR: temporary },
          LIMIT_MS,
          (kill, text) => {
            if (!text.includes(said) || sent > 0) return;
            for (; sent < times; sent++) setTimeout(() => kill('SIGINT'), 200 * sent);
          },
        );
        expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringContaining(said) });
        expect(readdirSync(temporary).filter((name) => name.startsWith('healthmon-demo-'))).toEqual([]);
      } finally {
        rmSync(temporary, { recursive: true, force: true });
      }
    },
  );

  const shell = (script: string) =>
    spawnSync(
      'bash',
      ['-c', `set -o pipefail; healthmon() { "${process.execPath}" "${bin}" "$@"; }; ${script}`],
      {
        cwd,
        encoding: 'utf8',
      },
    );

  it.each([
    ['stdout', 'healthmon emulators capabilities | head -1'],
    ['stdout and stderr', 'healthmon load admissions.csv --check --verbose 2>&1 | head -1'],
    // The talk goes to nobody, and the work is done all the same.
    ['stderr', 'healthmon load admissions.csv --check 2> >(:) | tail -1'],
  ])('is quiet when the reader of its %s goes away', (_what, script) => {
    const { status, stdout, stderr } = shell(script);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toBe('');
  });

  it.each(['config show', 'config show --json', '--help', 'simulate admissions --rows 10'])(
    'fails when standard output cannot be written: %s',
    (words) => {
      // Every write to it fails, as to a full disk.
      const { status, stderr } = shell(`healthmon ${words} > /dev/full`);
      expect(status).toBe(1);
      expect(stderr).toContain('Standard output cannot be written. (file-not-written)');
    },
  );

  it('waits for a statement on standard input no longer than --timeout', () => {
    const { status, stderr } = shell('sleep 5 | healthmon query - --timeout 500ms; exit "${PIPESTATUS[1]}"');
    expect(status).toBe(1);
    expect(stderr).toContain('(timeout)');
  });

  it('ends soon after its last output', { timeout: 240_000 }, async () => {
    const flags = asFlags(ownNames(`process-${process.pid}`));
    for (const words of [
      ['provision'],
      ['load', 'admissions.csv'],
      ['simulate', '--patients', '1', '--count', '20'],
      ['stream', '--max-messages', '20'],
      ['sync'],
      ['join'],
      ['query', 'SELECT COUNT(*) FROM joined_patient_records'],
      ['dead-letters', 'list'],
      ['teardown', '--yes'],
    ]) {
      const ended = await run([...words, ...flags], stack.env, LIMIT_MS);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.lingerMs, words.join(' ')).toBeLessThan(5000);
    }
  });
});
