import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { type BigQueryServer, startBigQueryServer } from '../../../src/emulators/bigquery/server/index.js';

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

export interface RawResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, looked into by assertions only
  body: any;
}

/** A request without any client in between. */
export async function request(
  server: BigQueryServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RawResponse> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
