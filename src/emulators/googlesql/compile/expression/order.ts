import { duck, type Sql, series, template } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { rangeKey } from '../../functions/range.js';
import type { OrderItem } from '../../syntax/ast.js';
import { isFloat, isOrderable, printType } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';

/** What rows are sorted by, and which way. */
export interface SortKey {
  by: Sql;
  direction: string;
}

export function sortList(keys: readonly SortKey[]): Sql {
  return series(
    keys.map(({ by, direction }) => duck`${by} ${direction}`),
    ', ',
  );
}

/** DuckDB sort keys of the items; NULLs first when ascending and last when descending, as BigQuery sorts. */
export function orderKeys(items: readonly OrderItem[], scope: Scope): SortKey[] {
  return items.flatMap((item) => sortKey(scope.compile(item.expression), item));
}

export type Direction = Pick<OrderItem, 'descending' | 'nulls' | 'collation'>;

/** The keys that sort by one value. `single` gives one key only, which range frames need. */
export function sortKey(input: Value, item: Direction, single = false): SortKey[] {
  if (!isOrderable(input.type)) {
    throw invalidQuery(`ORDER BY does not support expressions of type ${printType(input.type)}`, input.pos);
  }
  const nulls = item.nulls ?? (item.descending ? 'LAST' : 'FIRST');
  const direction = `${item.descending ? 'DESC' : 'ASC'} NULLS ${nulls}`;
  if (input.type.kind === 'STRING' && isCaseInsensitive(item)) {
    return [{ by: duck`lower(${input.sql})`, direction }];
  }
  if (input.type.kind === 'RANGE') {
    const { element } = input.type;
    return [{ by: template([input.sql], ([range]) => rangeKey(range!, element)), direction }];
  }
  // DuckDB takes a bare integer for an ordinal, and no other literal.
  const isBare = input.sql.kind === 'literal' && !single;
  const keys = [{ by: isBare ? duck`(${input.sql} IS NULL)` : input.sql, direction }];
  // NaN sorts below all numbers in BigQuery and above them in DuckDB.
  if (isFloat(input.type) && !single && input.literal === undefined) {
    keys.unshift({
      by: duck`isnan(${input.sql})`,
      direction: `${item.descending ? 'ASC' : 'DESC'} NULLS ${nulls}`,
    });
  }
  return keys;
}

function isCaseInsensitive(item: Direction): boolean {
  const collation = item.collation;
  if (collation === undefined) return false;
  const name = collation.kind === 'StringLiteral' ? collation.value : undefined;
  if (name === 'und:ci') return true;
  if (name === '' || name === 'binary' || name === 'und') return false;
  throw invalidQuery(`COLLATE has invalid collation name '${name ?? ''}'`, collation.pos);
}
