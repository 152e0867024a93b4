import type { BqType } from '../../googlesql/syntax/types.js';
import type {
  Check,
  Column,
  ForeignKey,
  Index,
  Schema,
  SequenceSettings,
  Table,
  ViewColumn,
} from './model.js';
import { parseDdl } from './parse/parse-ddl.js';
import type { DdlStatement, Droppable } from './parse/statements.js';
import { analyzeChange, analyzeView } from './plan/analysis.js';
import { Draft } from './plan/draft.js';
import {
  alterDatabase,
  changeGrants,
  createNamedSchema,
  createRole,
  createView,
  dropNamedSchema,
  dropRole,
  dropView,
} from './plan/plan-database.js';
import { alterIndex, createIndex, dropIndex } from './plan/plan-indexes.js';
import { alterSequence, createSequence, dropSequence } from './plan/plan-sequences.js';
import { alterTable, createTable, dropTable, renameTable } from './plan/plan-tables.js';

/** A schema as a statement makes it, and what has to be done to the rows for it. */
export interface SchemaPlan {
  schema: Schema;
  work: readonly SchemaWork[];
}

/**
 * What the store has to do or to verify for a new schema, in this order. `table` and `index` are those of the new
 * schema, of the old one where they are dropped. What does not hold for the rows refuses the statement.
 */
export type SchemaWork =
  | { kind: 'create-table'; table: Table }
  | { kind: 'drop-table'; table: Table }
  /** Fills it from the rows of the table; refused when it is unique and the rows are not. */
  | { kind: 'build-index'; table: Table; index: Index }
  | { kind: 'drop-index'; index: Index }
  /** Existing rows have no value of the column; forgets what is kept of it. */
  | { kind: 'drop-column'; table: Table; column: Column }
  /** A new column with a default or a stored generated value: existing rows get it. */
  | { kind: 'fill-column'; table: Table; column: Column }
  /** The type changed between STRING and BYTES (or their arrays): values are converted. */
  | { kind: 'convert-column'; table: Table; column: Column; from: Column }
  /** Refused when a value is longer than the column has it. */
  | { kind: 'check-length'; table: Table; column: Column }
  | { kind: 'check-not-null'; table: Table; column: Column }
  /** The column takes commit timestamps from here on: refused when a value is in the future. */
  | { kind: 'check-commit-timestamps'; table: Table; column: Column }
  | { kind: 'check-constraint'; table: Table; check: Check }
  | { kind: 'check-foreign-key'; table: Table; foreignKey: ForeignKey }
  /** Refused when a row has no parent. */
  | { kind: 'check-interleaving'; table: Table }
  /** The counter starts over where its settings say. */
  | { kind: 'start-sequence'; sequence: SequenceSettings }
  | { kind: 'drop-sequence'; sequence: SequenceSettings };

/** What only the language can tell of the text in a statement. */
export interface DdlAnalyzer {
  /** What the query of a view gives and reads. @throws ServiceError for what is wrong with it. */
  analyzeQuery(schema: Schema, sql: string): Promise<AnalyzedQuery>;
  /**
   * Checks an expression of a table, or of none, that has to be of this type.
   * @throws ServiceError for what is wrong with it.
   */
  checkExpression(schema: Schema, table: Table | undefined, text: string, type: BqType): Promise<void>;
}

export interface AnalyzedQuery {
  columns: readonly ViewColumn[];
  /** Names in lower case of the tables, views and sequences that it reads. */
  dependencies: readonly string[];
}

/** Whoever plans the statement again, on the schema that it was planned on, needs its text and `query` alone. */
export interface PlannedStatement {
  statement: string;
  /** Of a statement that makes a view. */
  query?: AnalyzedQuery | undefined;
  plan: SchemaPlan;
}

/** Plans statements one after another. @throws ServiceError for the first that cannot be. */
export async function planStatements(
  schema: Schema,
  statements: readonly string[],
  analyzer: DdlAnalyzer,
): Promise<PlannedStatement[]> {
  const planned: PlannedStatement[] = [];
  let before = schema;
  for (const statement of statements) {
    const query = await analyzeView(before, parseDdl(statement), analyzer);
    const plan = planDdl(before, statement, query);
    await analyzeChange(before, plan.schema, analyzer);
    planned.push({ statement, query, plan });
    before = plan.schema;
  }
  return planned;
}

/**
 * What a statement of the data definition language makes of a schema. Pure: nothing is done to any row.
 * @param query of a statement that makes a view
 * @throws ServiceError with the code and text of the service
 */
export function planDdl(schema: Schema, statement: string, query?: AnalyzedQuery): SchemaPlan {
  const draft = new Draft(schema);
  plan(draft, parseDdl(statement), query);
  return { schema: draft.finish(), work: draft.work };
}

function plan(draft: Draft, statement: DdlStatement, query: AnalyzedQuery | undefined): void {
  switch (statement.kind) {
    case 'create-table':
      createTable(draft, statement);
      return;
    case 'alter-table':
      alterTable(draft, statement.name, statement.ifExists, statement.action);
      return;
    case 'rename-tables':
      for (const { from, to } of statement.renames) renameTable(draft, draft.table(from), to);
      return;
    case 'create-index':
      createIndex(draft, statement);
      return;
    case 'alter-index':
      alterIndex(draft, statement.name, statement.action, statement.column);
      return;
    case 'create-view':
      if (query === undefined) throw new Error('The query of the view was not analyzed.');
      createView(draft, statement, query);
      return;
    case 'create-schema':
      createNamedSchema(draft, statement.name, statement.ifNotExists);
      return;
    case 'create-sequence':
      createSequence(draft, statement);
      return;
    case 'alter-sequence':
      alterSequence(draft, statement.name, statement.ifExists, statement.change);
      return;
    case 'alter-database':
      alterDatabase(draft, statement.options);
      return;
    case 'drop':
      DROPS[statement.what](draft, statement.name, statement.ifExists);
      return;
    case 'create-role':
      createRole(draft, statement.name);
      return;
    case 'grant':
    case 'revoke':
      changeGrants(draft, statement);
      return;
    case 'nothing':
      return;
  }
}

const DROPS: Record<Droppable, (draft: Draft, name: string, ifExists: boolean) => void> = {
  table: dropTable,
  index: dropIndex,
  view: dropView,
  sequence: dropSequence,
  schema: dropNamedSchema,
  role: dropRole,
};
