import { duck, type Sql, series, struct } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { Select } from '../../syntax/ast.js';
import { type StructField, structOf } from '../../syntax/types.js';
import type { Column } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';
import { type Item, itemNamed } from './select-items.js';

/** An item with its value and the name of its DuckDB column. */
export interface Output {
  item: Item;
  value: Value;
  physical: Sql;
}

/** The output of a name; `star` looks at those of `*` as well. */
export function outputNamed(
  outputs: readonly Output[],
  name: string,
  pos: Output['item']['pos'],
  star = false,
): Output | undefined {
  const items = outputs.map(({ item }) => item);
  const outputOf = (item: Item): Output => outputs[items.indexOf(item)]!;
  const found = itemNamed(items, name, pos, star, (item) => outputOf(item).value.sql);
  return found === undefined ? undefined : outputOf(found);
}

export function selectList(
  select: Select,
  outputs: readonly Output[],
  scope: Scope,
): { sql: Sql; columns: Column[]; row?: Value['type'] } {
  if (select.as === 'STRUCT') {
    const fields: StructField[] = outputs.map(({ item, value: output }) =>
      item.name === undefined ? { type: output.type } : { name: item.name, type: output.type },
    );
    const type = structOf(fields);
    const physical = scope.compilation.column();
    return {
      sql: duck`${struct(outputs.map((output) => output.value.sql))} AS ${physical}`,
      columns: [{ sql: physical, type }],
      row: type,
    };
  }
  if (select.as === 'VALUE') {
    const only = outputs[0];
    if (only === undefined || outputs.length !== 1) {
      throw invalidQuery('SELECT AS VALUE query must have exactly one column', select.pos);
    }
    return {
      sql: duck`${only.value.sql} AS ${only.physical}`,
      columns: [{ sql: only.physical, type: only.value.type }],
      row: only.value.type,
    };
  }
  return {
    sql: series(
      outputs.map((output) => duck`${output.value.sql} AS ${output.physical}`),
      ', ',
    ),
    columns: outputs.map(({ item, value: output, physical }) => ({
      ...(item.name === undefined ? {} : { name: item.name }),
      sql: physical,
      type: output.type,
      ...(output.filterOf === undefined ? {} : { filterOf: output.filterOf }),
      ...(output.coercibility === 'none' || output.coercibility === 'parameter'
        ? {}
        : { coercibility: output.coercibility }),
    })),
  };
}
