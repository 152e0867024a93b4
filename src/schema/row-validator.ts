import { type CellOptions, cellParser } from './cell-parsers.js';
import { type CellParser, CellProblem, type Value } from './cell-problem.js';
import type { Field, TableSchema } from './table-schema.js';

/** Why one column of a row was refused. */
export interface Problem {
  column: string;
  /** Holds no data, so that it can be counted and shown. */
  reason: string;
  hint: string;
  /** Holds data: for the reject file and dead letters only. */
  detail?: string;
}

export type RecordResult = { ok: true; values: Record<string, Value> } | { ok: false; problems: Problem[] };

export interface RecordOptions extends CellOptions {
  /** Fields that may be missing although they are required: a source that brings one vital at a time. */
  optional?: (field: Field) => boolean;
}

/** A column with what checks its text. */
export interface ColumnCheck {
  field: Field;
  parse: CellParser;
  required: boolean;
}

export const MISSING = new CellProblem('missing', 'give a value: the column is required');
const NUL_CHARACTER = new CellProblem('holds a NUL character', 'remove it; the value was probably damaged');
const NOT_UNICODE = new CellProblem(
  'not valid Unicode',
  'correct the characters; a file in another encoding needs --encoding',
);

/** With the u flag, pairs are one character, so only halves match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Checks of the fields that rows bring, in the order of the schema. */
export function columnChecks(schema: TableSchema, options: CellOptions = {}): ColumnCheck[] {
  return schema.fields
    .filter((field) => field.filledBy === undefined)
    .map((field) => ({
      field,
      parse: cellParser(field, options),
      required: field.constraints.required === true || schema.primaryKey.includes(field.name),
    }));
}

/** What no text of any column may hold: neither Spanner nor BigQuery would take it. */
export function textProblem(text: string): CellProblem | undefined {
  if (text.includes('\0')) return NUL_CHARACTER;
  return LONE_SURROGATE.test(text) ? NOT_UNICODE : undefined;
}

/**
 * Checks records whose values are JSON values or text, and gives canonical values. Every problem is reported.
 * Fields that are absent become NULL; names that the schema does not know are ignored.
 */
export function recordValidator(
  schema: TableSchema,
  options: RecordOptions = {},
): (record: Readonly<Record<string, unknown>>) => RecordResult {
  const checks = columnChecks(schema, options).map((check) => ({
    ...check,
    name: check.field.name,
    required: check.required && !options.optional?.(check.field),
  }));
  return (record) => {
    const values: Record<string, Value> = {};
    let problems: Problem[] | undefined;
    for (const { field, name, parse, required } of checks) {
      const source = record[name];
      let value: Value | CellProblem;
      if (source === undefined || source === null || source === '') value = required ? MISSING : null;
      else value = parseJsonValue(source, field, parse);
      if (value instanceof CellProblem) {
        problems ??= [];
        problems.push(problemOf(name, value));
      } else values[name] = value;
    }
    return problems === undefined ? { ok: true, values } : { ok: false, problems };
  };
}

export function problemOf(column: string, { reason, hint, detail }: CellProblem): Problem {
  return detail === undefined ? { column, reason, hint } : { column, reason, hint, detail };
}

function parseJsonValue(source: unknown, field: Field, parse: CellParser): Value | CellProblem {
  if (typeof source === 'string') return textProblem(source) ?? parse(source);
  if (field.array || field.type === 'JSON') return parse(JSON.stringify(source));
  switch (typeof source) {
    case 'number':
    case 'bigint':
      return field.type === 'BOOL' ? wrongKind(field) : parse(String(source));
    case 'boolean':
      return field.type === 'BOOL' ? source : wrongKind(field);
    default:
      return wrongKind(field);
  }
}

function wrongKind(field: Field): CellProblem {
  return new CellProblem('a value of another kind', `give ${field.type} as a JSON value or text`);
}
