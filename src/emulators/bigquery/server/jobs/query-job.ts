import { createHash, randomUUID } from 'node:crypto';
import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { cancelled, notImplemented, SqlError } from '../../../googlesql/errors.js';
import type { Statement } from '../../../googlesql/syntax/ast.js';
import { parseScript } from '../../../googlesql/syntax/parser.js';
import type { DatasetRef, JsonObject, TableRef } from '../../catalog/entries.js';
import { checkDatasetId } from '../../catalog/names.js';
import type { Caller } from '../../catalog/row-access.js';
import { BigQueryError } from '../../errors.js';
import type {
  ExecuteRequest,
  ExecuteResult,
  QueryParameter,
  ScriptChild,
} from '../../statements/execution.js';
import { checkedTimeZone } from '../../statements/script/variables.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  checkMembers,
  choiceField,
  integerField,
  objectField,
  objectListField,
  requiredText,
  textField,
} from '../http/body.js';
import { type Destination, destinationTable, readDestination } from '../resources/destination.js';
import { present } from '../resources/resources.js';
import type { ServerContext } from '../server-context.js';
import type { Job, NewJob } from './job.js';
import { readParameters } from './query-parameters.js';
import type { QueryRows } from './result-tables.js';
import { writeRows } from './table-writer.js';

const MEBIBYTE = 1024 * 1024;
/** The service bills at least this much for a query that reads anything. */
const MIN_BYTES_BILLED = 10 * MEBIBYTE;

export const QUERY_SHAPE: BodyShape = {
  name: 'configuration.query',
  supported: [
    'query',
    'useLegacySql',
    'destinationTable',
    'createDisposition',
    'writeDisposition',
    'defaultDataset',
    'priority',
    'queryParameters',
    'parameterMode',
    'useQueryCache',
    'maximumBytesBilled',
    'maximumBillingTier',
    'timePartitioning',
    'rangePartitioning',
    'clustering',
    'schemaUpdateOptions',
    'createSession',
    'connectionProperties',
    // Only legacy SQL heeds these, and without them nothing changes.
    'allowLargeResults',
    'flattenResults',
    'preserveNulls',
    'tableDefinitions',
    'writeIncrementalResults',
  ],
  // Options of the Node client itself, which it sends along with the query.
  outputOnly: ['types', 'maxResults', 'pageToken', 'wrapIntegers', 'parseJSON', 'formatOptions', 'job'],
  unsupported: [
    'userDefinedFunctionResources',
    'destinationEncryptionConfiguration',
    'scriptOptions',
    'systemVariables',
    'continuous',
    // The Node client leaves it here when it is false.
    'dryRun',
  ],
};

export interface QueryOptions {
  sql: string;
  projectId: string;
  defaultDataset?: DatasetRef;
  destination?: Destination;
  parameters: QueryParameter[];
  externalTables?: Record<string, JsonObject>;
  useQueryCache: boolean;
  maximumBytesBilled?: number;
  createSession: boolean;
  sessionId?: string;
  /** The project of datasets that are named without one. */
  datasetProjectId?: string;
  timeZone?: string;
  location?: string;
  caller: Caller;
}

/** Reads `configuration.query`, or the body of jobs.query, which has the same names. */
export function readQueryOptions(
  query: JsonObject,
  projectId: string,
  location: string | undefined,
  caller: Caller,
): QueryOptions {
  const sql = requiredText(query, 'query');
  if (booleanField(query, 'useLegacySql') === true || /^\s*#legacySQL\b/i.test(sql)) {
    throw notImplemented('Legacy SQL', 'useLegacySql');
  }
  choiceField(query, 'priority', ['INTERACTIVE', 'BATCH']);
  choiceField(query, 'parameterMode', ['NAMED', 'POSITIONAL']);
  const externalTables = objectField(query, 'tableDefinitions') as Record<string, JsonObject> | undefined;
  return {
    sql,
    projectId,
    defaultDataset: readDefaultDataset(query, projectId),
    destination: readDestination(query, projectId, 'WRITE_EMPTY'),
    parameters: readParameters(query),
    externalTables,
    useQueryCache: externalTables === undefined && (booleanField(query, 'useQueryCache') ?? true),
    maximumBytesBilled: integerField(query, 'maximumBytesBilled') || undefined,
    createSession: booleanField(query, 'createSession') ?? false,
    ...readConnectionProperties(query),
    location,
    caller,
  };
}

function readDefaultDataset(query: JsonObject, projectId: string): DatasetRef | undefined {
  const dataset = objectField(query, 'defaultDataset');
  if (dataset === undefined || Object.keys(dataset).length === 0) return undefined;
  checkMembers(dataset, 'defaultDataset', ['projectId', 'datasetId']);
  const datasetId = requiredText(dataset, 'datasetId');
  checkDatasetId(datasetId);
  return { projectId: textField(dataset, 'projectId') || projectId, datasetId };
}

function readConnectionProperties(
  query: JsonObject,
): Pick<QueryOptions, 'sessionId' | 'datasetProjectId' | 'timeZone'> {
  const options: ReturnType<typeof readConnectionProperties> = {};
  for (const property of objectListField(query, 'connectionProperties') ?? []) {
    checkMembers(property, 'connectionProperties', ['key', 'value']);
    const key = requiredText(property, 'key');
    const value = textField(property, 'value');
    if (key === 'session_id') options.sessionId = value;
    else if (key === 'dataset_project_id') options.datasetProjectId = value;
    else if (key === 'time_zone' && value !== undefined) options.timeZone = checkedTimeZone(value);
    else throw notImplemented(`The connection property ${key}`, 'connectionProperties');
  }
  return options;
}

/** Bytes the service would bill for reading `bytes`: whole MiB, at least ten, nothing for nothing. */
function bytesBilled(bytes: number): number {
  return bytes === 0 ? 0 : Math.max(MIN_BYTES_BILLED, Math.ceil(bytes / MEBIBYTE) * MEBIBYTE);
}

function executeRequest(options: QueryOptions, job: Pick<Job, 'jobId' | 'abort'>): ExecuteRequest {
  return {
    sql: options.sql,
    project: options.datasetProjectId ?? options.projectId,
    timeZone: options.timeZone,
    defaultDataset: options.defaultDataset,
    parameters: options.parameters,
    externalTables: options.externalTables,
    jobId: job.jobId,
    location: options.location,
    caller: options.caller,
    intoTable: options.destination !== undefined || undefined,
    signal: job.abort.signal,
    sessionId: options.createSession ? randomUUID() : options.sessionId,
    createSession: options.createSession || undefined,
  };
}

/** Analyses a query without running it: the `statistics` of a dry run. Failures are thrown, not recorded. */
export async function dryRunQuery(context: ServerContext, options: QueryOptions): Promise<ExecuteResult> {
  checkDestinationStatement(options);
  const abort = new AbortController();
  const request = { ...executeRequest(options, { jobId: 'dry-run', abort }), dryRun: true };
  return context.engine.execute(request);
}

/** Statistics of a finished (or only analysed) query, as in `statistics` of its job. */
export function queryStatistics(result: ExecuteResult, cacheHit: boolean, dryRun = false): JsonObject {
  const bytes = cacheHit ? 0 : result.totalBytesProcessed;
  const query = present({
    totalBytesProcessed: String(bytes),
    totalBytesBilled: dryRun ? '0' : String(bytesBilled(bytes)),
    cacheHit,
    statementType: result.statementType,
    billingTier: dryRun ? undefined : 1,
    totalBytesProcessedAccuracy: dryRun ? 'PRECISE' : undefined,
    transferredBytes: dryRun ? '0' : undefined,
    referencedTables: result.referencedTables?.length ? result.referencedTables : undefined,
    referencedRoutines: result.referencedRoutines?.length ? result.referencedRoutines : undefined,
    schema: dryRun && result.schema !== undefined ? { fields: result.schema } : undefined,
    undeclaredQueryParameters: result.undeclaredQueryParameters,
    numDmlAffectedRows: result.numDmlAffectedRows?.toString(),
    dmlStats: renderDmlStats(result),
    ddlOperationPerformed: result.ddlOperationPerformed,
    ddlTargetTable: result.ddlTargetTable,
    ddlTargetDataset: result.ddlTargetDataset,
    ddlTargetRoutine: result.ddlTargetRoutine,
    mlStatistics: result.mlStatistics,
    exportDataStatistics: result.exportData && {
      fileCount: String(result.exportData.fileCount),
      rowCount: String(result.exportData.rowCount),
    },
  });
  return { totalBytesProcessed: String(bytes), query } as unknown as JsonObject;
}

function renderDmlStats(result: ExecuteResult): JsonObject | undefined {
  const stats = result.dmlStats;
  if (stats === undefined) return undefined;
  return present({
    insertedRowCount: stats.insertedRowCount?.toString(),
    updatedRowCount: stats.updatedRowCount?.toString(),
    deletedRowCount: stats.deletedRowCount?.toString(),
  }) as JsonObject;
}

/** Starts a query as a job. */
export function startQueryJob(
  context: ServerContext,
  job: Omit<NewJob, 'type'>,
  options: QueryOptions,
  timeoutMs?: number,
): Job {
  return context.jobs.start({ ...job, type: 'QUERY' }, (started) =>
    withTimeout(started, timeoutMs, () => runQuery(context, started, options)),
  );
}

/** The service looks at the clock now and then only: short jobs finish whatever their timeout. */
const MIN_TIMEOUT_MS = 1000;

/** Ends a job's work when it is cancelled or its `jobTimeoutMs` is over. */
export async function withTimeout(
  job: Job,
  timeoutMs: number | undefined,
  work: () => Promise<void>,
): Promise<void> {
  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => {
            timedOut = true;
            job.abort.abort();
          },
          Math.max(timeoutMs, MIN_TIMEOUT_MS),
        );
  try {
    await work();
  } catch (error) {
    if (timedOut) {
      throw new BigQueryError('stopped', 'Job execution was cancelled: Job timed out', { cause: error });
    }
    const { aborted, reason } = job.abort.signal;
    if (reason instanceof SqlError) throw reason;
    if (aborted) throw cancelled(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Only a lone query has rows for a destination table. */
function checkDestinationStatement({ destination, sql }: QueryOptions): void {
  if (destination === undefined) return;
  const [first, ...others] = parseScript(sql).statements;
  if (others.length > 0 || isScripting(first!)) {
    throw new BigQueryError('invalid', 'configuration.query.destinationTable cannot be set for scripts');
  }
  if (first!.kind === 'QueryStatement') return;
  const isDml = DML.has(first!.kind);
  throw new BigQueryError(
    'invalid',
    `Cannot set destination table in jobs with ${isDml ? 'DML' : 'DDL'} statements`,
  );
}

const DML = new Set<Statement['kind']>(['Insert', 'Update', 'Delete', 'Merge']);

function isScripting({ kind }: Statement): boolean {
  return (
    kind !== 'QueryStatement' && !DML.has(kind) && !/^(Create|Drop|Alter|Truncate|Export|Load)/.test(kind)
  );
}

async function runQuery(context: ServerContext, job: Job, options: QueryOptions): Promise<void> {
  checkDestinationStatement(options);
  const { destination, location } = options;
  if (destination !== undefined && location !== undefined)
    context.catalog.datasetFor(destination.ref, location);
  const cached =
    options.useQueryCache && options.destination === undefined
      ? context.resultCache.find(options)
      : undefined;
  if (cached !== undefined) {
    job.rows = cached.rows;
    job.statistics = queryStatistics(cached.result, true);
    nameAnonymousTable(job.configuration, job.rows.ref);
    return;
  }
  if (options.maximumBytesBilled !== undefined) await checkBytesBilled(context, options);
  const versionBefore = context.catalog.version;
  const result = await context.engine.execute(executeRequest(options, job));
  job.sessionId = result.sessionId ?? options.sessionId;
  job.statistics = queryStatistics(result, false);
  for (const [index, child] of (result.children ?? []).entries()) await addChild(context, job, child, index);
  job.rows = await keepRows(context, job.projectId, result);
  job.schema = result.schema;
  if (job.rows !== undefined && result.statementType === 'SELECT') {
    if (options.destination === undefined) {
      nameAnonymousTable(job.configuration, job.rows.ref);
      context.resultCache.keep(options, result, job.rows, versionBefore);
    } else {
      const { fields, table } = job.rows;
      await writeRows(context, options.destination, fields, `SELECT * FROM ${table}`);
      if (options.destination.write === 'WRITE_APPEND')
        job.rows = await wholeTable(context, options.destination, job.rows);
    }
  } else if (result.ddlTargetTable !== undefined) {
    (job.configuration['query'] as JsonObject)['destinationTable'] = { ...result.ddlTargetTable };
  } else if (result.statementType === 'CREATE_MODEL' && result.ddlTargetModel !== undefined) {
    const { modelId, ...dataset } = result.ddlTargetModel;
    (job.configuration['query'] as JsonObject)['destinationTable'] = { ...dataset, tableId: modelId };
  }
  await context.catalog.flush();
}

/** The result of a job that appends is all that its table holds then. */
async function wholeTable(
  context: ServerContext,
  destination: Destination,
  rows: QueryRows,
): Promise<QueryRows> {
  const entry = context.catalog.getTable(destinationTable(destination));
  if (entry === undefined) return rows;
  const columns = entry.fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  const copy = await context.database.withConnection(async (connection) => {
    const name = `${rows.table.replace(/"$/, '~all"')}`;
    const source = context.catalog.physicalName(entry.ref);
    const made = await connection.run(`CREATE TABLE ${name} AS SELECT ${columns} FROM ${source}`);
    return { name, count: Number((await made.getRows())[0]![0]) };
  });
  return context.results.keep(entry.ref.projectId, entry.fields, copy.name, copy.count);
}

async function keepRows(
  context: ServerContext,
  projectId: string,
  result: ExecuteResult,
): Promise<QueryRows | undefined> {
  if (result.schema === undefined || result.resultTable === undefined) return undefined;
  return context.results.keep(projectId, result.schema, result.resultTable, result.totalRows ?? 0);
}

async function checkBytesBilled(context: ServerContext, options: QueryOptions): Promise<void> {
  const { totalBytesProcessed } = await dryRunQuery(context, options);
  const billed = bytesBilled(totalBytesProcessed);
  if (billed > options.maximumBytesBilled!) {
    throw new BigQueryError(
      'bytesBilledLimitExceeded',
      `Query exceeded limit for bytes billed: ${options.maximumBytesBilled}. ${billed} or higher required.`,
    );
  }
}

/** Names the anonymous table that holds (or would hold) the rows as the destination of a job without one. */
export function nameAnonymousTable(configuration: JsonObject, ref: TableRef): void {
  const query = configuration['query'] as JsonObject;
  query['destinationTable'] = { ...ref };
  query['writeDisposition'] ??= 'WRITE_TRUNCATE';
}

async function addChild(
  context: ServerContext,
  parent: Job,
  child: ScriptChild,
  index: number,
): Promise<void> {
  const job = context.jobs.add({
    projectId: parent.projectId,
    jobId: `script_job_${createHash('sha1').update(parent.jobId).digest('hex')}_${index}`,
    location: parent.location,
    type: 'QUERY',
    configuration: { query: { query: child.sql, useLegacySql: false, priority: 'INTERACTIVE' } },
    parentJobId: parent.jobId,
  });
  job.state = 'DONE';
  job.startTime = child.startTime;
  job.endTime = child.endTime;
  job.statistics = {
    ...queryStatistics(child, false),
    scriptStatistics: { evaluationKind: 'STATEMENT', stackFrames: [stackFrame(parent, child)] },
  };
  job.rows = await keepRows(context, parent.projectId, child);
  parent.statistics['numChildJobs'] = String(index + 1);
}

/** Where a child statement stands in its script; `bq` shows results only of children that have a frame. */
function stackFrame(parent: Job, child: ScriptChild): JsonObject {
  const script = String((parent.configuration['query'] as JsonObject)['query']);
  const start = Math.max(script.indexOf(child.sql), 0);
  const position = (offset: number) => {
    const lines = script.slice(0, offset).split('\n');
    return { line: lines.length, column: lines.at(-1)!.length + 1 };
  };
  const from = position(start);
  const to = position(start + child.sql.length);
  return {
    startLine: from.line,
    startColumn: from.column,
    endLine: to.line,
    endColumn: to.column,
    text: child.sql,
  };
}

/** Completes the echoed configuration of a query job with what the service fills in. */
export function completeQueryConfiguration(configuration: JsonObject, options: QueryOptions): void {
  const query = configuration['query'] as JsonObject;
  query['priority'] ??= 'INTERACTIVE';
  query['useLegacySql'] ??= false;
  if (options.destination !== undefined) {
    query['destinationTable'] = {
      ...destinationTable(options.destination),
      tableId: options.destination.ref.tableId,
    };
    query['createDisposition'] ??= 'CREATE_IF_NEEDED';
    query['writeDisposition'] ??= options.destination.write;
  }
}

export function checkQueryBody(query: JsonObject): void {
  checkBody(query, QUERY_SHAPE);
}
