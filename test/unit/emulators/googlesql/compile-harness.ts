import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll } from 'vitest';
import { Catalog } from '../../../../src/emulators/bigquery/catalog/catalog.js';
import type { TableField } from '../../../../src/emulators/bigquery/catalog/entries.js';
import { fromTableField } from '../../../../src/emulators/bigquery/catalog/rest-types.js';
import { OWNER } from '../../../../src/emulators/bigquery/catalog/row-access.js';
import { catalogNames } from '../../../../src/emulators/bigquery/statements/catalog-names.js';
import {
  type CompiledQuery,
  compileQuery,
  type QueryContext,
} from '../../../../src/emulators/googlesql/compile/index.js';
import { quoteIdentifier, quoteString } from '../../../../src/emulators/googlesql/duck/quote.js';
import { templateText } from '../../../../src/emulators/googlesql/duck/sql.js';
import { encodeValue, shapeText } from '../../../../src/emulators/googlesql/functions/emit.js';
import { functions } from '../../../../src/emulators/googlesql/functions/index.js';
import { registerFunctions } from '../../../../src/emulators/googlesql/functions/udf.js';
import { parseQuery } from '../../../../src/emulators/googlesql/syntax/parser.js';
import { duckType, printType } from '../../../../src/emulators/googlesql/syntax/types.js';

export interface CompilerLab {
  catalog: Catalog;
  compile(sql: string, more?: Partial<QueryContext>): Promise<CompiledQuery>;
  /** `name TYPE, …` of the result. */
  schema(sql: string, more?: Partial<QueryContext>): Promise<string>;
  /** Each row's columns as literals, joined by ` | `. */
  rows(sql: string, more?: Partial<QueryContext>): Promise<string[]>;
  /** The message a query fails with, while it is compiled or runs. */
  failure(sql: string, more?: Partial<QueryContext>): Promise<string>;
  /** Makes a table of the dataset `d` and fills it with what a DuckDB query gives. */
  table(name: string, fields: TableField[], duckSql: string): Promise<void>;
  close(): void;
}

export const DATASET = { projectId: 'lab', datasetId: 'd' };

/** A lab for the tests of a file. */
export function useCompilerLab(): CompilerLab {
  const lab = {} as CompilerLab;
  beforeAll(async () => {
    Object.assign(lab, await openCompilerLab());
  });
  afterAll(() => lab.close());
  return lab;
}

/** The compiler over a catalog and DuckDB in memory, without engine and server. */
async function openCompilerLab(): Promise<CompilerLab> {
  const catalog = new Catalog();
  catalog.insertDataset({ ref: DATASET, location: 'US' });
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  registerFunctions(connection);
  await connection.run(`CREATE SCHEMA ${catalog.physicalSchema(DATASET)}`);
  const context: QueryContext = {
    names: catalogNames({ catalog, project: DATASET.projectId, caller: OWNER }),
    functions,
    environment: {
      statementTimeMicros: 1_705_320_000_123_456n,
      timeZone: 'UTC',
      sessionUser: 'me@example.com',
    },
  };
  const compile = (sql: string, more: Partial<QueryContext> = {}) =>
    compileQuery(parseQuery(sql), { ...context, ...more });
  const rows = async (sql: string, more?: Partial<QueryContext>) => {
    const query = await compile(sql, more);
    const columns = query.columns.map(({ type }, index) => {
      const name = `q.${quoteIdentifier(query.physicalNames[index]!)}`;
      return `bq_format('%T', [${quoteString(shapeText(type))}], [${templateText(encodeValue(name, type))}])`;
    });
    const reader = await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM (${query.sql}) AS q`);
    return reader.getRowsJS().map((row) => row.map(String).join(' | '));
  };
  return {
    catalog,
    compile,
    rows,
    async schema(sql, more) {
      const { columns } = await compile(sql, more);
      return columns.map((column) => `${column.name} ${printType(column.type)}`).join(', ');
    },
    async failure(sql, more) {
      try {
        await rows(sql, more);
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
      throw new Error(`no failure: ${sql}`);
    },
    async table(name, fields, duckSql) {
      const ref = { ...DATASET, tableId: name };
      catalog.insertTable({ ref, type: 'TABLE', fields });
      const columns = fields.map((field) => `"${field.name}" ${duckType(fromTableField(field).type)}`);
      const physical = catalog.physicalName(ref);
      await connection.run(`CREATE TABLE ${physical} (${columns.join(', ')})`);
      await connection.run(`INSERT INTO ${physical} ${duckSql}`);
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export function field(
  name: string,
  type: TableField['type'],
  mode: TableField['mode'] = 'NULLABLE',
): TableField {
  return { name, type, mode };
}
