import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import { invalidQuery } from '../../../googlesql/errors.js';
import { raise } from '../../../googlesql/functions/emit.js';
import type { Assignment, Identifier, SelectItem } from '../../../googlesql/syntax/ast.js';
import {
  coercionCost,
  duckFieldName,
  duckType,
  printType,
  type StructType,
} from '../../../googlesql/syntax/types.js';
import { selectItem } from '../ast-builders.js';
import type { Session } from '../session.js';
import type { BoundQuery } from '../statement-context.js';
import { requireColumn, type Target, type TargetColumn } from '../targets.js';
import { assignable, requiredSql, storedSql } from './assign.js';

/** One `SET a.b = value` with what it changes. */
export interface ResolvedAssignment {
  column: TargetColumn;
  /** Places of the fields below the column; empty for a whole column. */
  path: number[];
  /** The field itself, under its full name. */
  leaf: TargetColumn;
  assignment: Assignment;
}

/** `alias` may stand before a column, as the target's name for itself. */
export function resolveAssignments(
  assignments: Assignment[],
  target: Target,
  alias: Identifier,
): ResolvedAssignment[] {
  const resolved: ResolvedAssignment[] = [];
  for (const assignment of assignments) {
    const [first, second] = assignment.column;
    const qualified = second !== undefined && first!.name.toLowerCase() === alias.name.toLowerCase();
    const names = qualified ? assignment.column.slice(1) : assignment.column;
    const column = requireColumn(target, names[0]!);
    const { path, leaf } = resolveField(column, names.slice(1));
    const clash = resolved.find((other) => other.column.name === column.name && overlaps(other.path, path));
    if (clash) {
      throw invalidQuery(`Update item ${leaf.name} assigned more than once`, assignment.pos);
    }
    resolved.push({ column, path, leaf, assignment });
  }
  return resolved;
}

function overlaps(left: number[], right: number[]): boolean {
  const length = Math.min(left.length, right.length);
  return left.slice(0, length).every((place, index) => place === right[index]);
}

function resolveField(column: TargetColumn, names: Identifier[]): { path: number[]; leaf: TargetColumn } {
  const path: number[] = [];
  let leaf = column;
  for (const name of names) {
    const { type, field } = leaf;
    const index =
      type.kind === 'STRUCT'
        ? type.fields.findIndex((inner) => inner.name?.toLowerCase() === name.name.toLowerCase())
        : -1;
    if (type.kind !== 'STRUCT') {
      throw invalidQuery(
        `Cannot access field ${name.name} on a value with type ${printType(type)}`,
        name.pos,
      );
    }
    if (index < 0) {
      throw invalidQuery(`Field name ${name.name} does not exist in ${printType(type)}`, name.pos);
    }
    path.push(index);
    leaf = {
      name: `${leaf.name}.${name.name}`,
      field: field.fields![index]!,
      type: type.fields[index]!.type,
    };
  }
  return { path, leaf };
}

/** The new values as select items, in order, under the names `v0`, `v1`… */
export function assignmentItems(resolved: ResolvedAssignment[], session: Session): SelectItem[] {
  return resolved.map(({ assignment, leaf }, index) =>
    selectItem(assignable(assignment.value, leaf, session), `v${index}`),
  );
}

/** `SET` list of DuckDB's UPDATE; the values are columns of `q`, from `first` on. */
export function setList(
  resolved: ResolvedAssignment[],
  compiled: Pick<BoundQuery, 'columns' | 'physicalNames'>,
  first: number,
): string {
  const byColumn = new Map<string, { column: TargetColumn; values: { path: number[]; sql: string }[] }>();
  for (const [index, { column, path, leaf, assignment }] of resolved.entries()) {
    const from = compiled.columns[first + index]!.type;
    if (coercionCost(from, leaf.type) === undefined) {
      throw invalidQuery(
        `Value of type ${printType(from)} cannot be assigned to ${leaf.name}, which has type ${printType(leaf.type)}`,
        assignment.value.pos,
      );
    }
    const stored = storedSql(`q.${quoteIdentifier(compiled.physicalNames[first + index]!)}`, from, leaf);
    const sql = path.length > 0 && leaf.field.mode === 'REQUIRED' ? requiredSql(stored, leaf.name) : stored;
    const entry = byColumn.get(column.name) ?? { column, values: [] };
    entry.values.push({ path, sql });
    byColumn.set(column.name, entry);
  }
  return [...byColumn.values()]
    .map(({ column, values }) => `${quoteIdentifier(column.name)} = ${rebuilt(column, values)}`)
    .join(', ');
}

function rebuilt(column: TargetColumn, values: { path: number[]; sql: string }[]): string {
  const [only] = values;
  if (only && only.path.length === 0) return only.sql;
  return rebuiltStruct(`t.${quoteIdentifier(column.name)}`, column.type as StructType, values);
}

/** A struct with some of its fields replaced; DuckDB has no assignment to a field. */
function rebuiltStruct(base: string, type: StructType, values: { path: number[]; sql: string }[]): string {
  const fields = type.fields.map((field, index) => {
    const inner = values
      .filter((value) => value.path[0] === index)
      .map((value) => ({ path: value.path.slice(1), sql: value.sql }));
    const current = `${base}.${duckFieldName(index)}`;
    if (inner.length === 0) return `${duckFieldName(index)} := ${current}`;
    if (inner[0]!.path.length === 0) return `${duckFieldName(index)} := ${inner[0]!.sql}`;
    return `${duckFieldName(index)} := ${rebuiltStruct(current, field.type as StructType, inner)}`;
  });
  const duck = duckType(type);
  const refusal = raise(quoteString(`Cannot set field of NULL ${printType(type)}`), duck);
  return `CASE WHEN ${base} IS NULL THEN ${refusal} ELSE CAST(struct_pack(${fields.join(', ')}) AS ${duck}) END`;
}
