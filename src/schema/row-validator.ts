import { type CellOptions, cellParser } from './cell-parsers.js';
import { type CellParser, CellProblem } from './cell-problem.js';
import { type Field, inputFields, type TableSchema } from './table-schema.js';

/** Why one column of a row was refused. */
export interface Problem {
  column: string;
  /** Holds no data, so that it can be counted and shown. */
  reason: string;
  hint: string;
  /** Holds data: for the reject file and dead letters only. */
  detail?: string;
}

/** A column with what checks its text. */
export interface ColumnCheck {
  field: Field;
  parse: CellParser;
  required: boolean;
}

export const MISSING = new CellProblem('missing', 'give a value: the column is required');

/** Checks of the fields that rows bring, in the order of the schema. */
export function columnChecks(schema: TableSchema, options: CellOptions = {}): ColumnCheck[] {
  return inputFields(schema).map((field) => ({
    field,
    parse: cellParser(field, options),
    required: field.constraints.required === true || schema.primaryKey.includes(field.name),
  }));
}

export function problemOf(column: string, { reason, hint }: CellProblem): Problem {
  return { column, reason, hint };
}
