import {
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalidQuery } from '../../../googlesql/errors.js';
import type { Expression, OptionNode } from '../../../googlesql/syntax/ast.js';
import { isCollationName } from '../../catalog/fields.js';
import type { Session } from '../session.js';

/** The value of an option: times are milliseconds since the epoch, structs are arrays of their fields. */
export type OptionValue = null | boolean | number | string | OptionValue[];

/** One option of an OPTIONS list, evaluated. */
export interface Option {
  name: string;
  value: OptionValue;
  node: OptionNode;
}

/** Evaluates an OPTIONS list; names are in lower case, a repeated one is an error. */
export async function evaluateOptions(nodes: OptionNode[], session: Session): Promise<Option[]> {
  const options: Option[] = [];
  for (const node of nodes) {
    const name = node.name.name.toLowerCase();
    if (options.some((other) => other.name === name)) {
      throw invalidQuery(`Duplicate option specified for '${node.name.name}'`, node.pos);
    }
    options.push({ name, value: await evaluateOption(node.value, session), node });
  }
  return options;
}

async function evaluateOption(expression: Expression, session: Session): Promise<OptionValue> {
  const literal = literalValue(expression);
  if (literal !== undefined) return literal;
  const compiled = await session.compileExpression(expression);
  const reader = await session.read(`SELECT ${compiled.sql}`);
  return plainValue(reader.getRows()[0]![0]!);
}

function literalValue(expression: Expression): OptionValue | undefined {
  switch (expression.kind) {
    case 'NullLiteral':
      return null;
    case 'StringLiteral':
    case 'BooleanLiteral':
      return expression.value;
    case 'IntegerLiteral':
      return Number(expression.value);
    case 'FloatLiteral':
      return Number(expression.text);
    case 'ArrayConstructor': {
      const items = expression.elements.map(literalValue);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    case 'StructConstructor': {
      const items = expression.fields.map((field) => literalValue(field.expression));
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    default:
      return undefined;
  }
}

function plainValue(value: DuckDBValue): OptionValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) {
    return Number(value.micros / 1000n);
  }
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return value.items.map(plainValue);
  if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(plainValue);
  if (value instanceof DuckDBIntervalValue) return value.toString();
  return String(value);
}

/** How options are put into an entry: one reader per name, each checking the value's type. */
export type OptionSetters<Entry> = Record<string, (entry: Entry, value: OptionValue, option: Option) => void>;

/** Applies each option; an unknown one is refused by name. */
export function applyOptions<Entry>(
  entry: Entry,
  options: Option[],
  setters: OptionSetters<Entry>,
  what: string,
): Entry {
  for (const option of options) {
    const set = setters[option.name];
    if (!set) throw invalidQuery(`Unknown option for ${what}: ${option.node.name.name}`, option.node.pos);
    set(entry, option.value, option);
  }
  return entry;
}

export function textOption(value: OptionValue, option: Option): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  throw mismatch(option, 'STRING');
}

export function numberOption(value: OptionValue, option: Option): number | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number') return value;
  throw mismatch(option, 'FLOAT64');
}

export function booleanOption(value: OptionValue, option: Option): boolean | undefined {
  if (value === null) return undefined;
  if (typeof value === 'boolean') return value;
  throw mismatch(option, 'BOOL');
}

/** A TIMESTAMP, in milliseconds; text is read as one too. */
export function timeOption(value: OptionValue, option: Option): number | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number') return value;
  const parsed =
    typeof value === 'string'
      ? Date.parse(/[zZ]|[+-]\d\d/.test(value.slice(10)) ? value : `${value}Z`)
      : Number.NaN;
  if (Number.isNaN(parsed)) throw mismatch(option, 'TIMESTAMP');
  return parsed;
}

/** `[("key", "value")]` */
export function labelsOption(value: OptionValue, option: Option): Record<string, string> | undefined {
  if (value === null) return undefined;
  if (!Array.isArray(value)) throw mismatch(option, 'ARRAY<STRUCT<STRING, STRING>>');
  const labels: Record<string, string> = {};
  for (const pair of value) {
    const [key, text] = Array.isArray(pair) ? pair : [];
    if (typeof key !== 'string' || typeof text !== 'string') {
      throw mismatch(option, 'ARRAY<STRUCT<STRING, STRING>>');
    }
    labels[key] = text;
  }
  return labels;
}

function mismatch(option: Option, type: string) {
  return invalidQuery(`Option ${option.node.name.name} must be of type ${type}`, option.node.value.pos);
}

/** The text of DEFAULT COLLATE. */
export function collationText(expression: Expression): string {
  if (expression.kind === 'StringLiteral') {
    if (!isCollationName(expression.value))
      throw invalidQuery(`Invalid collation name: ${expression.value}`, expression.pos);
    return expression.value;
  }
  throw invalidQuery('COLLATE takes a string literal', expression.pos);
}
