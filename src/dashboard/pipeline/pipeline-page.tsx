import { trendChart } from '../../charts/trend.js';
import { ageText } from '../../core/number-text.js';
import type { Page, Snapshot } from '../page.js';
import { Drawing, Scrolling } from '../raw.js';
import type { Board, WardFeed } from '../ward/ward-feed.js';
import { flowPicture } from './flow-picture.js';
import { ratesOf, type WorkerRates, type WorkerSample } from './worker-metrics.js';

/** How the feed stood at one moment of this page. */
export interface PipelineSample {
  atMs: number;
  /** Since a newer reading was stored. */
  silentSeconds: number;
  /** From the newest reading to the clock on the wall; null without a reading. */
  behindSeconds: number | null;
  patients: number;
  stale: number;
  openAlerts: number;
  emergencies: number;
  /** Undefined when no worker's port is known. */
  worker: WorkerSample | { error: string } | undefined;
  rates: WorkerRates | null;
}

/** Samples that the picture of the lag holds: ten minutes of them. */
const KEPT_SAMPLES = 300;

export interface PipelineTools {
  ward: WardFeed;
  intervalMs: number;
  nowMs(): number;
  /** Of a worker on this machine. */
  readWorker: ((nowMs: number) => Promise<WorkerSample>) | undefined;
}

/** The five services and what flows between them. */
export function pipelinePage({ ward, intervalMs, nowMs, readWorker }: PipelineTools): Page {
  const samples: PipelineSample[] = [];
  let newest: WorkerSample | undefined;
  const read = async (): Promise<Board> => {
    const atMs = nowMs();
    const [board, worker] = await Promise.all([
      ward.read(),
      readWorker?.(atMs).catch((error: Error) => ({ error: error.message })),
    ]);
    // Whoever else looks has taken this sample already.
    const last = samples.at(-1);
    if (last !== undefined && atMs - last.atMs < intervalMs / 2) return board;
    const isSample = worker !== undefined && 'received' in worker;
    samples.push({ ...boardSample(board, atMs), worker, rates: isSample ? ratesOf(newest, worker) : null });
    newest = isSample ? worker : undefined;
    if (samples.length > KEPT_SAMPLES) samples.shift();
    return board;
  };
  return {
    path: '/pipeline',
    nav: 'Pipeline',
    title: () => 'Pipeline',
    intervalMs,
    async read() {
      const { feed } = await read();
      return { ...pipelineSnapshot(samples), feed };
    },
  };
}

function boardSample({ patients, feed }: Board, atMs: number) {
  return {
    atMs,
    silentSeconds: feed.silentSeconds,
    behindSeconds: feed.asOf === null ? null : Math.round((atMs - Date.parse(feed.asOf)) / 1000),
    patients: patients.length,
    stale: patients.filter(({ stale }) => stale).length,
    openAlerts: patients.filter(({ course }) => course?.alert != null).length,
    emergencies: patients.filter(({ risk }) => risk === 'emergency').length,
  };
}

export function pipelineSnapshot(samples: readonly PipelineSample[]): Snapshot {
  const now = samples.at(-1)!;
  return {
    data: now,
    table: () => ({
      columns: [
        'at',
        'silentSeconds',
        'behindSeconds',
        'stale',
        'openAlerts',
        'received',
        'readings',
        'inFlight',
      ],
      rows: samples.map(({ atMs, silentSeconds, behindSeconds, stale, openAlerts, worker }) => {
        const {
          received = null,
          readings = null,
          inFlight = null,
        } = worker !== undefined && 'received' in worker ? worker : {};
        const at = new Date(atMs).toISOString();
        return [at, silentSeconds, behindSeconds, stale, openAlerts, received, readings, inFlight];
      }),
    }),
    parts: [
      { id: 'flow', key: JSON.stringify(now), draw: () => <FlowPart sample={now} /> },
      { id: 'numbers', key: JSON.stringify(now), draw: () => <Numbers sample={now} /> },
      { id: 'lag', key: JSON.stringify([samples.length, now]), draw: () => <Lag samples={samples} /> },
    ],
    body: (drawn) => (
      <>
        <h1>Pipeline</h1>
        {drawn('flow')}
        <div class="tiles">
          {drawn('numbers')}
          {drawn('lag')}
        </div>
      </>
    ),
  };
}

function FlowPart({ sample }: { sample: PipelineSample }) {
  const { worker, rates, silentSeconds, patients, stale, openAlerts, emergencies } = sample;
  const isSilent = silentSeconds >= 10;
  const passing = rates === null ? '' : perSecond(rates.receivedPerSecond);
  const stored = rates === null ? '' : perSecond(rates.readingsPerSecond);
  const svg = flowPicture({
    id: 'flow-picture',
    title: 'The pipeline',
    description: `Sensors publish to Pub/Sub, a worker stores readings in Bigtable and BigQuery. ${lagText(sample)}`,
    boxes: [
      { name: 'Pub/Sub', lines: backlogLines(worker), column: 0, row: 0 },
      {
        name: 'Worker',
        lines: workerLines(worker),
        column: 1,
        row: 0,
        isSilent: worker !== undefined && 'error' in worker,
      },
      {
        name: 'Bigtable',
        lines: [`${patients} patients, ${stale} stale`, `newest stored ${ageText(silentSeconds)} ago`],
        column: 2,
        row: 0,
        isSilent,
      },
      { name: 'Alerts', lines: [`${openAlerts} open`, `${emergencies} emergencies`], column: 3, row: 0 },
      { name: 'Cloud Storage', lines: ['admissions as CSV'], column: 0, row: 1 },
      { name: 'Spanner', lines: ['admissions'], column: 1, row: 1 },
      { name: 'BigQuery', lines: ['history, views, model'], column: 2, row: 1 },
    ],
    edges: [
      { from: 'Pub/Sub', to: 'Worker', label: passing },
      { from: 'Worker', to: 'Bigtable', label: stored },
      { from: 'Worker', to: 'BigQuery', label: stored },
      { from: 'Bigtable', to: 'Alerts', label: '' },
      { from: 'Cloud Storage', to: 'Spanner', label: 'load' },
      { from: 'Spanner', to: 'BigQuery', label: 'sync' },
    ],
  });
  return (
    <div id="flow">
      <Scrolling label="The pipeline">
        <Drawing svg={svg} />
      </Scrolling>
    </div>
  );
}

function perSecond(rate: number): string {
  return `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`;
}

function backlogLines(worker: PipelineSample['worker']): string[] {
  if (worker === undefined || 'error' in worker || worker.backlog === null) return ['waiting: not counted'];
  return [`${worker.backlog} waiting`];
}

function workerLines(worker: PipelineSample['worker']): string[] {
  if (worker === undefined) return ['not asked', '(--metrics-port)'];
  if ('error' in worker) return ['⌁ does not answer'];
  return [
    `${worker.inFlight} in flight`,
    worker.isPaused ? 'intake paused' : `${worker.deadLetters} dead letters`,
  ];
}

/** A feed that is further behind is a replay of another day, whose age says nothing of the pipeline. */
const REPLAY_SECONDS = 86_400;

function lagText({ silentSeconds, behindSeconds }: PipelineSample): string {
  const stored = `The newest reading was stored ${ageText(silentSeconds)} ago`;
  if (behindSeconds === null) return `${stored}.`;
  return behindSeconds >= REPLAY_SECONDS
    ? `${stored}; it is of another day, as in a replay.`
    : `${stored}, which is ${ageText(Math.max(0, behindSeconds))} behind the clock.`;
}

function Numbers({ sample }: { sample: PipelineSample }) {
  const { worker, silentSeconds } = sample;
  return (
    <section id="numbers" class="tile" aria-labelledby="numbers-title">
      <h2 id="numbers-title">Now</h2>
      <p>{lagText(sample)}</p>
      <p class={silentSeconds >= 10 ? 'big technical' : 'big'} id="silent">
        {ageText(silentSeconds)}
      </p>
      {worker === undefined && (
        <p>
          With <code>--metrics-port PORT</code> of "healthmon stream" this page shows its rates as well.
        </p>
      )}
      {worker !== undefined && 'error' in worker && (
        <p class="technical">⌁ The worker does not answer: {worker.error}</p>
      )}
      {worker !== undefined && 'received' in worker && <WorkerTable worker={worker} />}
    </section>
  );
}

function WorkerTable({ worker }: { worker: WorkerSample }) {
  const { latencySeconds, received, written, readings, deadLetters, oldestSeconds } = worker;
  const rows: [string, string][] = [
    ['messages received', received.toLocaleString('en-GB')],
    ['messages stored', written.toLocaleString('en-GB')],
    ['readings stored', readings.toLocaleString('en-GB')],
    ['dead letters', deadLetters.toLocaleString('en-GB')],
    ['oldest message in flight', `${oldestSeconds.toFixed(1)} s`],
    ['publish to store, half within', `${latencySeconds.p50.toFixed(2)} s`],
    ['publish to store, 95 % within', `${latencySeconds.p95.toFixed(2)} s`],
    ['publish to store, 99 % within', `${latencySeconds.p99.toFixed(2)} s`],
  ];
  return (
    <table class="plain">
      <caption class="unseen">The worker since its start</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Lag({ samples }: { samples: readonly PipelineSample[] }) {
  return (
    <section id="lag" class="tile" aria-labelledby="lag-title">
      <h2 id="lag-title">Silence</h2>
      <p>Seconds since a newer reading was stored, while somebody looked.</p>
      {samples.length < 2 ? (
        <p>One moment.</p>
      ) : (
        <Drawing
          svg={trendChart({
            id: 'lag-chart',
            title: 'Silence',
            description: 'Seconds since a newer reading was stored.',
            unit: 'seconds',
            series: [
              {
                label: 'silent',
                points: samples.map(({ atMs, silentSeconds }) => ({ atMs, value: silentSeconds })),
              },
            ],
          })}
        />
      )}
    </section>
  );
}
