import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { protos } from '@google-cloud/dataflow';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { resolveConfig } from '../../../src/config/config.js';
import type { JobSite, RunningJob } from '../../../src/emulators/dataflow/process.js';
import { startDataflowServer } from '../../../src/emulators/dataflow/server.js';
import { createGoogleClients } from '../../../src/gcp/clients.js';
import { type DataflowPort, dataflowPort } from '../../../src/gcp/dataflow/port.js';
import { followMessages } from '../../../src/pipeline/jobs/jobs.js';
import { planLaunch } from '../../../src/pipeline/jobs/launch.js';
import { type RunStreamInput, streamJob } from '../../../src/pipeline/jobs/run-stream-job.js';

const config = resolveConfig({ flags: {}, env: {}, cwd: '/nonexistent' });
const INPUT: RunStreamInput = {
  name: 'vitals',
  region: undefined,
  subscription: 'vitals-dataflow',
  timeZone: undefined,
  retentionMs: 86_400_000,
  workers: 1,
  maxWorkers: 3,
  machineType: 'n2-standard-2',
  serviceAccount: 'worker@ward.iam.gserviceaccount.com',
  network: undefined,
  subnetwork: 'regions/us-central1/subnetworks/ward',
  privateIp: true,
  templateVersion: undefined,
  update: false,
  validateOnly: false,
  wait: 'none',
};
const planned = (over: Partial<RunStreamInput> = {}) => {
  const input = { ...INPUT, ...over };
  const job = streamJob({ config }, input);
  const { launch } = planLaunch({ config, clients: { local: true } }, input, job);
  return { ...launch, parameters: { yaml_pipeline: job.text } };
};

/** A job whose end the test says. */
class StubJob implements RunningJob {
  readonly drain = vi.fn();
  readonly cancel = vi.fn(() => this.end(143));
  end: (code: number) => void = () => {};
  readonly ended = new Promise<number>((resolve) => {
    this.end = resolve;
  });

  constructor(readonly site: JobSite) {}
}

const folder = mkdtempSync(join(tmpdir(), 'healthmon-dataflow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let started: StubJob[];
let server: Awaited<ReturnType<typeof startDataflowServer>>;
let clients: ReturnType<typeof createGoogleClients>;
let port: DataflowPort;

async function open(dataDir: string): Promise<void> {
  started = [];
  server = await startDataflowServer({
    dataDir,
    start: (site) => {
      started.push(new StubJob(site));
      return started.at(-1)!;
    },
  });
  clients = createGoogleClients(config, () => ({ endpoint: server.url, implementation: 'embedded' }), {});
  port = await dataflowPort(clients, config, 'us-central1');
}

beforeEach(() => open(mkdtempSync(join(folder, 'data-'))));
afterEach(async () => {
  await clients.close();
  await server.close();
});

const stateOf = (id: string) => expect.poll(async () => (await port.job(id)).state);

async function running(over: Partial<RunStreamInput> = {}) {
  const count = started.length;
  const job = (await port.launch(planned(over)))!;
  await expect.poll(() => started.length).toBe(count + 1);
  const stub = started.at(-1)!;
  stub.site.onRunning();
  await stateOf(job.id).toBe('RUNNING');
  return { job, stub };
}

it('asks for a launch as the API is declared', () => {
  const { name: jobName, template: containerSpecGcsPath, ...rest } = planned();
  const launchParameter = { jobName, containerSpecGcsPath, ...rest };
  const { LaunchFlexTemplateParameter } = protos.google.dataflow.v1beta3;
  const { validateOnly: _, ...declared } = launchParameter;
  const there = LaunchFlexTemplateParameter.toObject(LaunchFlexTemplateParameter.fromObject(declared), {
    enums: String,
  });
  // Nothing was left out as unknown, and each enumeration has the value.
  expect(there).toEqual(declared);
  expect(there.environment).toMatchObject({
    ipConfiguration: 'WORKER_IP_PRIVATE',
    streamingMode: 'STREAMING_MODE_AT_LEAST_ONCE',
    additionalUserLabels: { app: 'healthmon', kind: 'stream' },
  });
});

it('runs a job and drains it, with its messages and counters', async () => {
  const { job, stub } = await running();
  expect(job).toMatchObject({ name: 'vitals', state: 'QUEUED', labels: { app: 'healthmon' } });
  expect(stub.site.streaming).toBe(true);
  expect(stub.site.text).toContain('name: DecodeVitals');
  stub.site.onCounters({ received: 7, rejected: 2 });
  stub.site.onLine('JOB_MESSAGE_WARNING', 'slow');
  expect(await port.counters(job.id)).toEqual({ received: 7, rejected: 2 });
  expect((await port.messages(job.id, 'warning')).map(({ level, text }) => [level, text])).toEqual([
    ['warning', 'slow'],
  ]);
  await port.end(job.id, 'drain');
  await stateOf(job.id).toBe('DRAINING');
  expect(stub.drain).toHaveBeenCalledOnce();
  stub.end(0);
  await stateOf(job.id).toBe('DRAINED');
  expect((await port.job(job.id)).type).toBe('streaming');
});

it('hands on what a job says while it says it, each message once, to its end', async () => {
  const { job, stub } = await running();
  const said: string[] = [];
  const tools = { clients, config, signal: new AbortController().signal };
  const following = followMessages(port, job, 'warning', tools, (messages) =>
    said.push(...messages.map(({ text }) => text)),
  );
  // All of them in one second, which is as fine as the client asks.
  stub.site.onLine('JOB_MESSAGE_WARNING', 'one');
  await expect.poll(() => said).toEqual(['one']);
  stub.site.onLine('JOB_MESSAGE_BASIC', 'not asked for');
  stub.site.onLine('JOB_MESSAGE_WARNING', 'two');
  await expect.poll(() => said).toEqual(['one', 'two']);
  stub.end(1);
  await following;
  expect(said).toEqual(['one', 'two', 'The job ended with exit code 1.']);
});

it('cancels a job, and says that one which ends by itself has failed', async () => {
  const first = await running();
  await port.end(first.job.id, 'cancel');
  await stateOf(first.job.id).toBe('CANCELLED');
  const second = await running();
  second.stub.end(1);
  await stateOf(second.job.id).toBe('FAILED');
  const [said] = await port.messages(second.job.id, 'error');
  expect(said!.text).toBe('The job ended with exit code 1.');
  await expect(port.end(second.job.id, 'drain')).rejects.toMatchObject({ code: 'google-error' });
});

it('keeps a name to one job, which an update replaces', async () => {
  const { job, stub } = await running();
  await expect(port.launch(planned())).rejects.toThrow('launch the job vitals');
  await expect(port.launch(planned({ name: 'other', update: true }))).rejects.toMatchObject({
    code: 'not-provisioned',
  });
  const next = await running({ update: true });
  expect(stub.drain).toHaveBeenCalledOnce();
  stub.end(0);
  await stateOf(job.id).toBe('UPDATED');
  expect((await port.jobs('active')).map(({ id }) => id)).toEqual([next.job.id]);
  expect((await port.jobs('terminated', 'vitals')).map(({ id }) => id)).toEqual([job.id]);
});

it('checks a request without launching anything', async () => {
  expect(await port.launch(planned({ validateOnly: true }))).toBeUndefined();
  expect(await port.jobs('all')).toEqual([]);
  expect(started).toEqual([]);
});

it.each([
  ['a name that is none', { name: 'Vitals 7' }, 'is not valid'],
  [
    'a template that is not run here',
    { template: 'gs://dataflow-templates/latest/flex/Other' },
    'is not one of those',
  ],
  ['a parameter that there is not', { parameters: { yaml: 'x' } }, 'Unrecognized field "yaml" of parameters'],
  ['no text', { parameters: {} }, 'Exactly one of yaml_pipeline'],
  [
    'Jinja',
    { parameters: { yaml_pipeline: 'x', jinja_variables: '{}' } },
    'jinja_variables are not supported',
  ],
])('refuses %s', async (_what, over, message) => {
  const error: { detail?: string } = await port.launch({ ...planned(), ...over }).catch((reason) => reason);
  expect(error.detail).toContain(message);
});

it('refuses what it does not do by name, and pages of other origins', async () => {
  const get = (path: string, headers = {}) =>
    fetch(`${server.url}/v1b3/projects/p/locations/l/${path}`, { headers });
  expect((await get('jobs/x/executionDetails')).status).toBe(501);
  expect((await get('jobs/x')).status).toBe(404);
  expect((await get('jobs?filter=SOME')).status).toBe(400);
  expect((await get('jobs', { origin: 'https://example.com' })).status).toBe(403);
});

it('has failed jobs of before after it was stopped', async () => {
  const { job } = await running();
  await server.close();
  expect(started[0]!.cancel).toHaveBeenCalledOnce();
  const dataDir = join(started[0]!.site.folder, '..', '..');
  await clients.close();
  await open(dataDir);
  expect((await port.job(job.id)).state).toMatch(/^(FAILED|CANCELLED)$/);
});
