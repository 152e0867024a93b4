import { duck, raw, type Sql, series, subquery } from '../../duck/sql.js';
import { invalidQuery, notImplemented } from '../../errors.js';
import { refusalOf } from '../../functions/known-functions.js';
import type {
  Argument,
  Expression,
  TableArgument,
  TableFunctionCall,
  TableReference,
} from '../../syntax/ast.js';
import { Pending } from '../scope/compilation.js';
import type { CompiledQuery, TableFunctionCompiler, TableFunctionResult } from '../scope/query-context.js';
import type { FromRows } from '../scope/rows.js';
import { type Rows, relationOf } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { boundedText, finish } from './finish.js';
import { selectAll } from './select-all.js';
import { tableRoutine } from './table-routine.js';
import { compileTable, fieldColumns } from './tables.js';

/** A call in FROM: a SQL table function of the catalog, or one that a resolver knows (`ML.*`). */
export function compileTableFunction(node: TableFunctionCall, scope: Scope): FromRows {
  const { compilation } = scope;
  const name = node.name.map((part) => part.name).join('.');
  const alias = node.alias?.name;
  let known = compilation.resolved.get(node) as TableFunctionResult | undefined;
  if (known === undefined) {
    const pending = compilation.context.tableFunctions?.(node, compilerFor(scope));
    if (pending !== undefined) throw new Pending(node, () => pending);
    const rows = tableRoutine(node, scope);
    if (rows !== undefined) return relationOf(rows, subquery(rows.sql), alias, compilation);
    const refusal = refusalOf(name);
    if (refusal !== undefined) throw notImplemented(refusal, 'query', node.pos);
    throw invalidQuery(`Table-valued function not found: ${name}`, node.pos);
  }
  known = { ...known };
  // What models answer changes when they are trained again, and no table tells.
  compilation.cacheable = false;
  return relationOf(
    { columns: fieldColumns(known.columns, known.physicalNames) },
    raw(known.sql),
    alias,
    compilation,
  );
}

function compilerFor(scope: Scope): TableFunctionCompiler {
  const { compilation } = scope;
  return {
    context: compilation.context,
    compileTable: (argument) => retry(() => compileTableArgument(argument, scope)),
    evaluate: (argument) =>
      retry(() => {
        const inner = argument.kind === 'NamedArgument' ? argument.value : argument;
        if (inner.kind === 'QueryArgument' || inner.kind === 'TableArgument' || !isExpression(inner)) {
          throw invalidQuery('A constant expression is expected here', argument.pos);
        }
        const compiled = scope.compile(inner);
        return { sql: boundedText(compiled.sql), type: compiled.type };
      }),
  };

  async function retry<T>(work: () => T): Promise<T> {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof Pending)) throw error;
        compilation.resolved.set(error.key, (await error.resolve()) as TableFunctionResult | undefined);
      }
    }
  }
}

function isExpression(argument: Argument): argument is Expression {
  return ![
    'StarArgument',
    'Lambda',
    'ModelArgument',
    'ConnectionArgument',
    'DescriptorArgument',
    'NamedArgument',
  ].includes(argument.kind);
}

const references = new WeakMap<TableArgument, TableReference>();

/** One node per argument: what a node waits for is remembered by its identity. */
function referenceOf(argument: TableArgument): TableReference {
  let reference = references.get(argument);
  if (reference === undefined) {
    reference = { kind: 'TableReference', pos: argument.pos, path: argument.path };
    references.set(argument, reference);
  }
  return reference;
}

/** `TABLE name` or `(SELECT …)` as a query of its own, with the common table expressions around it. */
function compileTableArgument(argument: Argument, scope: Scope): CompiledQuery {
  const { compilation } = scope;
  if (argument.kind === 'NamedArgument') return compileTableArgument(argument.value, scope);
  if (argument.kind === 'TableArgument') {
    const rows = compileTable(referenceOf(argument), scope);
    return finish(withTables(selectAll(rows, scope.child()), scope), compilation);
  }
  if (argument.kind === 'QueryArgument' || argument.kind === 'ScalarSubquery') {
    return finish(withTables(scope.query(argument.query), scope), compilation);
  }
  throw invalidQuery('A table is expected here: TABLE name, or a query in parentheses', argument.pos);
}

/** The query runs by itself, so the tables of enclosing WITH clauses must come along. */
function withTables(rows: Rows, scope: Scope): Rows {
  const texts: Sql[] = [];
  let recursive = false;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    texts.unshift(...at.withTexts);
    recursive ||= at.withRecursive;
    if (at.isolated) break;
  }
  if (texts.length === 0) return rows;
  return { ...rows, sql: duck`WITH ${recursive ? 'RECURSIVE ' : ''}${series(texts, ', ')} ${rows.sql}` };
}
