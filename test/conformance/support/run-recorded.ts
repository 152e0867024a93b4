import type { Query } from '@google-cloud/bigquery';
import type { RecordedCase, SchemaField } from './cases.js';
import { difference, printedRows } from './compare-recorded.js';
import { BUCKET, type Emulator, PROJECT, type WireResult } from './emulator.js';

interface WireError {
  code?: number;
  errors?: { reason?: string; message?: string; location?: string }[];
  message: string;
}

/** Runs one recorded case in a dataset of its own; throws with what differs. */
export async function runRecorded(item: RecordedCase, emulator: Emulator): Promise<void> {
  const datasetId = `conformance_${item.id.replace(/\W/g, '_')}`.slice(0, 120);
  const names = (text: string) =>
    text
      .replaceAll('${DATASET}', `${PROJECT}.${datasetId}`)
      .replaceAll('${DATASET_ID}', datasetId)
      .replaceAll('${PROJECT}', PROJECT)
      .replaceAll('${GCS_BUCKET}', BUCKET)
      .replaceAll('${PRINCIPAL}', 'user:reader@example.com')
      .replaceAll('${OTHER_PRINCIPAL}', 'user:somebody-else@example.com')
      .replaceAll('${GROUP}', 'group:analysts@example.com');
  const dataset = emulator.client.dataset(datasetId);
  await dataset.create();
  try {
    if (item.setup !== undefined) await emulator.run({ query: names(item.setup) });
    for (const request of item.setup_rest ?? []) await send(emulator, request, names);
    if (item.expected_error) await expectError(item, emulator, names);
    else await expectRows(item, emulator, names);
  } finally {
    for (const id of [datasetId, `${datasetId}_views`]) {
      await emulator.client
        .dataset(id)
        .delete({ force: true })
        .catch(() => undefined);
    }
  }
}

async function send(
  { server }: Emulator,
  { method, path, body }: NonNullable<RecordedCase['setup_rest']>[number],
  names: (text: string) => string,
): Promise<void> {
  const response = await fetch(`${server.url}${names(path)}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: names(JSON.stringify(body)),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}

function callerOf({ headers }: RecordedCase, names: (text: string) => string) {
  if (headers === undefined) return undefined;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, names(value)]));
}

async function expectRows(
  item: RecordedCase,
  emulator: Emulator,
  names: (text: string) => string,
): Promise<void> {
  const result = await emulator.run(jobOf(item, names), callerOf(item, names));
  const schema = JSON.stringify(result.schema.map(withoutElementType));
  const expectedSchema = JSON.stringify(item.expected_schema ?? []);
  if (schema !== expectedSchema) throw new Error(`schema ${schema} instead of ${expectedSchema}`);
  const found = difference(printedRows(result), item.expected_rows ?? [], result.schema, item.ordered);
  if (found) throw new Error(found);
  for (const [what, expected, actual] of metadata(item, result)) {
    if (expected !== undefined && actual !== expected)
      throw new Error(`${what} ${actual} instead of ${expected}`);
  }
}

/** The recordings leave out what a range is of. */
function withoutElementType({ rangeElementType: _, ...field }: SchemaField): SchemaField {
  return field;
}

function metadata(item: RecordedCase, result: WireResult): [string, unknown, unknown][] {
  const { statement_type, num_dml_affected_rows, ddl_operation_performed, cache_hit } =
    item.job_metadata ?? {};
  return [
    ['statement type', statement_type, result.statementType],
    ['rows affected', num_dml_affected_rows, Number(result.numDmlAffectedRows)],
    ['DDL operation', ddl_operation_performed, result.ddlOperationPerformed],
    // Scripts have no cache and leave the field out.
    ['cache hit', cache_hit, result.cacheHit ?? false],
  ];
}

async function expectError(
  item: RecordedCase,
  emulator: Emulator,
  names: (text: string) => string,
): Promise<void> {
  const expected = item.expected_error!;
  let failure: WireError | undefined;
  try {
    await emulator.run(jobOf(item, names), callerOf(item, names));
  } catch (error) {
    failure = error as WireError;
  }
  if (!failure) throw new Error(`no error instead of ${expected.message_pattern}`);
  const [first] = failure.errors ?? [];
  const message = first?.message ?? failure.message;
  if (!new RegExp(expected.message_pattern).test(message)) {
    throw new Error(`message ${message} instead of ${expected.message_pattern}`);
  }
  if (first?.reason !== expected.reason)
    throw new Error(`reason ${first?.reason} instead of ${expected.reason}`);
}

function jobOf(item: RecordedCase, names: (text: string) => string): Query {
  const config = item.job_config ?? {};
  const query: Query = { query: names(item.sql) };
  if (config.use_query_cache !== undefined) query.useQueryCache = config.use_query_cache;
  if (config.labels) query.labels = config.labels;
  if (config.job_timeout_ms !== undefined) query.jobTimeoutMs = config.job_timeout_ms;
  if (config.connection_properties) query.connectionProperties = config.connection_properties;
  if (config.write_disposition) query.writeDisposition = config.write_disposition;
  const raw: Record<string, unknown> = query as Record<string, unknown>;
  if (config.time_partitioning) raw['timePartitioning'] = config.time_partitioning;
  if (config.destination) {
    const [projectId, datasetId, tableId] = names(config.destination).split('.');
    raw['destinationTable'] = { projectId, datasetId, tableId };
  }
  if (item.parameters) {
    raw['parameterMode'] = item.parameters.mode.toUpperCase();
    raw['queryParameters'] = item.parameters.parameters.map(parameterOf);
  }
  return query;
}

export function parameterOf(parameter: NonNullable<RecordedCase['parameters']>['parameters'][number]) {
  const type = typeof parameter.type === 'string' ? { type: parameter.type } : parameter.type;
  const value = Array.isArray(parameter.value)
    ? { arrayValues: parameter.value.map((item) => ({ value: String(item) })) }
    : { value: parameter.value === null ? null : String(parameter.value) };
  return { ...(parameter.name ? { name: parameter.name } : {}), parameterType: type, parameterValue: value };
}
