import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { type BigQueryServer, startBigQueryServer } from '../../../src/emulators/bigquery/server/index.js';

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
