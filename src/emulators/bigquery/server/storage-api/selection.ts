import { ServiceError } from '../../../serving/service-error.js';
import type { TableField } from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';

interface Selection {
  fields: TableField[];
  /** GoogleSQL for each of them; none where all are taken. */
  columns: string[];
}

/** The columns of `selected_fields`, in the order of the table; a path takes a part of a record. */
export function selectedFields(fields: readonly TableField[], names: readonly string[]): Selection {
  if (names.length === 0) return { fields: [...fields], columns: [] };
  const wanted = new Map<TableField, string[]>();
  for (const name of names) {
    const [head, ...rest] = name.split('.');
    const field = findField(fields, head!);
    if (field === undefined) throw unknown(name);
    wanted.set(field, [...(wanted.get(field) ?? []), rest.join('.')]);
  }
  const chosen = fields.filter((field) => wanted.has(field));
  const parts = chosen.map((field) => part(field, wanted.get(field)!, `\`${field.name}\``));
  return {
    fields: parts.map(({ field }) => field),
    columns: parts.map(({ field, sql }) => `${sql} AS \`${field.name}\``),
  };
}

function unknown(name: string): ServiceError {
  return new ServiceError(
    'INVALID_ARGUMENT',
    `request failed: The following selected fields do not exist in the table schema: ${name}`,
  );
}

/** A field with the members that paths take of it; an empty path takes all. */
function part(field: TableField, paths: readonly string[], sql: string): { field: TableField; sql: string } {
  if (paths.includes('')) return { field, sql };
  if (field.type !== 'RECORD') throw unknown(`${field.name}.${paths[0]}`);
  const item = field.mode === 'REPEATED' ? `_${field.name}` : sql;
  const inner = selectedFields(field.fields ?? [], paths);
  const members = inner.fields.map((member) => {
    const whole = findField(field.fields!, member.name)!;
    const deeper = paths.filter((path) => path.split('.')[0]!.toLowerCase() === member.name.toLowerCase());
    const rest = deeper.map((path) => path.split('.').slice(1).join('.'));
    return `${part(whole, rest, `${item}.\`${member.name}\``).sql} AS \`${member.name}\``;
  });
  const record = `STRUCT(${members.join(', ')})`;
  const whole =
    field.mode === 'REPEATED'
      ? `ARRAY(SELECT AS ${record.replace(/^STRUCT\(/, 'STRUCT ').slice(0, -1)} FROM UNNEST(${sql}) AS ${item} WITH OFFSET AS _place ORDER BY _place)`
      : `IF(${sql} IS NULL, NULL, ${record})`;
  return { field: { ...field, fields: inner.fields }, sql: whole };
}
