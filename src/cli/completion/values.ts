import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type Config, resolveConfig } from '../../config/config.js';
import { makePrivateFolder, writePrivateFile } from '../../emulators/supervisor/private-state.js';
import { readState, stackNames, stackPath, stateRoot } from '../../emulators/supervisor/state.js';
import { SOURCES, type Source } from './sources.js';

interface Surroundings {
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** A person waits for the next key: an emulator that takes longer is not asked further. */
const TIMEOUT_MS = 50;
const MAX_VALUES = 100;

/**
 * Values that begin with a prefix, for the Tab key: from the state folder, or by plain REST from the emulators. Loads
 * no client, never starts anything, and gives nothing rather than an error.
 */
export async function completionValues(
  source: string,
  prefix: string,
  around: Surroundings,
): Promise<string[]> {
  try {
    if (!(SOURCES as readonly string[]).includes(source)) return [];
    const values = await FINDERS[source as Source](around, prefix);
    // A control character would end up in somebody's command line.
    const usable = values.filter((value) => value.startsWith(prefix) && !/\p{Cc}/u.test(value));
    return [...new Set(usable)].sort().slice(0, MAX_VALUES);
  } catch {
    return [];
  }
}

/** Keeps the ids that a listing showed: looking them up means to pull from the subscription. */
export function rememberDeadLetters(around: Surroundings, ids: readonly string[]): void {
  try {
    makePrivateFolder(stateRoot(around));
    writePrivateFile(deadLettersFile(around), ids.slice(0, MAX_VALUES).join('\n'));
  } catch {
    // Completion goes without.
  }
}

const FINDERS: Record<Source, (around: Surroundings, prefix: string) => Promise<string[]>> = {
  async snapshots(around) {
    const found = readdirSync(join(stateRoot(around), 'snapshots'), { withFileTypes: true });
    return found
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  },
  stacks: async (around) => stackNames(around),
  'dead-letters': async (around) => readFileSync(deadLettersFile(around), 'utf8').split('\n').filter(Boolean),
  'bigquery-tables': (around) => bigQueryNames(around, 'tables', 'tableReference', 'tableId'),
  models: (around) => bigQueryNames(around, 'models', 'modelReference', 'modelId'),
  async patients(around, prefix) {
    const { config, url } = bigQuery(around);
    const { dataset, batchTable } = config.bigquery;
    const answer = await call('POST', `${url}/queries`, {
      query: `SELECT DISTINCT CAST(admission.Patient_ID AS STRING) AS id FROM \`${dataset}.${batchTable}\` AS admission
        WHERE STARTS_WITH(CAST(admission.Patient_ID AS STRING), @prefix) ORDER BY id LIMIT ${MAX_VALUES}`,
      useLegacySql: false,
      parameterMode: 'NAMED',
      queryParameters: [
        { name: 'prefix', parameterType: { type: 'STRING' }, parameterValue: { value: prefix } },
      ],
    });
    return ((answer.rows ?? []) as { f: { v: string }[] }[]).map(({ f }) => f[0]!.v);
  },
  async tables(around) {
    const config = localConfig(around);
    const base = around.env.SPANNER_EMULATOR_REST || serviceUrl(around, 'spanner');
    const { instance, database } = config.spanner;
    const sessions = `${base}/v1/projects/${config.project}/instances/${instance}/databases/${database}/sessions`;
    const { name } = await call('POST', sessions, {});
    const answer = await call('POST', `${base}/v1/${name}:executeSql`, {
      sql: "SELECT table_name FROM information_schema.tables WHERE table_schema = ''",
    });
    await call('DELETE', `${base}/v1/${name}`).catch(() => {});
    return ((answer.rows ?? []) as string[][]).map(([table]) => table!);
  },
};

async function bigQueryNames(
  around: Surroundings,
  collection: string,
  reference: string,
  id: string,
): Promise<string[]> {
  const { config, url } = bigQuery(around);
  const answer = await call('GET', `${url}/datasets/${config.bigquery.dataset}/${collection}`);
  const entries = (answer[collection] ?? []) as Record<string, Record<string, string>>[];
  return entries.map((entry) => entry[reference]![id]!);
}

function bigQuery(around: Surroundings): { config: Config; url: string } {
  const config = localConfig(around);
  const base = around.env.BIGQUERY_EMULATOR_HOST || serviceUrl(around, 'bigquery');
  return { config, url: `${base}/bigquery/v2/projects/${config.project}` };
}

/** Google Cloud is not asked: that takes credentials and more time than the Tab key has. */
function localConfig({ env, cwd }: Surroundings): Config {
  const config = resolveConfig({ flags: {}, env, cwd });
  if (config.target !== 'local') throw new Error('only the local target is asked');
  return config;
}

function serviceUrl(around: Surroundings, name: 'bigquery' | 'spanner'): string {
  const service = readState(stackPath(around))?.services.find((each) => each.name === name);
  if (service === undefined) throw new Error(`${name} does not run`);
  return `http://${service.host}:${service.restPort ?? service.port}`;
}

function call(method: string, url: string, body?: object): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body && { headers: { 'content-type': 'application/json' } }),
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => {
        try {
          resolve(JSON.parse(text || '{}'));
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.end(body && JSON.stringify(body));
  });
}

function deadLettersFile(around: Surroundings): string {
  return join(stateRoot(around), 'dead-letters.seen');
}
