import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BqType } from '../../../src/emulators/googlesql/syntax/types.js';
import { printType } from '../../../src/emulators/googlesql/syntax/types.js';
import { DuckHost } from '../../../src/emulators/spanner/sql/duck-host.js';
import { SqlEngine } from '../../../src/emulators/spanner/sql/engine.js';
import type { SqlParameter, SqlRequest, SqlResult } from '../../../src/emulators/spanner/sql/sql-request.js';
import type { Database } from '../../../src/emulators/spanner/store/database.js';
import { SpannerStore } from '../../../src/emulators/spanner/store/spanner-store.js';
import { valueText } from '../../../src/emulators/spanner/values/format.js';
import { parseValue } from '../../../src/emulators/spanner/values/parse.js';
import type { Plain } from '../../../src/emulators/spanner/values/plain.js';
import type { Row, Value } from '../../../src/emulators/spanner/values/value.js';

const NAME = 'projects/p/instances/i/databases/d';

export interface Outcome {
  rows: unknown[];
  columns: string;
  rowCount?: bigint | undefined;
  undeclared?: string;
}

/** A database with its language, without the server around them. */
export class SqlDatabase {
  private constructor(
    readonly store: SpannerStore,
    readonly database: Database,
    private readonly host: DuckHost,
    private readonly folder: string,
  ) {}

  static async open(statements: readonly string[]): Promise<SqlDatabase> {
    const folder = mkdtempSync(join(tmpdir(), 'spanner-sql-'));
    const { store, host } = await openStore(folder);
    const database = await store.createDatabase(NAME, [...statements]);
    return new SqlDatabase(store, database, host, folder);
  }

  /** The same database in another process, as it were. @param minCheckpointBytes of journal, from which on it is written anew */
  async reopen(minCheckpointBytes?: number): Promise<SqlDatabase> {
    await this.store.close();
    await this.host.close();
    const { store, host } = await openStore(this.folder, minCheckpointBytes);
    return new SqlDatabase(store, store.database(NAME), host, this.folder);
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.host.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A query at the newest timestamp, or a change of rows in a transaction of its own. */
  async run(
    sql: string,
    params: Readonly<Record<string, Plain>> = {},
    types: Readonly<Record<string, BqType>> = {},
    mode: SqlRequest['mode'] = 'NORMAL',
  ): Promise<Outcome> {
    const parameters = parametersOf(params, types);
    const isChange = /^\s*(@\{[^}]*\}\s*)?(insert|update|delete)/i.test(sql);
    const reading = this.database.strongView().timestampMicros;
    const view = isChange ? this.database.writeView(reading, 'dml') : this.database.strongView();
    const result = await this.database.engine.execute({ sql, parameters, mode, view });
    const outcome = await outcomeOf(result);
    if (isChange && mode === 'NORMAL') {
      await this.database.commit({
        mutations: [],
        view: view as ReturnType<Database['writeView']>,
        transaction: '',
      });
    }
    return outcome;
  }
}

async function openStore(dataDir: string, minCheckpointBytes?: number) {
  const host = new DuckHost(1);
  const store = await SpannerStore.open({
    dataDir,
    durability: 'write',
    now: () => Date.now(),
    openEngine: (source) => new SqlEngine(host, source),
    minCheckpointBytes,
  });
  return { store, host };
}

export function parametersOf(
  params: Readonly<Record<string, Plain>>,
  types: Readonly<Record<string, BqType>>,
): SqlParameter[] {
  return Object.entries(params).map(([name, plain]) => ({
    name,
    type: types[name],
    as: (type) => parseValue(type, plain),
  }));
}

export async function outcomeOf(result: SqlResult): Promise<Outcome> {
  const rows: unknown[] = [];
  for await (const part of result.rows) {
    for (const row of part) rows.push(row.map((value, index) => shown(result.columns[index]!.type, value)));
  }
  return {
    rows,
    columns: result.columns.map(({ name, type }) => `${name}:${printType(type)}`).join(','),
    rowCount: result.rowCount,
    undeclared: result.undeclaredParameters.map(({ name, type }) => `${name}:${printType(type)}`).join(','),
  };
}

/** A value as JSON carries it. */
function shown(type: BqType, value: Value): unknown {
  if (value === null) return null;
  if (type.kind === 'ARRAY') return (value as Row).map((item) => shown(type.element, item));
  if (type.kind === 'STRUCT')
    return (value as Row).map((item, index) => shown(type.fields[index]!.type, item));
  if (type.kind === 'BOOL') return value;
  if (type.kind === 'FLOAT64' || type.kind === 'FLOAT32')
    return Number.isFinite(value) ? value : String(value);
  return valueText(type, value);
}
