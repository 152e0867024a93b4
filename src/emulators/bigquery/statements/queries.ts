import { RESULTS_DATABASE } from '../../googlesql/duck/database.js';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { BigQueryError, invalidQuery } from '../../googlesql/errors.js';
import { NOT_FINITE } from '../../googlesql/functions/aggregate.js';
import type { QueryStatement } from '../../googlesql/syntax/ast.js';
import { duckType } from '../../googlesql/syntax/types.js';
import { checkColumnName } from '../catalog/fields.js';
import { toTableField } from '../catalog/rest-types.js';
import type { ExecuteResult } from './execution.js';
import { checkPartitionFilter } from './partition-filter.js';
import type { Session } from './session.js';
import type { BoundQuery } from './statement-context.js';

/** Runs a query and keeps its rows in a table of the results database. */
export async function runQuery(statement: QueryStatement, session: Session): Promise<ExecuteResult> {
  // A failure would end the transaction.
  if (session.inTransaction) return select(statement, session);
  const before = session.bytesProcessed;
  try {
    return await session.presumingFiniteSums(() => select(statement, session));
  } catch (error) {
    if (!(error instanceof BigQueryError) || error.message !== NOT_FINITE) throw error;
    session.bytesProcessed = before;
    return select(statement, session);
  }
}

async function select(statement: QueryStatement, session: Session): Promise<ExecuteResult> {
  const compiled = await session.compileQuery(statement.query);
  checkColumnNames(compiled);
  checkPartitionFilter(statement.query, compiled.referencedTables, session);
  const result: ExecuteResult = {
    statementType: 'SELECT',
    schema: compiled.columns.map(toTableField),
    totalBytesProcessed: await bytesProcessed(compiled, session),
    referencedTables: compiled.referencedTables,
    referencedRoutines: compiled.referencedRoutines,
    cacheable: compiled.cacheable && !session.hasLocalState,
  };
  if (session.request.dryRun) return result;
  return { ...result, ...(await materialize(typed(compiled), session)) };
}

/** DuckDB has no type for what it finds to be NULL always, and stores it as an INTEGER. */
function typed({ sql, columns, physicalNames }: BoundQuery): string {
  const items = columns.map(({ type }, index) => {
    const name = physicalNames[index]!;
    return `CAST(${name} AS ${duckType(type)}) AS ${name}`;
  });
  return `SELECT ${items.join(', ')} FROM (${sql})`;
}

/** BigQuery names result columns uniquely or not at all. */
function checkColumnNames(compiled: BoundQuery): void {
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  for (const { name } of compiled.columns) {
    checkColumnName(name);
    const key = name.toLowerCase();
    if (seen.has(key)) duplicates.add(name);
    seen.add(key);
  }
  if (duplicates.size === 0) return;
  throw invalidQuery(
    `Duplicate column names in the result are not supported when a destination table is present. Found duplicate(s): ${[...duplicates].join(', ')}`,
  );
}

/** What the service would bill for reading: the logical size of the columns used. */
export async function bytesProcessed(
  compiled: Pick<BoundQuery, 'columnsRead'>,
  session: Session,
): Promise<number> {
  let total = 0;
  for (const { ref, columns } of compiled.columnsRead) {
    if (session.services.catalog.getTable(ref))
      total += await session.services.statistics.bytes(ref, columns);
  }
  session.bytesProcessed += total;
  return total;
}

/** Puts the rows of a DuckDB query into a new table of the results database. */
export async function materialize(
  sql: string,
  session: Session,
): Promise<{ resultTable: string; totalRows: number }> {
  const name = `${session.request.jobId}~${session.nextNumber()}`;
  const resultTable = `${RESULTS_DATABASE}.main.${quoteIdentifier(name)}`;
  if (!session.inTransaction) {
    const created = await session.run(`CREATE TABLE ${resultTable} AS ${sql}`);
    return { resultTable, totalRows: Number((await created.getRows())[0]![0]) };
  }
  return { resultTable, totalRows: await copyOut(sql, name, resultTable, session) };
}

/**
 * DuckDB lets a transaction write to one database only, so the rows of a query inside the script's transaction
 * leave it over a second connection.
 */
async function copyOut(sql: string, name: string, resultTable: string, session: Session): Promise<number> {
  const { database } = session.services;
  const local = `temp.main.${quoteIdentifier(name)}`;
  await session.runLocal(`CREATE TEMP TABLE ${quoteIdentifier(name)} AS ${sql}`);
  const described = await session.read(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'temp' AND table_name = '${name.replaceAll("'", "''")}' ORDER BY column_index`,
  );
  const columns = described.getRows().map(([column, type]) => `${quoteIdentifier(String(column))} ${type}`);
  const rows = await session.run(`SELECT * FROM ${local}`);
  let total = 0;
  await database.withConnection(async (connection) => {
    await connection.run(`CREATE TABLE ${resultTable} (${columns.join(', ')})`);
    const appender = await connection.createAppender(name, 'main', RESULTS_DATABASE);
    for (let chunk = await rows.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await rows.fetchChunk()) {
      appender.appendDataChunk(chunk);
      total += chunk.rowCount;
    }
    appender.closeSync();
  });
  await session.run(`DROP TABLE ${local}`);
  return total;
}
