import { RESULTS_DATABASE } from '../../googlesql/duck/database.js';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { invalidQuery, SqlError } from '../../googlesql/errors.js';
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
    if (!(error instanceof SqlError) || error.message !== NOT_FINITE) throw error;
    session.bytesProcessed = before;
    return select(statement, session);
  }
}

async function select(statement: QueryStatement, session: Session): Promise<ExecuteResult> {
  const compiled = named(await session.compileQuery(statement.query), session.request.intoTable === true);
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
  try {
    return { ...result, ...(await materialize(typed(compiled), session)) };
  } catch (error) {
    if (!compiled.branchesHoldSubqueries || session.inTransaction || !isOfTheQuery(error)) throw error;
    return { ...result, ...(await withGuards(statement, session, error)) };
  }
}

function isOfTheQuery(error: unknown): boolean {
  return error instanceof SqlError && error.reason === 'invalidQuery' && error.message !== NOT_FINITE;
}

/** Runs a query anew with `Environment.guardsBranches`; what DuckDB does not take in that form has failed with `cause`. */
async function withGuards(statement: QueryStatement, session: Session, cause: unknown) {
  try {
    return await session.guardingBranches(async () => {
      const compiled = named(await session.compileQuery(statement.query), session.request.intoTable === true);
      return materialize(typed(compiled), session);
    });
  } catch (error) {
    throw isOfTheQuery(error) || !(error instanceof SqlError) || error.message === NOT_FINITE ? error : cause;
  }
}

/** Named as the table of the result is. DuckDB has no type for what is NULL always, and stores it as an INTEGER. */
function typed({ sql, columns, physicalNames }: BoundQuery): string {
  const items = columns.map(
    ({ name, type }, index) =>
      `CAST(${physicalNames[index]!} AS ${duckType(type)}) AS ${quoteIdentifier(name)}`,
  );
  return `SELECT ${items.join(', ')} FROM (${sql})`;
}

/**
 * The names of a result: the columns of a table have each its own, of others the later ones get a number. A result
 * without a table of its own may also be named as pseudo columns are.
 */
function named(compiled: BoundQuery, intoTable: boolean): BoundQuery {
  const taken = new Set<string>(compiled.columns.map(({ name }) => name.toLowerCase()));
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  const columns = compiled.columns.map((column) => {
    if (intoTable || !/^_TABLE_/i.test(column.name)) checkColumnName(column.name);
    let { name } = column;
    if (seen.has(name.toLowerCase())) {
      duplicates.add(name);
      for (let number = 1; taken.has(name.toLowerCase()); number++) name = `${column.name}_${number}`;
      taken.add(name.toLowerCase());
    }
    seen.add(name.toLowerCase());
    return { ...column, name };
  });
  if (duplicates.size === 0 || !intoTable) return { ...compiled, columns };
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
