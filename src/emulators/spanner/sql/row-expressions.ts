import { SPANNER } from '../../googlesql/dialect.js';
import { translateDuckError } from '../../googlesql/duck/errors.js';
import type { Expression } from '../../googlesql/syntax/ast.js';
import { parseExpression } from '../../googlesql/syntax/parser.js';
import { BOOL, type BqType } from '../../googlesql/syntax/types.js';
import type { Check, Column, Schema, Table } from '../schema/model.js';
import type { PendingRow, RowScope, Violation } from '../store/language.js';
import type { Row, Value } from '../values/value.js';
import { isCommitTimestamp } from './change-target.js';
import type { Closure } from './closure.js';
import { closureAs, closureOf } from './closures.js';
import type { DuckHost } from './duck-host.js';
import { evaluationError, statementError } from './errors.js';
import { compileExpression, RowClosureScope } from './row-scope.js';
import { readRows } from './run-query.js';

/** An expression of a column or a CHECK: a closure where that can be, else what DuckDB computes for many rows at once. */
interface RowExpression {
  text: string;
  node: Expression;
  type: BqType;
  closure: Closure | undefined;
}

interface TableExpressions {
  defaults: Map<Column, RowExpression>;
  onUpdates: Map<Column, RowExpression>;
  /** Each behind those that it reads. */
  generated: [Column, RowExpression][];
  checks: Map<Check, RowExpression>;
  scope: RowClosureScope;
}

/** DEFAULT, ON UPDATE, generated columns and CHECK. */
export class RowExpressions {
  readonly #host: DuckHost;
  readonly #tables = new WeakMap<Table, TableExpressions>();

  constructor(host: DuckHost) {
    this.#host = host;
  }

  /** See `Language.complete`. */
  complete(scope: RowScope, table: Table, rows: readonly PendingRow[]): void | Promise<void> {
    const { defaults, onUpdates, generated } = this.#of(table, scope);
    const steps: (() => void | Promise<void>)[] = [];
    for (const [index, column] of table.columns.entries()) {
      const { identity } = column;
      if (identity !== undefined) {
        const lacking = rows.filter((row) => row.isInsert && !row.given[index]);
        for (const row of lacking) row.values[index] = scope.nextSequenceValue(identity);
      }
      const inserted = defaults.get(column);
      const updated = onUpdates.get(column);
      if (inserted)
        steps.push(() =>
          this.#fill(
            inserted,
            index,
            rows.filter((row) => row.isInsert && !row.given[index]),
            table,
            scope.schema,
          ),
        );
      if (updated)
        steps.push(() =>
          this.#fill(
            updated,
            index,
            rows.filter((row) => !row.isInsert && !row.given[index]),
            table,
            scope.schema,
          ),
        );
    }
    for (const [column, expression] of generated) {
      const index = table.columns.indexOf(column);
      steps.push(() => this.#fill(expression, index, rows, table, scope.schema));
    }
    return inTurn(steps);
  }

  /** See `Language.violatedCheck`. */
  violatedCheck(
    scope: RowScope,
    table: Table,
    rows: readonly Row[],
    checks: readonly Check[],
  ): Violation | undefined | Promise<Violation | undefined> {
    const expressions = this.#of(table, scope);
    const slow: [Check, RowExpression][] = [];
    for (const check of checks) {
      let expression = expressions.checks.get(check);
      if (expression === undefined) {
        expression = rowExpression(check.expression, BOOL, expressions.scope);
        expressions.checks.set(check, expression);
      }
      const { closure } = expression;
      if (closure === undefined) slow.push([check, expression]);
      else {
        const row = rows.find((each) => closure.run(each) === false);
        if (row !== undefined) return { row, check };
      }
    }
    return slow.length === 0 || rows.length === 0
      ? undefined
      : this.#queriedViolation(slow, rows, table, scope.schema);
  }

  async #queriedViolation(
    checks: readonly [Check, RowExpression][],
    rows: readonly Row[],
    table: Table,
    schema: Schema,
  ): Promise<Violation | undefined> {
    for (const [check, expression] of checks) {
      const values = await this.#queried(expression, rows, table, schema);
      const index = values.indexOf(false);
      if (index >= 0) return { row: rows[index]!, check };
    }
    return undefined;
  }

  /** @throws ServiceError for an expression that is none of this type. */
  check(schema: Schema, table: Table | undefined, text: string, type: BqType): void {
    try {
      const node = parseExpression(text, SPANNER);
      if (isCommitTimestamp(node) && type.kind === 'TIMESTAMP') return;
      const scope = new RowClosureScope(table, schema);
      if (closureAs(closureOf(node, scope), type, scope.timeZone) !== undefined) return;
      compileExpression(node, type, [], table, schema);
    } catch (error) {
      throw statementError(error, text);
    }
  }

  #of(table: Table, scope: RowScope): TableExpressions {
    let known = this.#tables.get(table);
    if (known === undefined) {
      known = expressionsOf(table, scope.schema);
      this.#tables.set(table, known);
    }
    known.scope.current = scope;
    return known;
  }

  #fill(
    expression: RowExpression,
    index: number,
    rows: readonly PendingRow[],
    table: Table,
    schema: Schema,
  ): void | Promise<void> {
    if (rows.length === 0) return;
    const { closure } = expression;
    if (closure === undefined) {
      return this.#queried(
        expression,
        rows.map(({ values }) => values),
        table,
        schema,
      ).then((values) => {
        for (const [place, row] of rows.entries()) row.values[index] = values[place]!;
      });
    }
    for (const row of rows) row.values[index] = closure.run(row.values);
  }

  async #queried(
    { node, type, text }: RowExpression,
    rows: readonly Row[],
    table: Table,
    schema: Schema,
  ): Promise<Value[]> {
    try {
      const compiled = compileExpression(node, type, rows, table, schema);
      const database = await this.#host.database();
      const found = await database.withConnection((connection) => readRows(connection, compiled));
      return found.map(([value]) => value!);
    } catch (error) {
      throw evaluationError(translateDuckError(error), text);
    }
  }
}

function inTurn(steps: readonly (() => void | Promise<void>)[]): void | Promise<void> {
  for (const [index, step] of steps.entries()) {
    const waiting = step();
    if (waiting !== undefined) return waiting.then(() => inTurn(steps.slice(index + 1)));
  }
}

function expressionsOf(table: Table, schema: Schema): TableExpressions {
  const scope = new RowClosureScope(table, schema);
  const expressions: TableExpressions = {
    defaults: new Map(),
    onUpdates: new Map(),
    generated: [],
    checks: new Map(),
    scope,
  };
  for (const column of table.columns) {
    const { type } = column;
    if (column.default !== undefined)
      expressions.defaults.set(column, rowExpression(column.default, type, scope));
    if (column.onUpdate !== undefined)
      expressions.onUpdates.set(column, rowExpression(column.onUpdate, type, scope));
  }
  for (const check of table.checks)
    expressions.checks.set(check, rowExpression(check.expression, BOOL, scope));
  expressions.generated = generatedInOrder(table, scope);
  return expressions;
}

function rowExpression(text: string, type: BqType, scope: RowClosureScope): RowExpression {
  const node = parseExpression(text, SPANNER);
  return { text, node, type, closure: closureAs(closureOf(node, scope), type, scope.timeZone) };
}

function generatedInOrder(table: Table, scope: RowClosureScope): [Column, RowExpression][] {
  const left = table.columns.filter(({ generated }) => generated !== undefined);
  const ordered: [Column, RowExpression][] = [];
  while (left.length > 0) {
    const next = left.findIndex((column) => !left.some((other) => other !== column && names(column, other)));
    const [column] = left.splice(Math.max(next, 0), 1);
    ordered.push([column!, rowExpression(column!.generated!.expression, column!.type, scope)]);
  }
  return ordered;
}

/** Whether the expression of a column may read another. */
function names(column: Column, other: Column): boolean {
  const words = column.generated!.expression.match(/[A-Za-z_]\w*/g) ?? [];
  return words.some((word) => word.toLowerCase() === other.name.toLowerCase());
}
