import { Spanner } from '@google-cloud/spanner';
import { GrpcChannel } from '../src/emulators/probes/grpc.js';
import { Decoded, encode, type Message } from '../src/emulators/wire/message.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { type OwnService, restartOf, running, startEmbedded, withBoth } from './services.js';

const COMMIT_ROWS = 2000;
const COMMITS = 20;
const CHECK = { rows: 8000, targetMs: 300 } as const;
const SELECTS = 3000;
const MANY_ROWS = 1_000_000;
const RESTART_TARGET_MS = 3000;
const MOST_ROWS = 5_000_000;
const SELECT_TARGET_MS = 0.5;
const CONFLICT = { increments: 50, targetMs: 20 } as const;
/** Of alternating measurements; the best of each counts, and the first are for the compilers. */
const ROUNDS = 3;
const TIMEOUT_MS = 300_000;

const SPANNER = '/google.spanner.v1.Spanner';
const INSTANCES = '/google.spanner.admin.instance.v1.InstanceAdmin';
const DATABASES = '/google.spanner.admin.database.v1.DatabaseAdmin';
const COLUMNS = ['Id', 'Age', 'Gender', 'Condition', 'Cost', 'Days', 'Outcome', 'Ward', 'Score', 'Note'];
const TABLE =
  'CREATE TABLE P (Id STRING(64), Age INT64, Gender STRING(MAX), Condition STRING(MAX), Cost NUMERIC, Days INT64, Outcome STRING(MAX), Ward STRING(MAX), Score INT64, Note STRING(MAX)) PRIMARY KEY (Id)';
const CHECKED = TABLE.replace(') PRIMARY', ', CONSTRAINT Ages CHECK (Age BETWEEN 0 AND 130)) PRIMARY');

const OFFICIAL = "Google's emulator, same bare client";

export const benches: readonly Bench[] = [
  {
    name: 'spanner.commit',
    unit: 'rows/s',
    baselineName: OFFICIAL,
    run: (context) => compare(context, commits, bareCommits, { isRate: true }),
  },
  {
    name: 'spanner.commit_check',
    unit: 'ms',
    baselineName: `asked for, with ${CHECK.rows} rows`,
    run: (context) => alone(context, checkedCommit, CHECK.targetMs),
  },
  {
    name: 'spanner.point_select',
    unit: 'ms',
    baselineName: 'asked for',
    run: (context) => alone(context, pointSelects, SELECT_TARGET_MS),
  },
  {
    name: 'spanner.count',
    unit: 'ms',
    baselineName: OFFICIAL,
    run: (context) => compareQuery(context, 'SELECT COUNT(*) FROM P', bareCount),
  },
  {
    name: 'spanner.group_by',
    unit: 'ms',
    baselineName: OFFICIAL,
    run: (context) =>
      compareQuery(
        context,
        'SELECT Condition, COUNT(*), AVG(Age), MAX(Cost) FROM P GROUP BY Condition',
        bareGroups,
      ),
  },
  {
    name: 'spanner.conflict',
    unit: 'ms',
    baselineName: 'asked for, of an abort and what follows it with the client of Node',
    run: (context) => alone(context, conflicts, CONFLICT.targetMs),
  },
  {
    name: 'spanner.row_memory',
    unit: 'B',
    baselineName: `of a row of ${COLUMNS.length} columns as it is sent, with ${MOST_ROWS} rows counted`,
    run: rowMemory,
  },
  {
    name: 'spanner.restart',
    unit: 'ms',
    baselineName: `asked for, with ${MANY_ROWS} rows of ${COLUMNS.length} columns`,
    run: async (context) => {
      const write = (service: OwnService) => withDatabase(service, TABLE, (own) => fill(own, MANY_ROWS));
      return { ...(await restartOf('spanner', write, context)), baseline: RESTART_TARGET_MS };
    },
  },
];

interface Own {
  channel: GrpcChannel;
  session: string;
}

async function withDatabase<T>(
  { endpoint }: OwnService,
  statement: string,
  use: (own: Own) => Promise<T>,
): Promise<T> {
  const channel = new GrpcChannel(endpoint, TIMEOUT_MS);
  const instance = 'projects/bench/instances/bench';
  const id = `d${Date.now()}`;
  try {
    const config = 'projects/bench/instanceConfigs/emulator-config';
    await channel
      .call(`${INSTANCES}/CreateInstance`, {
        1: 'projects/bench',
        2: 'bench',
        3: { 1: instance, 2: config, 3: 'Measured', 5: 1 },
      })
      // It is there from the round before.
      .catch(() => {});
    await channel.call(`${DATABASES}/CreateDatabase`, {
      1: instance,
      2: `CREATE DATABASE \`${id}\``,
      3: statement,
    });
    const session = await channel.call(`${SPANNER}/CreateSession`, { 1: `${instance}/databases/${id}` });
    return await use({ channel, session: session.text(1) });
  } finally {
    channel.close();
  }
}

function rowOf(id: number): Buffer {
  const values = [
    `P${String(id).padStart(9, '0')}`,
    String(20 + (id % 70)),
    id % 2 ? 'Female' : 'Male',
    ['Heart Disease', 'Diabetes', 'Fractured Arm', 'Stroke'][id % 4]!,
    `${100 * (1 + (id % 250))}.25`,
    String(id % 60),
    id % 4 ? 'Recovered' : 'Stable',
    `Ward ${id % 12}`,
    String(1 + (id % 5)),
    'Nothing to add',
  ];
  return encode({ 1: values.map((text) => ({ 3: text })) });
}

function commitOf(session: string, first: number, rows: number): Message {
  const values = Array.from({ length: rows }, (_, index) => rowOf(first + index));
  return { 1: session, 3: { 1: {} }, 4: { 3: { 1: 'P', 2: COLUMNS, 3: values } } };
}

async function fill({ channel, session }: Own, rows: number): Promise<void> {
  for (let first = 0; first < rows; first += COMMIT_ROWS) {
    await channel.call(`${SPANNER}/Commit`, commitOf(session, first, Math.min(COMMIT_ROWS, rows - first)));
  }
}

/** @returns rows per second, one commit after another, as Google's emulator wants them. */
function commits(service: OwnService): Promise<number> {
  return withDatabase(service, TABLE, async (own) => {
    const requests = Array.from({ length: COMMITS }, (_, index) =>
      commitOf(own.session, index * COMMIT_ROWS, COMMIT_ROWS),
    );
    const started = performance.now();
    for (const request of requests) await own.channel.call(`${SPANNER}/Commit`, request);
    return ((COMMITS * COMMIT_ROWS) / (performance.now() - started)) * 1000;
  });
}

function checkedCommit(service: OwnService): Promise<number> {
  return withDatabase(service, CHECKED, async ({ channel, session }) => {
    const request = commitOf(session, 0, CHECK.rows);
    const started = performance.now();
    await channel.call(`${SPANNER}/Commit`, request);
    return performance.now() - started;
  });
}

function pointSelects(service: OwnService): Promise<number> {
  return withDatabase(service, TABLE, async (own) => {
    await fill(own, 10_000);
    const request = (id: number): Message => ({
      1: own.session,
      3: 'SELECT Id, Age, Cost FROM P WHERE Id = @id',
      4: { 1: { 1: 'id', 2: { 3: `P${String(id).padStart(9, '0')}` } } },
      5: { 1: 'id', 2: { 1: 6 } },
    });
    await own.channel.call(`${SPANNER}/ExecuteSql`, request(0));
    const started = performance.now();
    for (let id = 0; id < SELECTS; id++) await own.channel.call(`${SPANNER}/ExecuteSql`, request(id));
    return (performance.now() - started) / SELECTS;
  });
}

/**
 * Two writers count up one row, each in transactions that read it first. @returns milliseconds for each time that one
 * was aborted, with all that was done meanwhile.
 */
function conflicts(service: OwnService): Promise<number> {
  return withDatabase(service, TABLE, async ({ session }) => {
    const [, project, , instance, , id] = session.split('/');
    process.env.SPANNER_EMULATOR_HOST = service.endpoint;
    const spanner = new Spanner({ projectId: project! });
    const database = spanner.instance(instance!).database(id!);
    try {
      await database.table('P').insert([{ Id: 'shared', Age: 0 }]);
      let attempts = 0;
      const write = async () => {
        for (let count = 0; count < CONFLICT.increments; count++) {
          await database.runTransactionAsync(async (transaction) => {
            attempts++;
            const [rows] = await transaction.read('P', { keys: ['shared'], columns: ['Age'], json: true });
            const { Age } = rows[0] as unknown as { Age: number };
            transaction.update('P', [{ Id: 'shared', Age: Age + 1 }]);
            await transaction.commit();
          });
        }
      };
      const started = performance.now();
      await Promise.all([write(), write()]);
      const conflicts = attempts - 2 * CONFLICT.increments;
      if (conflicts === 0) throw new Error('No transaction was in the way of another');
      return (performance.now() - started) / conflicts;
    } finally {
      await database.close();
      spanner.close();
      delete process.env.SPANNER_EMULATOR_HOST;
    }
  });
}

/** What rows of a table take, all else being there already. */
function rowMemory({ note }: BenchContext): Promise<Measurement> {
  return running(
    () => startEmbedded('spanner'),
    (service) =>
      withDatabase(service, TABLE, async (own) => {
        await fill(own, COMMIT_ROWS);
        const before = service.rssMb();
        note(`writing ${MOST_ROWS} rows`);
        await fill(own, MOST_ROWS);
        const counted = await own.channel.call(`${SPANNER}/ExecuteSql`, {
          1: own.session,
          3: 'SELECT COUNT(*) FROM P',
        });
        const count = Number(counted.messages(2)[0]!.messages(1)[0]!.text(3));
        if (count !== MOST_ROWS) throw new Error(`${count} rows were counted`);
        const value = ((service.rssMb() - before) * 1024 * 1024) / MOST_ROWS;
        return { value, baseline: rowOf(MOST_ROWS - 1).length, rssMb: service.peakRssMb() };
      }),
  );
}

// Loops over rows in memory, for where there is nothing else to measure against.

/** @returns rows per second. */
function bareCommits(): number {
  const requests = Array.from({ length: COMMITS }, (_, index) =>
    encode(commitOf('s', index * COMMIT_ROWS, COMMIT_ROWS)),
  );
  const rows = new Map<string, Buffer>();
  const started = performance.now();
  for (const request of requests) {
    for (const row of new Decoded(request).message(4).message(3).messages(3)) {
      const values = row.buffers(1);
      rows.set(new Decoded(values[0]!).text(3), Buffer.concat(values));
    }
  }
  return (rows.size / (performance.now() - started)) * 1000;
}

const bareRows = () =>
  Array.from({ length: MANY_ROWS }, (_, id) =>
    new Decoded(rowOf(id)).messages(1).map((value) => value.text(3)),
  );

/** @returns milliseconds. */
function bareCount(): number {
  const rows = bareRows();
  const started = performance.now();
  let count = 0;
  for (const row of rows) if (row.length > 0) count++;
  if (count !== MANY_ROWS) throw new Error(`${count} rows were counted`);
  return performance.now() - started;
}

/** @returns milliseconds. */
function bareGroups(): number {
  const rows = bareRows();
  const started = performance.now();
  const groups = new Map<string, { count: number; ages: number; cost: number }>();
  for (const [, age, , condition, cost] of rows) {
    const group = groups.get(condition!) ?? { count: 0, ages: 0, cost: 0 };
    group.count++;
    group.ages += Number(age);
    group.cost = Math.max(group.cost, Number(cost));
    groups.set(condition!, group);
  }
  return performance.now() - started;
}

async function alone(
  { signal, note }: BenchContext,
  measure: (service: OwnService) => Promise<number>,
  targetMs: number,
): Promise<Measurement> {
  return withBoth('spanner', async (ours) => {
    let value = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= ROUNDS; round++) {
      signal.throwIfAborted();
      note(`round ${round}`);
      value = Math.min(value, await measure(ours));
    }
    return { value, baseline: targetMs, rssMb: ours.peakRssMb() };
  });
}

/** @param bare what is measured against where Google's emulator is not installed. */
async function compare(
  { signal, note }: BenchContext,
  measure: (service: OwnService) => Promise<number>,
  bare: () => number,
  { isRate }: { isRate: boolean },
): Promise<Measurement> {
  const better = isRate ? Math.max : Math.min;
  const worst = isRate ? 0 : Number.POSITIVE_INFINITY;
  return withBoth('spanner', async (ours, official) => {
    const best: Measurement = { value: worst, baseline: worst, rssMb: 0 };
    if (official === undefined) best.baselineName = "bare loop, for Google's emulator is not installed";
    for (let round = 1; round <= ROUNDS; round++) {
      signal.throwIfAborted();
      note(`round ${round}`);
      best.value = better(best.value, await measure(ours));
      best.baseline = better(best.baseline, official === undefined ? bare() : await measure(official));
    }
    best.rssMb = ours.peakRssMb();
    return best;
  });
}

/** The best of several runs over the same rows; the first brings them to where they are counted. */
function compareQuery(context: BenchContext, sql: string, bare: () => number): Promise<Measurement> {
  const filled = new Map<OwnService, Own & { end(): void }>();
  const measure = async (service: OwnService) => {
    let own = filled.get(service);
    if (own === undefined) {
      own = await withDatabase(service, TABLE, async (made) => {
        await fill(made, MANY_ROWS);
        const channel = new GrpcChannel(service.endpoint, TIMEOUT_MS);
        return { session: made.session, channel, end: () => channel.close() };
      });
      filled.set(service, own);
    }
    const started = performance.now();
    await own.channel.call(`${SPANNER}/ExecuteSql`, { 1: own.session, 3: sql });
    return performance.now() - started;
  };
  return compare(context, measure, bare, { isRate: false }).finally(() => {
    for (const { end } of filled.values()) end();
  });
}
