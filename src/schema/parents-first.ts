import { usageError } from '../errors/healthmon-error.js';
import { spannerType, withoutLength } from './spanner-ddl.js';
import type { ForeignKey, TableSchema } from './table-schema.js';

/**
 * Orders schemas so that those others refer to come first. Throws when they cannot be used together: two of one
 * table, references to fields that are not there or of another type, and tables that refer to each other in a circle.
 */
export function parentsFirst(schemas: readonly TableSchema[]): TableSchema[] {
  refuseRepeated(schemas, 'name', ({ name }) => name);
  refuseRepeated(schemas, 'Spanner table', ({ spannerTable }) => spannerTable.toLowerCase());
  refuseRepeated(schemas, 'BigQuery table', ({ bigqueryTable }) => bigqueryTable);
  const ordered: TableSchema[] = [];
  const path: TableSchema[] = [];
  const visit = (schema: TableSchema) => {
    if (ordered.includes(schema)) return;
    if (path.includes(schema)) {
      const circle = [...path.slice(path.indexOf(schema)), schema].map(({ name }) => name);
      throw invalid(
        `The table schemas refer to each other in a circle: ${circle.join(' → ')}.`,
        'Leave out one of the foreignKeys: no table of a circle can be created or loaded first.',
      );
    }
    path.push(schema);
    for (const key of schema.foreignKeys) {
      const parent = key.resource === '' ? schema : schemas.find((other) => other.name === key.resource);
      if (parent === undefined) continue;
      refuseUnfit(schema, key, parent);
      if (parent !== schema) visit(parent);
    }
    path.pop();
    ordered.push(schema);
  };
  for (const schema of schemas) visit(schema);
  return ordered;
}

function refuseRepeated(
  schemas: readonly TableSchema[],
  what: string,
  value: (schema: TableSchema) => string,
): void {
  const seen = new Set<string>();
  for (const schema of schemas) {
    if (seen.has(value(schema))) {
      throw invalid(
        `Two table schemas have the ${what} ${value(schema)}.`,
        'Give each of them once, with "name", "spannerTable" and "bigqueryTable" of its own.',
      );
    }
    seen.add(value(schema));
  }
}

/** Spanner refuses such a key too, but only when tables before it were created. */
function refuseUnfit(schema: TableSchema, key: ForeignKey, parent: TableSchema): void {
  for (const [index, name] of key.fields.entries()) {
    const target = key.referencedFields[index]!;
    const [field, referenced] = [
      schema.fields.find((candidate) => candidate.name === name)!,
      parent.fields.find((candidate) => candidate.name === target),
    ];
    if (referenced === undefined) {
      throw invalid(
        `The table schema ${schema.name} refers to ${target} of ${parent.name}, which has no such field.`,
        `Correct its foreignKeys; the fields of ${parent.name}: ${parent.fields.map((other) => other.name).join(', ')}.`,
      );
    }
    const [type, referencedType] = [field, referenced].map((one) => withoutLength(spannerType(one)));
    if (type !== referencedType) {
      throw invalid(
        `${name} of ${schema.name} is ${type}, but ${target} of ${parent.name}, which it refers to, is ${referencedType}.`,
        'Give both fields the same type.',
      );
    }
  }
}

function invalid(message: string, suggestion: string): Error {
  return usageError({
    code: 'schema-invalid',
    message,
    suggestion,
  });
}
