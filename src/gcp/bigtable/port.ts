import type { v2 } from '@google-cloud/bigtable';
import type { Config } from '../../config/config.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { BigtableTable } from '../../schema/bigtable-columns.js';
import type { GoogleClients } from '../clients.js';
import { callsOf } from '../google-calls.js';
import { GRPC } from '../google-errors.js';
import { intercepted, sendBytes } from '../interceptors.js';
import { BIGTABLE_RETRYABLE } from './retryable.js';
import {
  type CellRemoval,
  type ConditionalCell,
  type RowRange,
  readRows,
  removeCells,
  type StoredRow,
  setIfUnchanged,
} from './rows.js';
import { encodeMutateRows } from './wire.js';

export interface BigtableCell {
  qualifier: Buffer;
  value: Buffer;
}

/** Cells of one row, all with the same timestamp, so that writing them again changes nothing. */
export interface BigtableRow {
  key: string;
  timestampMs: number;
  cells: BigtableCell[];
  /** When it is not the usual one of the port. */
  family?: string | undefined;
}

/** A row that was not stored although its request was answered. */
export interface RowFailure {
  /** Position in the rows that were given. */
  index: number;
  /** Short and without values, for logs and dead letters. */
  reason: string;
  /** `innocent`: refused only because of another row, and to be sent again without it. */
  kind: 'rejected' | 'transient' | 'innocent';
}

export interface BigtablePort {
  /** Fails with "run healthmon provision" when the table or a family does not exist. */
  check(): Promise<void>;
  /**
   * One MutateRows request of at most 100,000 cells. Resolves to the rows that failed; rejects when the request
   * failed as a whole, after which any of the rows may be stored.
   */
  mutateRows(rows: readonly BigtableRow[]): Promise<RowFailure[]>;
  /** At most `limit` rows of one range or several, in the order of their keys, with the newest cells of the families (default: all). */
  readRows(
    ranges: RowRange | readonly RowRange[],
    options: { limit: number; families?: readonly string[] },
  ): Promise<StoredRow[]>;
  /** Sets a cell if it is as expected, in one step. False when it was not, and nothing was changed. */
  setIfUnchanged(cell: ConditionalCell): Promise<boolean>;
  removeCells(removal: CellRemoval): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * A port for one table. The first of the families is the usual one of what is written.
 *
 * The generated client instead of `Table.mutate`: that one reports failed rows without their position, retries
 * only within half a second, and spends three times the CPU on each row.
 */
export async function bigtablePort(
  clients: GoogleClients,
  config: Config,
  { name: table, families }: BigtableTable,
): Promise<BigtablePort> {
  const bigtable = await clients.bigtable();
  const { v2 } = await import('@google-cloud/bigtable');
  const { instance } = config.bigtable;
  const tableName = `projects/${config.project}/instances/${instance}/tables/${table}`;
  const options = (bigtable.options as Record<string, unknown>).BigtableClient;
  const client: v2.BigtableClient = new v2.BigtableClient(
    options as ConstructorParameters<typeof v2.BigtableClient>[0],
  );
  clients.onClose(() => client.close());
  const checked = bigtable.instance(instance).table(table);
  const run = callsOf(clients);
  return {
    check: () =>
      run(`read the Bigtable table ${table}`, async () => {
        const [metadata] = await checked.getMetadata({ view: 'schema' } as never);
        const found = (metadata as { columnFamilies?: object }).columnFamilies ?? {};
        const missing = families.find((family) => !Object.hasOwn(found, family));
        if (missing !== undefined) throw familyMissing(table, missing);
      }),
    mutateRows: (rows) => mutateRows(client, tableName, families[0], rows),
    readRows: (ranges, options) =>
      run(`read the Bigtable table ${table}`, () => readRows(client, tableName, [ranges].flat(), options)),
    setIfUnchanged: (cell) =>
      run(`write to the Bigtable table ${table}`, () => setIfUnchanged(client, tableName, cell)),
    removeCells: (removal) =>
      run(`write to the Bigtable table ${table}`, () => removeCells(client, tableName, removal)),
  };
}

function familyMissing(table: string, family: string): HealthmonError {
  return new HealthmonError({
    code: 'not-provisioned',
    message: `The Bigtable table ${table} has no column family ${family}.`,
    suggestion: 'Run "healthmon provision".',
    exitCode: 3,
  });
}

interface MutateRowsResponse {
  entries?: {
    index?: string | number | null;
    status?: { code?: number | null; message?: string | null } | null;
  }[];
}

function mutateRows(
  client: v2.BigtableClient,
  tableName: string,
  family: string,
  rows: readonly BigtableRow[],
): Promise<RowFailure[]> {
  const bytes = encodeMutateRows(tableName, family, rows);
  return new Promise((resolve, reject) => {
    const failures: RowFailure[] = [];
    let answered = 0;
    // Retrying is the caller's, who knows which rows are left.
    const stream = client.mutateRows(
      { tableName },
      {
        timeout: REQUEST_TIMEOUT_MS,
        otherArgs: intercepted(sendBytes(bytes)),
        maxRetries: 0,
        retryRequestOptions: { retries: 0, noResponseRetries: 0 },
      },
    );
    stream.on('data', (response: MutateRowsResponse) => {
      for (const { index, status } of response.entries ?? []) {
        answered++;
        const code = status?.code ?? 0;
        if (code === 0) continue;
        const kind = BIGTABLE_RETRYABLE.includes(code) ? 'transient' : 'rejected';
        failures.push({ index: Number(index ?? 0), reason: `Bigtable status ${code}`, kind });
      }
    });
    stream.on('error', reject);
    stream.on('end', () => {
      if (answered === rows.length) resolve(failures);
      else
        reject(Object.assign(new Error('Bigtable did not answer for every row'), { code: GRPC.unavailable }));
    });
  });
}
