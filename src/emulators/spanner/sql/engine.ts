import { SPANNER } from '../../googlesql/dialect.js';
import type { Query, QueryStatement } from '../../googlesql/syntax/ast.js';
import { parseQuery } from '../../googlesql/syntax/parser.js';
import { parseRowStatement, type RowStatement } from '../../googlesql/syntax/parser-changes.js';
import type { BqType } from '../../googlesql/syntax/types.js';
import { ServiceError } from '../../serving/service-error.js';
import type { AnalyzedQuery } from '../schema/ddl.js';
import type { Check, Schema, Table } from '../schema/model.js';
import type { Engine } from '../store/engine.js';
import type { PendingRow, RowScope } from '../store/language.js';
import { isReadWrite, type ReadView } from '../store/view.js';
import type { Row } from '../values/value.js';
import { runChange } from './changes.js';
import { directQuery } from './direct-query.js';
import type { DuckHost } from './duck-host.js';
import { invalidArgument, statementError } from './errors.js';
import { checkHints } from './hint-checks.js';
import { Mirrors } from './mirrors.js';
import { requireParameters } from './parameters.js';
import { rootTable } from './root-table.js';
import { RowExpressions } from './row-expressions.js';
import { noRows, streamRows } from './run-query.js';
import { namedAsWritten } from './select-items.js';
import type { SqlRequest, SqlResult, SqlSource } from './sql-request.js';
import { type SqlServices, Statement } from './statement.js';

/** https://cloud.google.com/spanner/quotas#query-limits */
const MAX_STATEMENT_CHARACTERS = 1_000_000;
const CACHED_STATEMENTS = 500;

/** The language of one database: queries, changes of rows, and the expressions of its tables. */
export class SqlEngine implements Engine {
  readonly #services: SqlServices;
  readonly #host: DuckHost;
  readonly #parsed = new Map<string, RowStatement>();

  constructor(host: DuckHost, source: SqlSource) {
    const prefix = host.addSource(source);
    this.#host = host;
    const mirrors = new Mirrors(host, source, prefix);
    this.#services = { source, prefix, mirrors, rows: new RowExpressions(host) };
  }

  /** @throws ServiceError with the code and text of the service */
  async execute(request: SqlRequest): Promise<SqlResult> {
    const { sql } = request;
    try {
      const parsed = this.#parse(sql);
      const statement = new Statement(this.#services, request.view.schema, request.parameters);
      checkHints(sql, statement.schema);
      if (parsed.kind === 'QueryStatement') return this.#query(parsed, statement, request);
      return await runChange(parsed, statement, request);
    } catch (error) {
      throw statementError(error, sql);
    }
  }

  async rootTable(sql: string, schema: Schema): Promise<Table | undefined> {
    const parsed = this.#parse(sql);
    return parsed.kind === 'QueryStatement' ? rootTable(parsed.query, schema) : undefined;
  }

  complete(scope: RowScope, table: Table, rows: readonly PendingRow[]): void | Promise<void> {
    return this.#services.rows.complete(scope, table, rows);
  }

  violatedCheck(scope: RowScope, table: Table, rows: readonly Row[], checks: readonly Check[]) {
    return this.#services.rows.violatedCheck(scope, table, rows, checks);
  }

  async checkExpression(schema: Schema, table: Table | undefined, text: string, type: BqType): Promise<void> {
    this.#services.rows.check(schema, table, text, type);
  }

  async analyzeQuery(schema: Schema, sql: string): Promise<AnalyzedQuery> {
    try {
      const statement = new Statement(this.#services, schema, []);
      const { columns, referencedTables } = statement.compile(parseQuery(sql, SPANNER));
      const names = new Set(referencedTables.map((name) => name.join('.').toLowerCase()));
      return { columns, dependencies: [...names, ...statement.sequences] };
    } catch (error) {
      throw statementError(error, sql);
    }
  }

  /** Lets go of the copies of the tables. */
  async close(): Promise<void> {
    if (this.#host.isOpen) await this.#services.mirrors.drop();
    this.#host.removeSource(this.#services.prefix);
  }

  #parse(sql: string): RowStatement {
    if (sql.length > MAX_STATEMENT_CHARACTERS) {
      throw invalidArgument(
        `Query string length of ${sql.length} exceeds maximum allowed length of ${MAX_STATEMENT_CHARACTERS}`,
      );
    }
    const known = this.#parsed.get(sql);
    if (known !== undefined) return known;
    const parsed = parseRowStatement(sql, SPANNER);
    if (this.#parsed.size >= CACHED_STATEMENTS) this.#parsed.clear();
    this.#parsed.set(sql, parsed);
    return parsed;
  }

  #query(parsed: QueryStatement, statement: Statement, request: SqlRequest): SqlResult {
    const { view, sql, signal } = request;
    if (request.partitioned) {
      throw invalidArgument('Partitioned DML only supports UPDATE and DELETE statements.');
    }
    const direct = request.mode === 'NORMAL' ? directQuery(parsed.query, statement) : undefined;
    if (direct !== undefined) {
      refuseLocks(parsed.query, view);
      const { columns } = direct;
      const { isRepeatable } = statement;
      return { kind: 'query', columns, rows: direct.rows(view), isRepeatable, undeclaredParameters: [] };
    }
    const compiled = statement.compile(parsed.query);
    const columns = namedAsWritten(compiled.columns, parsed.query);
    if (isStructQuery(parsed.query) || columns.some(({ type }) => type.kind === 'STRUCT'))
      throw new ServiceError('UNIMPLEMENTED', STRUCT_COLUMN);
    refuseLocks(parsed.query, view);
    if (statement.readsSystemTables && isReadWrite(view)) throw invalidArgument(SYSTEM_TABLE_IN_READ_WRITE);
    if (statement.drawsFromSequence !== undefined && !isReadWrite(view)) {
      throw invalidArgument(
        `The following functions can only be used in a read-write or partitioned-dml transaction. Current transaction type is ReadOnly: ${statement.drawsFromSequence}`,
      );
    }
    const { undeclared } = statement.parameters;
    const result = { kind: 'query' as const, columns, undeclaredParameters: undeclared };
    if (request.mode === 'PLAN') return { ...result, rows: noRows() };
    requireParameters(statement.parameters);
    return { ...result, rows: streamRows(compiled, statement, view, sql, signal) };
  }
}

/** The compiler makes columns of the fields of a whole row. */
function isStructQuery({ body, pipes }: Query): boolean {
  return body.kind === 'Select' && body.as === 'STRUCT' && pipes.length === 0;
}

function refuseLocks({ forUpdate }: Query, view: ReadView): void {
  if (forUpdate && !isReadWrite(view)) throw invalidArgument(FOR_UPDATE_IN_READ_ONLY);
}

const STRUCT_COLUMN =
  'Unsupported query shape: A struct value cannot be returned as a column value. Rewrite the query to flatten the struct fields in the result.';
const FOR_UPDATE_IN_READ_ONLY = 'FOR UPDATE is not supported in this transaction type.';
const SYSTEM_TABLE_IN_READ_WRITE = 'Unsupported concurrency mode in query using INFORMATION_SCHEMA.';
