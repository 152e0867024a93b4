import type { BqType } from '../../googlesql/syntax/types.js';
import type { AnalyzedQuery } from '../schema/ddl.js';
import type { Check, Column, Schema, Table } from '../schema/model.js';
import type { Engine, OpenEngine } from '../store/engine.js';
import type { Language, PendingRow, RowScope } from '../store/language.js';
import type { Row } from '../values/value.js';
import type { SqlRequest, SqlResult, SqlSource } from './sql-request.js';

/**
 * The language of all databases of the emulator. Its compiler and DuckDB would be half of the memory of an emulator
 * that nobody queries, so they are loaded for what first needs them.
 */
export class LazyLanguage {
  #opener: Promise<OpenEngine> | undefined;
  #closeHost = async () => {};

  readonly open: OpenEngine = (source) => new LazyEngine(source, () => this.#load());

  async close(): Promise<void> {
    await this.#opener;
    await this.#closeHost();
  }

  #load(): Promise<OpenEngine> {
    this.#opener ??= Promise.all([import('./engine.js'), import('./duck-host.js')]).then(
      ([{ SqlEngine }, { DuckHost }]) => {
        const host = new DuckHost();
        this.#closeHost = () => host.close();
        return (source) => new SqlEngine(host, source);
      },
    );
    return this.#opener;
  }
}

class LazyEngine implements Engine {
  #engine: Engine | undefined;
  #opening: Promise<Engine> | undefined;

  constructor(
    private readonly source: SqlSource,
    private readonly load: () => Promise<OpenEngine>,
  ) {}

  async execute(request: SqlRequest): Promise<SqlResult> {
    return (await this.#open()).execute(request);
  }

  complete(scope: RowScope, table: Table, rows: readonly PendingRow[]): void | Promise<void> {
    if (this.#engine !== undefined) return this.#engine.complete(scope, table, rows);
    if (!table.columns.some(isComputed)) return undefined;
    return this.#open().then((engine) => engine.complete(scope, table, rows));
  }

  violatedCheck(
    scope: RowScope,
    table: Table,
    rows: readonly Row[],
    checks: readonly Check[],
  ): ReturnType<Language['violatedCheck']> {
    if (this.#engine !== undefined) return this.#engine.violatedCheck(scope, table, rows, checks);
    return this.#open().then((engine) => engine.violatedCheck(scope, table, rows, checks));
  }

  async checkExpression(schema: Schema, table: Table | undefined, text: string, type: BqType): Promise<void> {
    await (await this.#open()).checkExpression(schema, table, text, type);
  }

  async analyzeQuery(schema: Schema, sql: string): Promise<AnalyzedQuery> {
    return (await this.#open()).analyzeQuery(schema, sql);
  }

  async rootTable(sql: string, schema: Schema): Promise<Table | undefined> {
    return (await this.#open()).rootTable(sql, schema);
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  #open(): Promise<Engine> {
    this.#opening ??= this.load().then((open) => {
      this.#engine = open(this.source);
      return this.#engine;
    });
    return this.#opening;
  }
}

/** Whether a row may come without the column, and has a value there all the same. */
function isComputed({ default: byDefault, onUpdate, generated, identity }: Column): boolean {
  return [byDefault, onUpdate, generated, identity].some((source) => source !== undefined);
}
