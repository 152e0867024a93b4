import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Config } from '../../config/config.js';
import { liveAdmins } from '../../gcp/admins.js';
import { openSpannerData } from '../../gcp/spanner/data.js';
import { type StoragePort, storagePort } from '../../gcp/storage/port.js';
import { quoted, spannerColumns } from '../../schema/spanner-ddl.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { expandSources } from '../load/expand.js';
import { type LoadRequest, schemasOf } from '../load/load-request.js';
import { runLoad } from '../load/run-load.js';
import { provision } from '../provision/provision.js';
import { planTeardown } from '../provision/teardown.js';
import { type Comparison, compareStored, type StoredTexts } from './compare.js';
import { damagedFiles } from './damaged-files.js';
import type { LaunchTools } from './jobs.js';
import type { Machines } from './launch.js';
import { runLoadJob } from './run-load-job.js';

export interface VerifyLoadInput extends Machines {
  /** Without files some are made, with damaged rows among them. */
  request: LoadRequest;
  /** Rows and seed of those that are made. */
  rows: number;
  seed: number;
  /** Leaves everything that was made. */
  keep: boolean;
}

export interface VerifyLoadResult extends Comparison<'rows' | 'rejects'> {
  table: string;
  rowsRead: number;
  rowsRejected: number;
  jobId: string;
  /** Databases and folder that are still there; null when they were removed. */
  kept: { databases: string[]; files: string } | null;
  seconds: number;
}

type Tools = LaunchTools & { cwd: string };

/**
 * Loads the same files by `load` and by a job, each into a database of its own, and compares rows and reject files.
 * Removes all of it again.
 */
export async function verifyLoad(
  input: VerifyLoadInput,
  tools: Tools,
  onStep: (step: string) => void,
): Promise<VerifyLoadResult> {
  const startedMs = performance.now();
  const tag = randomBytes(3).toString('hex');
  const [worker, job] = [
    databaseOf(tools.config, `verify-${tag}-load`),
    databaseOf(tools.config, `verify-${tag}-job`),
  ];
  const folder = `jobs/verify/${tag}`;
  const scratch = await mkdtemp(join(tmpdir(), 'healthmon-verify-'));
  const tidyUp = async () => {
    onStep('tidying up');
    await rm(scratch, { recursive: true, force: true });
    if (!input.keep) await removeAll([worker, job], folder, tools);
  };
  let compared: Awaited<ReturnType<typeof compare>>;
  try {
    compared = await compare(
      input,
      { worker, job, folder, scratch, name: `healthmon-verify-${tag}` },
      tools,
      onStep,
    );
  } catch (error) {
    // What went wrong first is what is told.
    await tidyUp().catch(() => {});
    throw error;
  }
  await tidyUp();
  const { bucket } = tools.config.storage;
  return {
    ...compared,
    kept: input.keep
      ? {
          databases: [worker, job].map(({ spanner }) => spanner.database),
          files: `gs://${bucket}/${folder}/`,
        }
      : null,
    seconds: (performance.now() - startedMs) / 1000,
  };
}

function databaseOf(config: Config, database: string): Config {
  return { ...config, spanner: { ...config.spanner, database } };
}

interface Places {
  worker: Config;
  job: Config;
  /** Of the files, in the bucket. */
  folder: string;
  /** Of reject files, on this machine. */
  scratch: string;
  name: string;
}

async function compare(
  input: VerifyLoadInput,
  { worker, job, folder, scratch, name }: Places,
  tools: Tools,
  onStep: (step: string) => void,
) {
  const { clients, config, signal } = tools;
  onStep('making databases');
  const [schema] = await schemasOf(input.request, { ...tools, clients: async () => clients });
  for (const each of [worker, job]) {
    const schemas = schema!.name === 'PatientInfo' ? [] : [schema!];
    await provision(liveAdmins(clients, each), each, { only: ['storage', 'spanner'], schemas, signal });
  }
  const storage = await storagePort(clients, config);
  const files = await putFiles(input, folder, storage, tools);
  // Both have the files by the same names, which stand in what is said of their rows.
  const request: LoadRequest = { ...input.request, files };
  onStep('loading');
  const loaded = await runLoad(request, {
    ...{ config: worker, cwd: scratch, stdin: process.stdin, signal },
    clients: async () => clients,
    now: () => new Date(),
    onProgress: () => {},
    onWait: () => {},
  });
  const ran = await runLoadJob(
    { ...input, name, request, validateOnly: false, wait: 'done' },
    { ...tools, config: job, cwd: scratch },
    (state) => onStep(`the job is ${state}`),
  );
  onStep('comparing');
  const [expected, found] = [
    {
      rows: await readRows(schema!, worker, tools),
      rejects: await rejectLines(loaded.rejectsFiles, (file) => readFile(file)),
    },
    {
      rows: await readRows(schema!, job, tools),
      rejects: await rejectLines(ran.rejects, (file) => readObject(storage, file)),
    },
  ];
  return {
    table: schema!.spannerTable,
    rowsRead: loaded.rowsRead,
    rowsRejected: loaded.rowsRejected,
    jobId: ran.jobId!,
    ...compareStored(expected, found),
  };
}

/** Puts the files into the bucket, or those that are made. @returns their `gs://` names */
async function putFiles(
  { request, rows, seed }: VerifyLoadInput,
  folder: string,
  storage: StoragePort,
  { config, cwd, signal }: Tools,
): Promise<string[]> {
  const put = async (name: string, bytes: Readable) => {
    const contentType = 'application/octet-stream';
    await storage.upload(`${folder}/${name}`, bytes, { contentType });
    return `gs://${config.storage.bucket}/${folder}/${name}`;
  };
  const names: string[] = [];
  if (request.files.length === 0) {
    for (const { name, bytes } of damagedFiles(rows, seed))
      names.push(await put(name, Readable.from([bytes])));
    return names;
  }
  const sources = await expandSources(request.files, {
    cwd,
    stdin: process.stdin,
    storage: async () => storage,
    signal,
  });
  try {
    for (const [index, source] of sources.entries()) {
      names.push(await put(`${index}-${source.stem}.csv`, source.bytes()));
    }
  } finally {
    for (const source of sources) await source.dispose();
  }
  return names;
}

/** All rows by key, but for when they were written. */
async function readRows(schema: TableSchema, config: Config, { clients }: Tools): Promise<StoredTexts> {
  const data = await openSpannerData(clients, config);
  const columns = spannerColumns(schema).filter(({ filledBy }) => filledBy !== 'commit-timestamp');
  const keys = schema.primaryKey.map((name) => columns.findIndex((column) => column.name === name));
  const list = columns.map(({ name }) => quoted(name)).join(', ');
  const { pages } = await data.snapshot(`SELECT ${list} FROM ${quoted(schema.spannerTable)}`);
  const rows = new Map<string, string[]>();
  for await (const page of pages) {
    for (const row of page) rows.set(JSON.stringify(keys.map((at) => row[at])), [JSON.stringify(row)]);
  }
  return rows;
}

/** Each line of reject files, by file and number. */
async function rejectLines(
  files: readonly string[],
  read: (file: string) => Promise<Buffer>,
): Promise<StoredTexts> {
  const lines = new Map<string, string[]>();
  for (const file of files) {
    const text = (await read(file)).toString('latin1');
    for (const [index, line] of text.split('\n').entries())
      lines.set(`${basename(file)}:${index + 1}`, [line]);
  }
  return lines;
}

async function readObject(storage: StoragePort, file: string): Promise<Buffer> {
  const [, bucket, name] = /^gs:\/\/([^/]+)\/(.+)$/.exec(file)!;
  const version = await storage.stat(name!, bucket);
  const chunks: Buffer[] = [];
  if (version !== undefined) for await (const chunk of storage.read(version)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function removeAll(
  configs: readonly Config[],
  folder: string,
  { clients, config }: Tools,
): Promise<void> {
  const storage = await storagePort(clients, config);
  for (const { name } of await storage.list(`${folder}/`)) await storage.remove(name);
  for (const each of configs) {
    for (const { apply } of await planTeardown(clients, each, ['spanner'])) await apply();
  }
}
