import type { Value } from '../../values/value.js';
import type { Table } from '../model.js';

/** Values of a row by their columns. What is left out is NULL, or nothing (`''`, false, 0) where it may not be. */
export type Cells = Readonly<Record<string, Value>>;

/** A name apart from its named schema, which is '' for the one without a name. */
export function at(path: string): { schema: string; name: string } {
  const dot = path.lastIndexOf('.');
  return { schema: path.slice(0, Math.max(0, dot)), name: path.slice(dot + 1) };
}

export function ofTable({ name }: Pick<Table, 'name'>): Cells {
  return inSchema('TABLE', name);
}

/** `<kind>_SCHEMA` and `<kind>_NAME` */
export function inSchema(kind: string, path: string, schema = at(path).schema): Cells {
  return { [`${kind}_SCHEMA`]: schema, [`${kind}_NAME`]: at(path).name };
}

export function yesNo(value: boolean): string {
  return value ? 'YES' : 'NO';
}
