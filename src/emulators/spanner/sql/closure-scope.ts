import { findColumn, type Table } from '../schema/model.js';
import type { ClosureScope } from './closure.js';
import type { Statement } from './statement.js';

const NANOS_PER_MICRO = 1000n;

/** Names in an expression of a statement: columns of a table, which its alias may stand before, and parameters. */
export function closureScope(statement: Statement, table: Table | undefined, alias: string): ClosureScope {
  const { parameters, timeZone } = statement;
  return {
    column: (parts) => {
      if (table === undefined) return undefined;
      const qualified = parts.length === 2 && parts[0]!.toLowerCase() === alias.toLowerCase();
      if (parts.length !== 1 && !qualified) return undefined;
      const found = findColumn(table, parts.at(-1)!);
      return found && { index: table.columns.indexOf(found), type: found.type };
    },
    parameter: (name) => {
      const type = parameters.typeOf(name);
      return type && parameters.has(name) ? { type, value: parameters.valueOf(name, type) } : undefined;
    },
    nowNanos: statement.nowMicros * NANOS_PER_MICRO,
    timeZone,
    onVolatile: () => {
      statement.isRepeatable = false;
    },
  };
}

/** The same for a value that is written, which may be drawn from a sequence. */
export function valueScope(statement: Statement, table: Table | undefined, alias: string): ClosureScope {
  return {
    ...closureScope(statement, table, alias),
    sequence: (name) => {
      const sequence = statement.schema.sequences.get(name.toLowerCase());
      return sequence && (() => statement.services.source.nextSequenceValue(sequence));
    },
  };
}
