import type { Config } from '../../config/config.js';
import { usageError } from '../../errors/healthmon-error.js';
import { type BigQueryPort, bigQueryPort } from '../../gcp/bigquery/port.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { quoted, spannerColumns } from '../../schema/spanner-ddl.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { bigQueryTableOf, requireDataset, type SyncResult } from './sync.js';

/** BigQuery does not tell which moment it read. */
export type FederatedResult = Omit<SyncResult, 'snapshotTime'> & { snapshotTime: null };

export interface FederatedSync {
  schema: TableSchema;
  /** Connection of BigQuery to the database: its name, or `project.location.name`. */
  connection: string;
}

const CONNECTION = /^(?:([a-z][a-z0-9:.-]{4,}[a-z0-9])\.([a-z0-9-]+)\.)?([A-Za-z0-9_-]+)$/;

/**
 * The statement by which BigQuery itself reads the table of Spanner. One MERGE, because it replaces all rows at once or none
 * and leaves columns, partitions and descriptions of the table as they are.
 */
export function federatedStatement(
  { project, location, bigquery }: Config,
  { schema, connection }: FederatedSync,
  table: string,
): string {
  const [match, owner = project, place = location, name] = CONNECTION.exec(connection) ?? [];
  if (match === undefined) {
    throw usageError({
      code: 'invalid-option',
      message: `The value "${connection}" of --connection is not valid.`,
      suggestion: 'Give the name of a connection, or PROJECT.LOCATION.NAME.',
    });
  }
  const columns = spannerColumns(schema).map((field) => quoted(field.name));
  const list = columns.join(', ');
  const read = `SELECT ${list} FROM ${quoted(schema.spannerTable)}`;
  return [
    `MERGE INTO \`${project}.${bigquery.dataset}.${table}\``,
    `USING (SELECT ${list} FROM EXTERNAL_QUERY('${owner}.${place}.${name}', ${textLiteral(read)})) AS source`,
    'ON FALSE',
    `WHEN NOT MATCHED BY TARGET THEN INSERT (${list}) VALUES (${columns.map((column) => `source.${column}`).join(', ')})`,
    'WHEN NOT MATCHED BY SOURCE THEN DELETE',
  ].join('\n');
}

function textLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Has BigQuery copy a table from Spanner; nothing of it passes this machine. */
export async function syncFederated(
  clients: GoogleClients,
  config: Config,
  input: FederatedSync,
  signal: AbortSignal,
): Promise<FederatedResult> {
  if (clients.local) {
    throw usageError({
      code: 'unsupported',
      message: 'The local BigQuery reads no Spanner: EXTERNAL_QUERY needs a connection of Google Cloud.',
      suggestion: 'Leave --method out: the copy is the same.',
    });
  }
  await requireDataset(clients, config);
  return runFederated(await bigQueryPort(clients), config, input, signal);
}

export async function runFederated(
  bigquery: BigQueryPort,
  config: Config,
  input: FederatedSync,
  signal: AbortSignal,
): Promise<FederatedResult> {
  const startedMs = performance.now();
  const table = bigQueryTableOf(input.schema, config);
  const { insertedRows } = await bigquery.query(federatedStatement(config, input, table), {
    signal,
    doing: `copy ${input.schema.spannerTable} into ${table}`,
  });
  return { table, rows: insertedRows, snapshotTime: null, seconds: (performance.now() - startedMs) / 1000 };
}
