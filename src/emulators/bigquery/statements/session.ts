import type { DuckDBConnection, DuckDBMaterializedResult, DuckDBResultReader } from '@duckdb/node-api';
import { constrain } from '../../googlesql/compile/expression/cast-expression.js';
import { compileExpression } from '../../googlesql/compile/index.js';
import type {
  CompiledExpression,
  ResolvedTable,
  SqlFunction,
  Variable,
} from '../../googlesql/compile/scope/query-context.js';
import { value } from '../../googlesql/compile/scope/value.js';
import { translateDuckError } from '../../googlesql/duck/errors.js';
import { quoteString } from '../../googlesql/duck/quote.js';
import { print, raw } from '../../googlesql/duck/sql.js';
import { cancelled, SqlError } from '../../googlesql/errors.js';
import { raise } from '../../googlesql/functions/emit.js';
import { functions } from '../../googlesql/functions/index.js';
import { mayBeLong, sizesOf } from '../../googlesql/functions/sizes.js';
import type { Expression, ObjectPath, Position, Query, TypeNode } from '../../googlesql/syntax/ast.js';
import { type BqType, duckType } from '../../googlesql/syntax/types.js';
import type { DatasetRef, TableEntry, TableRef } from '../catalog/entries.js';
import { fromTableField } from '../catalog/rest-types.js';
import { type Caller, OWNER } from '../catalog/row-access.js';
import { catalogNames } from './catalog-names.js';
import type { ExecuteRequest, QueryParameter } from './execution.js';
import { ExternalTables } from './external-tables.js';
import { resolveInformationSchema } from './information-schema/resolve.js';
import { queryParameters } from './parameters.js';
import { rangeSessionize } from './range-sessionize.js';
import type { EngineServices } from './services.js';
import { type BoundQuery, compileQuery, type StatementContext } from './statement-context.js';
import { systemVariables } from './system-variables.js';
import type { TableLocks } from './table-locks.js';
import { tableSource } from './targets.js';

export interface ScriptVariable extends Variable {
  /** Name of the DuckDB variable that holds the value. */
  duckName: string;
  node?: TypeNode;
}

/** What `@@error.*` tells inside an exception handler. */
export interface ScriptError {
  message: string;
  statementText: string;
  formattedStackTrace: string;
  pos?: Position;
  error: SqlError;
}

/**
 * The state of one script, and of the session it may run in: variables, temporary tables and functions, the
 * transaction, and the one DuckDB connection that sees them.
 */
export class Session {
  readonly services: EngineServices;
  readonly #locks: TableLocks;
  readonly temporaryTables = new Map<string, TableEntry>();
  readonly temporaryFunctions = new Map<string, SqlFunction>();
  /** Statement under way; replaced for each job of a longer session. */
  request: ExecuteRequest;
  inTransaction = false;
  /** Of the catalog, when the open transaction began. */
  versionAtBegin = 0;
  /** Tables the open transaction wrote: their cached sizes are stale once it ends. */
  readonly touched = new Map<string, TableRef>();
  rowCount: bigint | undefined;
  errors: ScriptError[] = [];
  timeZone: string;
  /** `@@query_label` */
  queryLabel: string | undefined;
  /** Of all statements so far. */
  bytesProcessed = 0;
  /** Parameters that a dry run found without a value. */
  readonly undeclaredParameters: QueryParameter[] = [];
  defaultDataset: DatasetRef | undefined;
  /** Tables seen only while one statement is compiled, such as the target of DML. */
  readonly #statementTables = new Map<string, ResolvedTable>();
  #scopes: Map<string, ScriptVariable>[] = [new Map()];
  #connection: DuckDBConnection | undefined;
  /** The connection holds something of this session, so that no other may have it. */
  #isDirty = false;
  #counter = 0;
  #external: ExternalTables[] = [];
  #presumesFiniteSums = false;
  #guardsBranches = false;

  constructor(services: EngineServices, locks: TableLocks, request: ExecuteRequest) {
    this.services = services;
    this.#locks = locks;
    this.request = request;
    this.defaultDataset = request.defaultDataset;
    this.timeZone = request.timeZone ?? 'UTC';
  }

  /** Who asks. */
  get caller(): Caller {
    return this.request.caller ?? OWNER;
  }

  /** A number no other object of this session has. */
  nextNumber(): number {
    return ++this.#counter;
  }

  // ---- DuckDB

  /** For work that needs the connection itself; what it leaves there is closed with it. */
  async connection(): Promise<DuckDBConnection> {
    this.#isDirty = true;
    return this.#acquired();
  }

  async #acquired(): Promise<DuckDBConnection> {
    this.#connection ??= await this.services.database.acquire();
    return this.#connection;
  }

  /** Runs DuckDB SQL on the session's connection; failures come back as `SqlError`s. */
  async run(sql: string): Promise<DuckDBMaterializedResult> {
    return this.#guarded((connection) => connection.run(sql));
  }

  /** As `run`, for what stays on the connection: variables and temporary tables. */
  async runLocal(sql: string): Promise<DuckDBMaterializedResult> {
    this.#isDirty = true;
    return this.run(sql);
  }

  async read(sql: string): Promise<DuckDBResultReader> {
    return this.#guarded((connection) => connection.runAndReadAll(sql));
  }

  async #guarded<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const { signal } = this.request;
    throwIfAborted(signal);
    const connection = await this.#acquired();
    try {
      return await this.services.database.interruptible(connection, signal, () => work(connection));
    } catch (error) {
      throwIfAborted(signal);
      throw translateDuckError(error);
    }
  }

  /** Changes a table in a transaction of DuckDB, or in the script's own when there is one. */
  async atomically<Result>(table: string, work: () => Promise<Result>): Promise<Result> {
    if (this.inTransaction) return work();
    return this.#locks.exclusive(table, () => this.#inTransaction(work));
  }

  async #inTransaction<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.run('BEGIN TRANSACTION');
    try {
      const result = await work();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.#connection?.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Gives the connection back, or closes it with what it holds. */
  async close(): Promise<void> {
    await this.disposeExternal();
    if (!this.#connection) return;
    this.services.database.release(this.#connection, this.#isDirty || this.inTransaction);
    this.#connection = undefined;
  }

  /** Lets other work of the process go on, and ends a cancelled script; a loop without statements needs it. */
  async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(this.request.signal);
  }

  /** Drops what was read of external tables: the next statement reads them anew. */
  async disposeExternal(): Promise<void> {
    await Promise.all(this.#external.splice(0).map((tables) => tables.dispose()));
  }

  // ---- compiling

  /** Whether SQL of this session makes sense on its own connection only. */
  get hasLocalState(): boolean {
    return (
      this.inTransaction || this.temporaryTables.size > 0 || this.#scopes.some((scope) => scope.size > 0)
    );
  }

  context(): StatementContext {
    const { services, request } = this;
    const external = new ExternalTables(this);
    this.#external.push(external);
    const around = {
      catalog: services.catalog,
      project: request.project,
      defaultDataset: this.defaultDataset,
      location: request.location,
      caller: this.caller,
    };
    const context: StatementContext = {
      ...around,
      names: catalogNames(around),
      functions,
      environment: {
        statementTimeMicros: BigInt(Date.now()) * 1000n,
        timeZone: this.timeZone,
        sessionUser: this.caller.email,
        presumesFiniteSums: this.#presumesFiniteSums,
        guardsBranches: this.#guardsBranches,
      },
      parameters: queryParameters(request.parameters ?? [], this.timeZone),
      variables: this.#visibleVariables(),
      temporaryFunctions: this.temporaryFunctions,
      resolveTable: (path) => this.resolveTable(path) ?? external.resolve(path),
      tableFunctions: (call, compiler) => {
        const ours = { ...compiler, context: { ...context, ...compiler.context } };
        return rangeSessionize(call, ours) ?? services.ml.tableFunctions(call, ours);
      },
      expandCall: services.ml.expandCall,
      readLibrary: (uri) => services.readObject(uri, request.signal),
      declareParameter: request.dryRun ? (name) => this.#declareParameter(name) : undefined,
    };
    return context;
  }

  #declareParameter(name: string | undefined): void {
    const known = this.undeclaredParameters;
    if (name !== undefined && known.some((parameter) => parameter.name === name)) return;
    known.push({ ...(name === undefined ? {} : { name }), parameterType: { type: 'INT64' } });
  }

  /** See `Environment.presumesFiniteSums`. */
  async presumingFiniteSums<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#presumesFiniteSums = true;
    try {
      return await work();
    } finally {
      this.#presumesFiniteSums = false;
    }
  }

  /** See `Environment.guardsBranches`. */
  async guardingBranches<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#guardsBranches = true;
    try {
      return await work();
    } finally {
      this.#guardsBranches = false;
    }
  }

  async compileQuery(query: Query): Promise<BoundQuery> {
    return compileQuery(query, this.context());
  }

  async compileExpression(expression: Expression): Promise<CompiledExpression> {
    return compileExpression(expression, this.context());
  }

  /** Answers at once where it can: the compiler starts over for each table it must wait for. */
  resolveTable(path: ObjectPath): ResolvedTable | undefined | Promise<ResolvedTable | undefined> {
    const local = this.#statementTables.get(path.parts.join('.'));
    if (local) return local;
    const temporary = this.temporaryTable(path);
    if (temporary) {
      return { sql: temporary.physicalName!, columns: temporary.fields.map(fromTableField) };
    }
    return resolveInformationSchema(path, this);
  }

  /** Shows `table` to the compiler under `name` while `work` runs. */
  async withTable<Result>(name: string, table: ResolvedTable, work: () => Promise<Result>): Promise<Result> {
    this.#statementTables.set(name, table);
    try {
      return await work();
    } finally {
      this.#statementTables.delete(name);
    }
  }

  /** `name` or `_SESSION.name`. */
  temporaryTable(path: ObjectPath): TableEntry | undefined {
    const { parts } = path;
    if (parts.length > 2 || (parts.length === 2 && parts[0]!.toUpperCase() !== '_SESSION')) return undefined;
    return this.temporaryTables.get(parts.at(-1)!.toLowerCase());
  }

  // ---- variables

  #visibleVariables(): ReadonlyMap<string, Variable> {
    const visible = new Map<string, Variable>(systemVariables(this));
    for (const scope of this.#scopes) for (const [name, variable] of scope) visible.set(name, variable);
    return visible;
  }

  pushScope(): void {
    this.#scopes.push(new Map());
  }

  popScope(): void {
    this.#scopes.pop();
  }

  /** Runs `work` without the variables of the script around it, as a procedure does. */
  async isolated<Result>(work: () => Promise<Result>): Promise<Result> {
    const outer = this.#scopes;
    this.#scopes = [new Map()];
    try {
      return await work();
    } finally {
      this.#scopes = outer;
    }
  }

  findVariable(name: string): ScriptVariable | undefined {
    const key = name.toLowerCase();
    for (let depth = this.#scopes.length - 1; depth >= 0; depth--) {
      const found = this.#scopes[depth]!.get(key);
      if (found) return found;
    }
    return undefined;
  }

  /**
   * Declares a variable with a DuckDB expression as its value. `node` is the type as it was written, whose length or
   * precision binds all values: `STRING(5)`.
   */
  async declareVariable(name: string, type: BqType, valueSql: string, node?: TypeNode): Promise<void> {
    const duckName = `v${this.nextNumber()}`;
    const sql = `CAST(getvariable('${duckName}') AS ${duckType(type)})`;
    const variable: ScriptVariable = { duckName, type, sql, node };
    await this.assignVariable(variable, valueSql);
    this.#scopes.at(-1)!.set(name.toLowerCase(), variable);
  }

  async assignVariable(variable: ScriptVariable, valueSql: string): Promise<void> {
    const { duckName, type, node } = variable;
    const cast = `CAST((${valueSql}) AS ${duckType(type)})`;
    await this.runLocal(`SET VARIABLE ${duckName} = ${fitted(cast, type, node)}`);
  }

  /** Catalog table or temporary table as a source of rows with its hidden columns, for DML. */
  tableSource(entry: TableEntry): ResolvedTable {
    return tableSource(entry, this.services.catalog);
  }

  /** To be called after a statement changed the rows of a table. */
  markChanged(ref: TableRef | undefined): void {
    if (!ref) return;
    if (this.inTransaction) this.touched.set(`${ref.projectId}.${ref.datasetId}.${ref.tableId}`, ref);
    else this.services.catalog.markDataChanged(ref);
  }
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/procedural-language#declare */
const MAX_VARIABLE_BYTES = 1024 * 1024;

const NOWHERE: Position = { line: 1, column: 1, offset: 0 };

/** A value cut to the parameters of its type, or the error of one that does not fit. */
function fitted(sql: string, type: BqType, node: TypeNode | undefined): string {
  if (node === undefined && !mayBeLong(type)) return sql;
  const plain = value(raw('_v.v', 'column'), type, node?.pos ?? NOWHERE);
  const whole =
    node === undefined ? plain : constrain(plain, type, node, { timeZone: 'UTC', alias: () => '_e' });
  const bytes = sizesOf({ sql: print(plain.sql), type }).map((size) => `coalesce(${size}, 0)`);
  const message = quoteString(`A variable takes up to 1 MB (${MAX_VARIABLE_BYTES} bytes)`);
  const refusal = `WHEN ${bytes.join(' + ')} > ${MAX_VARIABLE_BYTES} THEN ${raise(message, duckType(type))}`;
  const result = bytes.length === 0 ? print(whole.sql) : `CASE ${refusal} ELSE ${print(whole.sql)} END`;
  return `(SELECT ${result} FROM (SELECT ${sql} AS v) AS _v)`;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  if (signal.reason instanceof SqlError) throw signal.reason;
  throw cancelled();
}
