import { spawn } from 'node:child_process';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { type BigQueryServer, startBigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { bigquery } from '../../../src/emulators/bigquery/service.js';
import { builtScript } from '../../../src/emulators/built-script.js';
import { NODE_OPTIONS } from '../../../src/emulators/supervisor/planning.js';

import { request } from '../../helpers/raw-request.js';

export { type RawResponse, request } from '../../helpers/raw-request.js';

export const PROJECT = 'test-project';

/** The emulator in this process, without persistence unless `dataDir` is given. */
export function startEmulator(
  options: Parameters<typeof startBigQueryServer>[0] = {},
): Promise<BigQueryServer> {
  return startBigQueryServer({ projectId: PROJECT, threads: 2, ...options });
}

/** The official client, pointed at the emulator. */
export function clientOf(server: BigQueryServer): BigQuery {
  return new BigQuery({
    projectId: PROJECT,
    apiEndpoint: server.url,
    // With no credentials on the machine uploads through the client fail before they are sent.
    authClient: new PassThroughClient(),
  });
}

export interface Child {
  server: BigQueryServer;
  pid: number;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  endInput(): Promise<number | null>;
}

/** The emulator as a process of its own, as the supervisor starts it. */
export async function startProcess(args: string[] = []): Promise<Child> {
  const { env } = bigquery.embedded!;
  const script = [...NODE_OPTIONS, builtScript('bigquery/main.js'), '--project', PROJECT, ...args];
  const child = spawn(process.execPath, script, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString()));
    child.once('exit', () => reject(new Error('the emulator ended before it was ready')));
  });
  const { url, host, port } = JSON.parse(line) as { url: string; host: string; port: number };
  return {
    server: { url, host, port, close: async () => undefined },
    pid: child.pid!,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
    endInput: () => {
      child.stdin.end();
      return exited;
    },
  };
}

/** How a query ended: `done`, `reason: message`, or `running` when the deadline came first. */
export async function answerOf(
  server: { url: string },
  sql: string,
  deadlineMs: number,
  project = PROJECT,
): Promise<string> {
  const { body } = await request(server, 'POST', `/bigquery/v2/projects/${project}/queries`, {
    query: sql,
    useLegacySql: false,
    timeoutMs: deadlineMs,
  });
  if (body.error) return `${body.error.errors[0].reason}: ${body.error.message}`;
  return body.jobComplete ? 'done' : 'running';
}
