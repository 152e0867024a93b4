import { duck, NOTHING, series } from '../../duck/sql.js';
import type { FromRows, Rows } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';

/** All visible columns of `rows` as a query. */
export function selectAll(rows: FromRows, scope: Scope, clauses = NOTHING, ordered = false): Rows {
  const only = rows.relations.length === 1 ? rows.relations[0] : undefined;
  if (only?.row !== undefined && rows.visible.length === only.columns.length) {
    const name = scope.compilation.column();
    const column = { name: only.alias, sql: name, type: only.row.type };
    const struct = only.row.type.kind === 'STRUCT';
    return {
      sql: duck`SELECT ${only.row.sql} AS ${name} FROM ${rows.sql}${clauses}`,
      columns: [column],
      ...(struct ? { row: only.row.type } : {}),
      ordered,
    };
  }
  const columns = rows.visible
    .filter((column) => column.pseudo !== true)
    .map((column) => {
      scope.use(column, { pos: { offset: 0, line: 1, column: 1 } });
      return {
        ...column,
        sql: scope.compilation.column(),
        from: column.sql,
        origin: undefined,
        cast: undefined,
      };
    });
  const items = columns.map((column) => duck`${column.from} AS ${column.sql}`);
  return { sql: duck`SELECT ${series(items, ', ')} FROM ${rows.sql}${clauses}`, columns, ordered };
}
