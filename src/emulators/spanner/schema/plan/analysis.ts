import { BOOL, printType, sameType } from '../../../googlesql/syntax/types.js';
import { ServiceError } from '../../../serving/service-error.js';
import type { AnalyzedQuery, DdlAnalyzer } from '../ddl.js';
import type { Check, Column, Schema, Table, View } from '../model.js';
import type { DdlStatement } from '../parse/statements.js';
import { invalid, refused } from './draft.js';
import { columnsIn } from './expressions.js';

/** What the query of a view gives; nothing for other statements. */
export async function analyzeView(
  schema: Schema,
  statement: DdlStatement,
  analyzer: DdlAnalyzer,
): Promise<AnalyzedQuery | undefined> {
  if (statement.kind !== 'create-view') return undefined;
  const isReplaced = statement.orReplace && schema.views.has(statement.name.toLowerCase());
  try {
    return await analyzer.analyzeQuery(schema, statement.query);
  } catch (error) {
    const reason = messageOf(error);
    throw isReplaced
      ? refused(
          `Cannot replace VIEW \`${statement.name}\` because new definition is invalid with the following diagnostic message:\n\n${reason}`,
        )
      : invalid(`Error analyzing the definition of view \`${statement.name}\`: ${reason}`);
  }
}

/** Has the language look at what a statement changed: expressions, and views that read what is another now. */
export async function analyzeChange(before: Schema, after: Schema, analyzer: DdlAnalyzer): Promise<void> {
  for (const [key, table] of after.tables) {
    const known = [...before.tables.values()].find(({ id }) => id === table.id) ?? before.tables.get(key);
    if (known !== table) await analyzeTable(after, known, table, analyzer);
  }
  for (const view of after.views.values()) {
    if (before.views.get(view.name.toLowerCase()) !== view) continue;
    const changed = view.dependencies.find((name) => objectOf(before, name) !== objectOf(after, name));
    if (changed !== undefined) await analyzeAgain(before, after, view, changed, analyzer);
  }
}

async function analyzeTable(
  schema: Schema,
  known: Table | undefined,
  table: Table,
  analyzer: DdlAnalyzer,
): Promise<void> {
  for (const column of table.columns) {
    const same = known?.columns.find(({ id }) => id === column.id);
    if (same !== column) await analyzeColumn(schema, table, column, analyzer);
  }
  for (const check of table.checks) {
    const { name, isNamed, expression } = check;
    if (known?.checks.some((check) => check.name === name)) continue;
    const shown = isNamed ? name : '<unnamed>';
    await analyzer
      .checkExpression(schema, table, expression, BOOL)
      .catch(
        prefixed(
          `Error parsing expression '${expression}' from check constraint '${shown}' in table '${table.name}': `,
        ),
      );
    checkUsesColumns(table, check);
  }
}

function checkUsesColumns(table: Table, { name, expression }: Check): void {
  if (columnsIn(table.columns, expression).some((column) => isMadeFromColumns(table, column))) return;
  throw invalid(
    `Check constraint \`${table.name}\`.\`${name}\` does not use any non generated column. Expression: '${expression}'. A check constraint expression requires at least one non-generated column as dependency.`,
  );
}

function isMadeFromColumns(table: Table, column: Column): boolean {
  if (column.generated === undefined) return true;
  return columnsIn(table.columns, column.generated.expression).some((source) =>
    isMadeFromColumns(table, source),
  );
}

async function analyzeColumn(
  schema: Schema,
  table: Table,
  { name, type, default: value, generated }: Column,
  analyzer: DdlAnalyzer,
): Promise<void> {
  if (value !== undefined) {
    const where = `Error parsing the default value of column \`${table.name}\`.\`${name}\`: `;
    if (columnsIn(table.columns, value).length > 0) {
      throw invalid(
        `${where}Default value expression of column \`${name}\` has a reference to another column. Default expressions referencing other columns are not supported.`,
      );
    }
    await analyzer.checkExpression(schema, undefined, value, type).catch(prefixed(where));
  }
  if (generated !== undefined) {
    const where = `Error parsing the definition of generated column \`${table.name}\`.\`${name}\`: `;
    await analyzer.checkExpression(schema, table, generated.expression, type).catch(prefixed(where));
  }
}

async function analyzeAgain(
  before: Schema,
  after: Schema,
  view: View,
  changed: string,
  analyzer: DdlAnalyzer,
): Promise<void> {
  const action = actionOf(before, after, changed);
  let analyzed: AnalyzedQuery;
  try {
    analyzed = await analyzer.analyzeQuery(after, view.query);
  } catch (error) {
    if (action.startsWith('drop')) {
      throw refused(`Cannot ${action} on which there are dependent views: ${view.name}.`);
    }
    throw refused(
      `Cannot ${action}. The new definition causes the definition of VIEW \`${view.name}\` to become invalid with the following diagnostic message: ${messageOf(error)}`,
    );
  }
  for (const [index, { type }] of view.columns.entries()) {
    const other = analyzed.columns[index]?.type;
    if (other === undefined || sameType(type, other)) continue;
    throw refused(
      `Cannot ${action}. Action would implicitly change the type of an output column for VIEW \`${view.name}\` from \`${printType(type)}\` to \`${printType(other)}\`.\nTip: Give explicit type to output columns in the VIEW definition before making this change by adding casts/conversions to the intended final output type.`,
    );
  }
}

/** What was done to an object that a view reads, in the words of the service. */
function actionOf(before: Schema, after: Schema, name: string): string {
  const view = after.views.get(name);
  if (view !== undefined) return `replace VIEW \`${view.name}\``;
  const [old, table] = [before.tables.get(name), after.tables.get(name)];
  if (table === undefined) return `rename TABLE \`${old?.name ?? name}\``;
  const dropped = old?.columns.find(({ id }) => !table.columns.some((column) => column.id === id));
  if (dropped !== undefined) return `drop column \`${dropped.name}\``;
  const altered = table.columns.find((column) => !old?.columns.includes(column));
  return altered === undefined
    ? `alter TABLE \`${table.name}\``
    : `alter column \`${table.name}.${altered.name}\``;
}

function objectOf(schema: Schema, name: string): Table | View | undefined {
  return schema.tables.get(name) ?? schema.views.get(name);
}

/** Puts before a message where the expression stands. */
function prefixed(where: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ServiceError)) throw error;
    throw new ServiceError(error.code, `${where}${error.message}`, error.details);
  };
}

function messageOf(error: unknown): string {
  if (!(error instanceof ServiceError)) throw error;
  return error.message;
}
