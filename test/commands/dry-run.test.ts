import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.js';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { type Recorder, recordCalls, writesAmong } from '../helpers/recording-proxy.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
const NAMES = ownNames(`dryrun-${process.pid}`);
let cwd: string;
let recorder: Recorder;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-dry-run-'));
  recorder = await recordCalls(stack);
  await runHealthmon(['simulate', 'admissions', '--rows', '60', '--seed', '3', '-o', 'a.csv'], { cwd });
});
afterAll(() => {
  recorder.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** The keys of all commands that are looked at here. */
interface Result {
  dryRun: boolean;
  plan: { action: string; resource: string; detail: string }[];
  changes: object[];
  unchanged: number;
  deleted: number;
  table: string;
  statement: string;
  topic: string;
  subscription: string;
  sinks: string[];
  rowsRead: number;
  rowsRejected: number;
  rowsLoaded: number;
  published: number;
  written: number;
  deadLettered: number;
  affectedRows: number;
  replayed: number;
  purged: number;
}

async function run(...argv: string[]) {
  recorder.take();
  const ended = await runHealthmon([...argv, ...asFlags(NAMES), '--json'], {
    cwd,
    env: { PATH: process.env.PATH, ...recorder.env },
  });
  const document = ended.json();
  expect(document.error).toBeUndefined();
  return { ...(document.result as unknown as Result), calls: recorder.take() };
}

/** Runs it dry, which must write nothing, and then really, which must write. */
async function both(argv: string[], more: string[] = []) {
  const dry = await run(...argv, '--dry-run');
  expect(writesAmong(dry.calls)).toEqual([]);
  expect(dry.dryRun).toBe(true);
  const real = await run(...argv, ...more);
  expect(writesAmong(real.calls)).not.toEqual([]);
  return { dry, real };
}

/** The texts of the statements that went to BigQuery. */
function statements(calls: ReturnType<Recorder['take']>): string[] {
  return calls
    .filter(({ method }) => method.endsWith('/jobs') && method.startsWith('POST'))
    .map(({ body }) => JSON.parse(body).configuration.query?.query as string);
}

describe('--dry-run writes nothing and names what the real run does', () => {
  it('of provision', async () => {
    const { dry, real } = await both(['provision']);
    expect(dry.changes).toEqual(real.changes);
    expect(dry.changes.length).toBeGreaterThan(10);
  });

  it('of load', async () => {
    const { dry, real } = await both(['load', 'a.csv']);
    // It looks whether the table is there, and at nothing else.
    expect(new Set(dry.calls.map(({ service }) => service))).toEqual(new Set(['spanner']));
    expect(dry.table).toBe(real.table);
    expect(dry.rowsRead - dry.rowsRejected).toBe(real.rowsLoaded);
    expect(real.rowsLoaded).toBe(60);
  });

  it('of simulate', async () => {
    const { dry, real } = await both(['simulate', '--patients', '60', '--count', '300', '--seed', '5']);
    expect(dry.plan).toEqual([
      { action: 'publish', resource: real.topic, detail: '300 readings of 60 patients' },
    ]);
    expect(real.published).toBe(300);
  });

  it('of stream', async () => {
    await run('simulate', '--count', '20', '--garbage', '100');
    const { dry, real } = await both(['stream', '--max-messages', '320', '--idle-timeout', '10s']);
    expect(dry.plan).toMatchObject([
      { action: 'pull', resource: real.subscription },
      { action: 'write', resource: NAMES['bigtable.table'], detail: real.sinks[0] },
      {
        action: 'write',
        resource: `${NAMES['bigquery.dataset']}.stream_patient_vitals`,
        detail: real.sinks[1],
      },
      { action: 'publish', resource: NAMES['pubsub.deadLetterTopic'] },
    ]);
    expect(real.written).toBe(300);
    expect(real.deadLettered).toBe(20);
  });

  it('of sync, join and train', async () => {
    const sync = await both(['sync']);
    expect(sync.dry.table).toBe(sync.real.table);
    const join = await both(['join']);
    expect(statements(join.real.calls)).toContain(join.dry.statement);
    const train = await both(['train']);
    expect(statements(train.real.calls)).toContain(train.dry.statement);
  });

  it('of query', async () => {
    const dml = "UPDATE stream_patient_vitals SET Message_ID = 'x' WHERE TRUE";
    const { real } = await both(['query', dml]);
    expect(real.affectedRows).toBe(300);
  });

  it('of dead-letters replay and purge', async () => {
    const replay = await both(['dead-letters', 'replay', '--limit', '5']);
    expect(replay.dry.plan[0]).toEqual({
      action: 'publish',
      resource: replay.real.topic,
      detail: '5 dead letters',
    });
    expect(replay.real.replayed).toBe(5);
    const purge = await both(['dead-letters', 'purge'], ['--yes']);
    expect(purge.dry.plan).toEqual([
      { action: 'remove', resource: purge.real.subscription, detail: `${purge.real.purged} dead letters` },
    ]);
    expect(purge.real.purged).toBe(15);
  });

  it('of teardown, which also without --yes only lists', async () => {
    const listed = await run('teardown');
    expect(writesAmong(listed.calls)).toEqual([]);
    const { dry, real } = await both(['teardown'], ['--yes']);
    expect(dry.changes).toEqual(listed.changes);
    expect(real.changes).toEqual(dry.changes);
    expect(real.deleted).toBe(dry.changes.length);
    expect((await run('provision', '--dry-run')).unchanged).toBe(
      (await run('provision', '--dry-run')).unchanged,
    );
  });

  it('of demo', async () => {
    const dry = await run('demo', '--dry-run');
    expect(dry.calls).toEqual([]);
    expect(dry.plan.map(({ resource }) => resource.split(' ')[1])).toEqual([
      'local',
      'simulate',
      'provision',
      'load',
      'simulate',
      'stream',
      'sync',
      'join',
      'train',
      'evaluate',
      'predict',
      'local',
    ]);
  });
});

/** They run a command of the user, or only write a file that was named. */
const WITHOUT = ['emulators exec', 'schema infer', 'simulate admissions'];
const CHANGE_LOCALLY =
  /^(init|config (set|unset)|emulators (start|stop|restart|reset|install|snapshot (save|load|delete)))$/;

describe('every command that changes something', () => {
  it.each(COMMANDS.map(({ path, load }) => ({ path, load })))(
    '$path can be run dry',
    async ({ path, load }) => {
      const { target, options = [] } = (await load()).default;
      const changes = target === 'changes' || CHANGE_LOCALLY.test(path);
      const has = options.some(({ flags }) => flags === '--dry-run');
      if (changes && !WITHOUT.includes(path)) expect(has).toBe(true);
    },
  );
});
