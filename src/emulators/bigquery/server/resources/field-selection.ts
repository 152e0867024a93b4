import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { duckFieldName } from '../../../googlesql/syntax/types.js';
import type { TableField } from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';
import { BigQueryError } from '../../errors.js';

export interface Selection {
  fields: TableField[];
  /** SELECT list of DuckDB, in line with `fields`. */
  columns: string;
}

/** Columns of `selectedFields` (`a,b.c`), in the order of the schema; all of them when nothing is selected. */
export function selectFields(fields: readonly TableField[], selected: string | null): Selection {
  const paths = (selected ?? '')
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
  if (paths.length === 0) {
    return { fields: [...fields], columns: fields.map((field) => quoteIdentifier(field.name)).join(', ') };
  }
  const chosen = select(
    fields,
    paths.map((path) => path.split('.')),
  );
  return {
    fields: chosen.map(({ field }) => field),
    columns: chosen
      .map(({ source, field }) => projection(source, field, quoteIdentifier(source.name), 0))
      .join(', '),
  };
}

interface Chosen {
  source: TableField;
  field: TableField;
}

function select(fields: readonly TableField[], paths: string[][]): Chosen[] {
  for (const [name] of paths) {
    if (findField(fields, name!) === undefined) {
      throw new BigQueryError('invalid', `Invalid selected field: no such field: ${name}`, {
        location: 'selectedFields',
        locationType: 'parameter',
      });
    }
  }
  return fields.flatMap((source) => {
    const own = paths.filter(([name]) => name!.toLowerCase() === source.name.toLowerCase());
    if (own.length === 0) return [];
    if (own.some((path) => path.length === 1)) return [{ source, field: source }];
    const inner = select(
      source.fields ?? [],
      own.map((path) => path.slice(1)),
    );
    return [{ source, field: { ...source, fields: inner.map(({ field }) => field) } }];
  });
}

/** SQL that cuts a record down to the selected members. */
function projection(source: TableField, field: TableField, expression: string, depth: number): string {
  if (field === source) return expression;
  if (source.mode === 'REPEATED') {
    const item = `e${depth}`;
    const element = projection(
      { ...source, mode: 'NULLABLE' },
      { ...field, mode: 'NULLABLE' },
      item,
      depth + 1,
    );
    return `list_transform(${expression}, lambda ${item}: ${element})`;
  }
  const members = field.fields!.map((member, index) => {
    const position = source.fields!.findIndex((candidate) => candidate.name === member.name);
    const value = `struct_extract(${expression}, '${duckFieldName(position)}')`;
    return `${duckFieldName(index)} := ${projection(source.fields![position]!, member, value, depth)}`;
  });
  return `CASE WHEN ${expression} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`;
}
