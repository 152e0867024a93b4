import { compileQuery } from '../../../googlesql/compile/index.js';
import type { CompiledQuery } from '../../../googlesql/compile/scope/query-context.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type {
  CreateModel,
  Expression,
  FunctionCall,
  Identifier,
  Position,
  Query,
  SelectItem,
} from '../../../googlesql/syntax/ast.js';
import { parseQuery } from '../../../googlesql/syntax/parser.js';
import type { BqType, Field } from '../../../googlesql/syntax/types.js';
import type { JsonValue } from '../../catalog/entries.js';
import type { StatementContext } from '../../statements/statement-context.js';
import { literalValue } from '../constants.js';
import { findColumn, numberSql, type Relation } from '../inputs.js';
import type { MlStatementContext } from '../model-statement.js';
import { MissingColumn } from '../score-sql.js';
import type { TrainingTable } from '../training-table.js';
import { checkMlCall } from './in-query.js';
import { PREPROCESSORS, REFUSED_PREPROCESSORS } from './preprocessors.js';
import { expandTemplate, mlFunctionName, rewriteCalls, visitNodes } from './rewrite.js';
import type { Learn, MlFunctionCall } from './rule.js';

/** A TRANSFORM clause with what its functions learnt. */
export interface StoredTransform {
  /** The select list as written. */
  text: string;
  /** Columns of the training query that it reads. */
  inputs: Field[];
  outputs: { name: string; type: BqType; sql: string }[];
  /** Of each ML function that learns, inner ones first, in the order of the text. */
  statistics: JsonValue[];
}

/** Name under which the select list finds its rows. */
const INPUT = 'ml_input';
/** Columns that are passed by the transformation. */
const PASSED = 'ml_passed_';

const NOWHERE: Position = { offset: 0, line: 1, column: 1 };

/**
 * Learns the statistics of a TRANSFORM clause and applies it to the training data. The columns `unchanged` (label,
 * split and the like) must pass as they are.
 */
export async function fitTransform(
  statement: CreateModel,
  table: TrainingTable,
  engine: MlStatementContext,
  unchanged: readonly string[],
): Promise<{ stored: StoredTransform; relation: Relation }> {
  // The statement keeps the parentheses.
  const text = statement.transformText!.trim().slice(1, -1);
  const items = parseItems(text);
  checkItems(items, engine.context);
  checkUnchanged(items, unchanged);
  const input = table.relation('train');
  const compile = compilerOver(input, engine.context);
  const statistics: JsonValue[] = [];
  const rewritten = await rewriteItems(items, compile, async (call, details, first) => {
    const { learn } = PREPROCESSORS[details.name]!;
    if (learn === undefined) return null;
    const read: Learn = Object.assign(
      async (select: string, tail = ''): Promise<JsonValue[][]> => {
        const compiled = await compile([{ kind: 'SelectExpression', expression: first, pos: call.pos }]);
        const column = `c."${compiled.physicalNames[0]!.replaceAll('"', '""')}"`;
        const type = details.types[0]!;
        const value = type.kind === 'ARRAY' ? `unnest(list_distinct(${column}))` : readable(column, type);
        const rows = await table.read(
          `SELECT ${select} FROM (SELECT ${value} AS x FROM (${compiled.sql}) AS c) ${tail}`,
        );
        return rows.map((row) =>
          row.map((cell) => (typeof cell === 'string' || cell === null ? cell : Number(cell))),
        );
      },
      { rows: table.rows },
    );
    const learnt = await learn(read, details);
    statistics.push(learnt);
    return learnt;
  });
  const relation = await compile(rewritten);
  const stored: StoredTransform = {
    text,
    inputs: usedColumns(items, input.columns),
    outputs: relation.columns.map(({ name, type }, index) => ({
      name,
      type,
      sql: relation.columns.length === items.length ? itemText(text, items, index) : name,
    })),
    statistics,
  };
  return { stored, relation };
}

function readable(column: string, type: BqType): string {
  return type.kind === 'STRING'
    ? column
    : type.kind === 'BOOL'
      ? `CAST(${column} AS VARCHAR)`
      : numericOr(column, type);
}

function numericOr(column: string, type: BqType): string {
  const numeric = ['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'].includes(type.kind);
  return numeric ? numberSql(column, type) : `CAST(${column} AS VARCHAR)`;
}

export interface TransformedInput {
  /** Outputs of the transformation, and behind them the columns of the caller under other names. */
  model: Relation;
  /** The caller's columns, from the same rows. */
  shown: Relation;
}

/** Applies a stored TRANSFORM to the rows a model is called with. */
export async function applyTransform(
  stored: StoredTransform,
  input: Relation,
  options: {
    context: StatementContext;
    optional: readonly string[];
  },
): Promise<TransformedInput> {
  const has = (name: string): boolean => findColumn(input, name, 'i') !== undefined;
  const optional = options.optional.map((name) => name.toLowerCase());
  for (const { name } of stored.inputs) {
    if (!has(name) && !optional.includes(name.toLowerCase())) throw new MissingColumn(name);
  }
  const items = parseItems(stored.text).flatMap((item): SelectItem[] => {
    const name = plainColumn(item);
    if (name !== undefined && !has(name)) return [];
    if (item.kind !== 'SelectStar') return [item];
    return [{ ...item, except: item.except.filter((column) => has(column.name)) }];
  });
  const compile = compilerOver(input, options.context);
  let next = 0;
  const rewritten = await rewriteItems(items, compile, async (_, { name }) =>
    PREPROCESSORS[name]!.learn === undefined ? null : (stored.statistics[next++] ?? null),
  );
  const passed = input.columns.map(
    ({ name }, index): SelectItem => ({
      kind: 'SelectExpression',
      pos: NOWHERE,
      alias: identifier(`${PASSED}${index}`),
      expression: { kind: 'PathExpression', pos: NOWHERE, parts: [identifier(INPUT), identifier(name)] },
    }),
  );
  const model = await compile([...rewritten, ...passed]);
  const first = model.columns.length - passed.length;
  const shown: Relation = {
    sql: model.sql,
    columns: input.columns,
    physicalNames: model.physicalNames.slice(first),
  };
  return { model, shown };
}

type StatisticsSource = (
  call: FunctionCall,
  details: MlFunctionCall,
  first: Expression,
) => Promise<JsonValue>;

type ItemCompiler = (items: SelectItem[]) => Promise<CompiledQuery>;

async function rewriteItems(
  items: readonly SelectItem[],
  compile: ItemCompiler,
  source: StatisticsSource,
): Promise<SelectItem[]> {
  return rewriteCalls([...items], async (call) => {
    const name = mlFunctionName(call)!;
    const rule = PREPROCESSORS[name];
    if (rule === undefined) {
      if (REFUSED_PREPROCESSORS.includes(name)) throw notImplemented(`ML.${name}`);
      throw invalidQuery(`Function not found: ML.${name}`, call.pos);
    }
    checkMlCall(call, name);
    const arguments_ = call.arguments as Expression[];
    const compiled = await compile(
      arguments_.map((expression, index) => ({
        kind: 'SelectExpression',
        expression,
        alias: identifier(`a${index}`),
        pos: call.pos,
      })),
    );
    const details: MlFunctionCall = {
      name,
      pos: call.pos,
      types: compiled.columns.map((column) => column.type),
      literals: arguments_.map(literalValue),
    };
    const statistics = await source(call, details, arguments_[0]!);
    return expandTemplate(rule.template(details, statistics), arguments_);
  });
}

/** Compiles select lists over a relation. */
function compilerOver(input: Relation, context: StatementContext): ItemCompiler {
  const inner: StatementContext = {
    ...context,
    resolveTable: (path) =>
      path.parts.length === 1 && path.parts[0] === INPUT
        ? { sql: `(${input.sql})`, columns: input.columns, physicalNames: input.physicalNames }
        : context.resolveTable?.(path),
  };
  return (items) => {
    const query: Query = {
      kind: 'Query',
      pos: NOWHERE,
      end: 0,
      orderBy: [],
      pipes: [],
      body: {
        kind: 'Select',
        pos: NOWHERE,
        distinct: false,
        windows: [],
        items,
        from: {
          kind: 'TableReference',
          pos: NOWHERE,
          path: { kind: 'ObjectPath', pos: NOWHERE, parts: [INPUT], identifiers: [identifier(INPUT)] },
        },
      },
    };
    return compileQuery(query, inner);
  };
}

function identifier(name: string): Identifier {
  return { kind: 'Identifier', name, quoted: true, pos: NOWHERE };
}

const PREFIX = 'SELECT ';

function parseItems(text: string): SelectItem[] {
  const { body } = parseQuery(`${PREFIX}${text}`);
  if (body.kind !== 'Select') throw invalidQuery('TRANSFORM needs a select list');
  return body.items;
}

/** Source text of an item: up to the comma before the next one. */
function itemText(text: string, items: readonly SelectItem[], index: number): string {
  const start = items[index]!.pos.offset - PREFIX.length;
  const end = items[index + 1]?.pos.offset;
  return text
    .slice(start, end === undefined ? undefined : end - PREFIX.length)
    .trim()
    .replace(/,$/, '')
    .trim();
}

function plainColumn(item: SelectItem): string | undefined {
  if (item.kind !== 'SelectExpression' || item.alias !== undefined) return undefined;
  const { expression } = item;
  return expression.kind === 'PathExpression' && expression.parts.length === 1
    ? expression.parts[0]!.name
    : undefined;
}

const SUBQUERIES = ['ScalarSubquery', 'ArraySubquery', 'Exists', 'Subquery'];

function checkItems(items: readonly SelectItem[], context: StatementContext): void {
  for (const item of items) {
    if (item.kind !== 'SelectExpression' || item.alias !== undefined) continue;
    const { kind } = item.expression;
    if (kind !== 'PathExpression' && kind !== 'FieldAccess') {
      throw invalidQuery('Anonymous columns are not allowed in the TRANSFORM clause', item.pos);
    }
  }
  visitNodes(items, (node) => {
    if (SUBQUERIES.includes(node.kind ?? '')) {
      throw invalidQuery('Subqueries are not allowed in the TRANSFORM clause', (node as Expression).pos);
    }
    if (node.kind !== 'FunctionCall') return;
    const call = node as FunctionCall;
    if (mlFunctionName(call) !== undefined) return;
    const name = call.name.map((part) => part.name).join('.');
    if (call.over !== undefined) {
      throw invalidQuery(`Analytic function ${name} is not allowed in the TRANSFORM clause`, call.pos);
    }
    const rule = context.functions.find(name);
    const temporary = context.temporaryFunctions?.has(name.toLowerCase()) ?? false;
    if (temporary || (rule === undefined && call.name.length > 1)) {
      throw invalidQuery(`User-defined function ${name} is not allowed in the TRANSFORM clause`, call.pos);
    }
    if (rule?.kind === 'aggregate') {
      throw invalidQuery(`Aggregate function ${name} is not allowed in the TRANSFORM clause`, call.pos);
    }
  });
}

function checkUnchanged(items: readonly SelectItem[], unchanged: readonly string[]): void {
  const names = unchanged.map((name) => name.toLowerCase());
  const refuse = (name: string, pos: Position): void => {
    if (!names.includes(name.toLowerCase())) return;
    throw invalidQuery(`Column ${name} must be in the TRANSFORM clause unchanged and without an alias`, pos);
  };
  for (const item of items) {
    if (item.kind === 'SelectStar') for (const { name } of item.replace) refuse(name.name, item.pos);
    else if (item.alias !== undefined) refuse(item.alias.name, item.pos);
  }
}

/** Columns of the input that a select list names; all of them when it holds a star. */
function usedColumns(items: readonly SelectItem[], columns: readonly Field[]): Field[] {
  const names = new Set<string>();
  const excepted = new Set<string>();
  let all = false;
  visitNodes(items, (node) => {
    if (node.kind === 'PathExpression') {
      for (const part of (node as Expression & { kind: 'PathExpression' }).parts)
        names.add(part.name.toLowerCase());
    }
    if (node.kind === 'SelectStar') {
      all = true;
      for (const name of (node as SelectItem & { kind: 'SelectStar' }).except)
        excepted.add(name.name.toLowerCase());
    }
  });
  return columns.filter(({ name }) => {
    const key = name.toLowerCase();
    return names.has(key) || (all && !excepted.has(key));
  });
}
