import type { Config } from '../../config/config.js';
import type { RowFailure } from '../bigtable/port.js';
import type { GoogleClients } from '../clients.js';
import { callsOf } from '../google-calls.js';

export interface InsertRow {
  /** BigQuery drops a row whose id it has seen within about a minute. At most 128 characters. */
  insertId: string;
  /** The row as the text of a JSON object. */
  json: string;
}

export interface InsertPort {
  /** Fails with "run healthmon provision" when the table does not exist. */
  check(): Promise<void>;
  /**
   * One insertAll request of at most 50,000 rows and 10 MB. Resolves to the rows that failed; rejects when the
   * request failed as a whole.
   */
  insertRows(rows: readonly InsertRow[]): Promise<RowFailure[]>;
}

/** Reasons of insertAll that say nothing against the row itself. */
export const INSERT_RETRYABLE_REASONS: readonly string[] = [
  'backendError',
  'internalError',
  'rateLimitExceeded',
  'quotaExceeded',
  'timeout',
  'tableUnavailable',
];

interface InsertResponse {
  insertErrors?: { index?: number | string; errors?: { reason?: string; location?: string }[] }[];
}

function requestBody(rows: readonly InsertRow[]): string {
  const parts = rows.map(({ insertId, json }) => `{"insertId":${JSON.stringify(insertId)},"json":${json}}`);
  return `{"rows":[${parts.join(',')}]}`;
}

/** `tabledata.insertAll` itself: the client's `table.insert` makes new insert ids whenever it repeats a row. */
export async function insertPort(
  clients: GoogleClients,
  config: Config,
  tableId: string,
): Promise<InsertPort> {
  const client = await clients.bigquery();
  const table = client.dataset(config.bigquery.dataset).table(tableId);
  return {
    check: () =>
      callsOf(clients)(`read the BigQuery table ${tableId}`, async () => {
        await table.getMetadata();
      }),
    async insertRows(rows) {
      const [response] = (await table.request({
        method: 'POST',
        uri: '/insertAll',
        // As text: the client copies and searches an object, value by value, for project placeholders.
        body: requestBody(rows),
        headers: { 'content-type': 'application/json' },
        // Repeating is the caller's, who pauses intake meanwhile; the client would hide an outage for seconds.
        maxRetries: 0,
      } as never)) as unknown as [InsertResponse];
      return (response.insertErrors ?? []).map(({ index, errors }) => {
        const { reason = 'unknown', location = '' } = errors?.[0] ?? {};
        return {
          index: Number(index ?? 0),
          reason: `BigQuery ${reason}${/^\w{1,300}$/.test(location) ? ` in ${location}` : ''}`,
          kind:
            reason === 'stopped'
              ? ('innocent' as const)
              : INSERT_RETRYABLE_REASONS.includes(reason)
                ? ('transient' as const)
                : ('rejected' as const),
        };
      });
    },
  };
}
