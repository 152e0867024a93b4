import type { SchemaField } from './cases.js';
import { difference, printedRows } from './compare-recorded.js';
import { type Emulator, PROJECT, type WireResult } from './emulator.js';

/** A small case that was once answered wrongly, its types and values as the language writes them. */
export interface FoundCase {
  id: string;
  setup?: string;
  sql: string;
  job?: { destinationTable?: string; writeDisposition?: string };
  expected_schema?: { name: string; type: string }[];
  expected_rows?: unknown[][];
  expected_error?: string;
}

/** A case met in the field; those of other parts of the system have no SQL. */
export interface FieldCase {
  id: string;
  area: string;
  input: unknown;
  want: unknown;
}

/** Runs a case in a dataset of its own; throws with what differs. */
export async function runFound(item: FoundCase, emulator: Emulator): Promise<void> {
  const datasetId = `found_${item.id.replace(/\W/g, '_')}`;
  const name = (text: string) =>
    text
      .replaceAll('${DS}', datasetId)
      .replaceAll('${D}', `${PROJECT}.${datasetId}`)
      .replaceAll('${P}', PROJECT);
  const dataset = emulator.client.dataset(datasetId);
  await dataset.create();
  try {
    if (item.setup !== undefined) await emulator.run({ query: name(item.setup) });
    const query = { query: name(item.sql), ...destination(item, name) };
    if (item.expected_error === undefined) checkRows(item, await emulator.run(query));
    else await checkError(item.expected_error, emulator.run(query));
  } finally {
    await dataset.delete({ force: true }).catch(() => undefined);
  }
}

function destination({ job }: FoundCase, name: (text: string) => string): object {
  if (job?.destinationTable === undefined) return {};
  const [projectId, datasetId, tableId] = name(job.destinationTable).split('.');
  return { destinationTable: { projectId, datasetId, tableId }, writeDisposition: job.writeDisposition };
}

function checkRows(item: FoundCase, result: WireResult): void {
  const schema = result.schema.map((field) => `${field.name} ${typeText(field)}`).join(', ');
  const wanted = (item.expected_schema ?? [])
    .map(({ name, type }) => `${name} ${type.replace(/RANGE<\w+>/, 'RANGE')}`)
    .join(', ');
  if (item.expected_schema && schema !== wanted) throw new Error(`schema ${schema} instead of ${wanted}`);
  const rows = (item.expected_rows ?? []).map((row) => named(row, result.schema));
  const found = difference(printedRows(result), rows, result.schema, true);
  if (found !== undefined) throw new Error(found);
}

async function checkError(wanted: string, run: Promise<WireResult>): Promise<void> {
  const failure = await run.then(
    (result) => new Error(`rows ${JSON.stringify(result.rows)} instead of an error`),
    (error: Error & { errors?: { message?: string }[] }) => error.errors?.[0]?.message ?? error.message,
  );
  if (failure instanceof Error) throw failure;
  if (!failure.includes(wanted)) throw new Error(`${failure} instead of ${wanted}`);
}

const STANDARD: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' };

/** Of a RANGE the element is left out, as the results of the client do. */
function typeText(field: SchemaField): string {
  let text = STANDARD[field.type] ?? field.type;
  if (field.fields !== undefined) {
    text = `STRUCT<${field.fields.map((inner) => `${inner.name} ${typeText(inner)}`).join(', ')}>`;
  }
  return field.mode === 'REPEATED' ? `ARRAY<${text}>` : text;
}

/** A row as the recordings have it: by names, where these cases list values in order. */
function named(row: unknown[], fields: SchemaField[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field, index) => [field.name, namedValue(row[index], field)]));
}

function namedValue(value: unknown, field: SchemaField): unknown {
  if (value === null) return field.mode === 'REPEATED' ? [] : null;
  if (field.mode === 'REPEATED' && Array.isArray(value)) {
    return value.map((item) => namedValue(item, { ...field, mode: 'NULLABLE' }));
  }
  if (field.fields !== undefined && Array.isArray(value)) return named(value, field.fields);
  return value;
}
