import { compileQueryInto } from '../../googlesql/compile/index.js';
import type { CompiledQuery, QueryContext } from '../../googlesql/compile/scope/query-context.js';
import { SPANNER } from '../../googlesql/dialect.js';
import { invalidQuery } from '../../googlesql/errors.js';
import { functionsOfSpanner } from '../../googlesql/functions/index.js';
import type { Expression } from '../../googlesql/syntax/ast.js';
import { type BqType, printType } from '../../googlesql/syntax/types.js';
import { findColumn, type Schema, type Table } from '../schema/model.js';
import type { RowScope } from '../store/language.js';
import { COMMIT_TIMESTAMP, type Row } from '../values/value.js';
import type { ClosureScope } from './closure.js';
import { column as columnNode, identifier, selectQuery, tableNamed } from './nodes.js';
import { ROW_ORDER, rowsTable } from './returning.js';
import { timeZoneOf } from './time-zone.js';

const ROWS = '$rows';
const START = { line: 1, column: 1, offset: 0 };

/** What names mean in an expression of a table, as it is at the time of one commit. */
export class RowClosureScope implements ClosureScope {
  current: RowScope | undefined;
  readonly commitTimestamp = COMMIT_TIMESTAMP;

  constructor(
    readonly table: Table | undefined,
    readonly schema: Schema,
  ) {}

  get nowNanos(): bigint {
    return this.current?.nowNanos ?? 0n;
  }

  get timeZone(): string {
    return timeZoneOf(this.schema);
  }

  column(parts: readonly string[]) {
    const found =
      parts.length === 1 && this.table !== undefined ? findColumn(this.table, parts[0]!) : undefined;
    return found && { index: this.table!.columns.indexOf(found), type: found.type };
  }

  parameter(): undefined {
    return undefined;
  }

  sequence(name: string): (() => bigint) | undefined {
    const sequence = this.schema.sequences.get(name.toLowerCase());
    return sequence && (() => this.current!.nextSequenceValue(sequence));
  }
}

/** A query that gives the value of an expression for each of the rows, in their order. */
export function compileExpression(
  node: Expression,
  type: BqType,
  rows: readonly Row[],
  table: Table | undefined,
  schema: Schema,
): CompiledQuery {
  const context: QueryContext = {
    dialect: SPANNER,
    names: {
      table: (path) => {
        throw invalidQuery(`Table not found: ${path.parts.join('.')}`, path.pos);
      },
      routine: () => undefined,
    },
    functions: functionsOfSpanner,
    environment: {
      statementTimeMicros: BigInt(Date.now()) * 1000n,
      timeZone: timeZoneOf(schema),
      sessionUser: 'emulator@localhost',
    },
    resolveTable: ({ parts }) =>
      table !== undefined && parts[0] === ROWS ? rowsTable(table, rows) : undefined,
  };
  const mismatch = (from: BqType) =>
    invalidQuery(`Expected type ${printType(type)}; found ${printType(from)}`, START);
  const from = table === undefined ? {} : { from: tableNamed(ROWS, identifier(ROWS, START), START) };
  if (table === undefined)
    return compileQueryInto(selectQuery([node], from, node.pos), [{ type, mismatch }], context);
  const order = columnNode([ROWS, ROW_ORDER], START);
  const compiled = compileQueryInto(
    selectQuery([node, order], from, node.pos),
    [{ type, mismatch }],
    context,
  );
  const [value, place] = compiled.physicalNames;
  return {
    ...compiled,
    sql: `SELECT ${value} FROM (${compiled.sql}) ORDER BY ${place}`,
    columns: compiled.columns.slice(0, 1),
  };
}
