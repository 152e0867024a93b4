import { duck, isQuery, type Sql, SqlMap, series } from '../../duck/sql.js';
import type { Compilation } from '../scope/compilation.js';

/**
 * DuckDB's window functions take no columns of queries around their own. Such columns become columns of one more
 * table in FROM.
 */
export class CorrelatedWindows {
  readonly #columns = new SqlMap<Sql>();
  readonly #table: string;
  readonly #compilation: Compilation;

  constructor(compilation: Compilation) {
    this.#compilation = compilation;
    this.#table = compilation.alias();
  }

  /** A clause of the SELECT whose window functions use that table. */
  settled(clause: Sql): Sql {
    if (!clause.hasOuter || !clause.hasWindow) return clause;
    return clause.replace((node) => {
      if (isQuery(node.kind)) return node;
      return node.kind === 'window' ? node.replace((inner) => this.#ownColumn(inner)) : undefined;
    });
  }

  /** A FROM clause with that table, when a clause settled before needs it. */
  from(clause: Sql): Sql {
    const items = this.#columns.entries().map(([outer, name]) => duck`${outer} AS ${name}`);
    if (items.length === 0) return clause;
    const table = duck`(SELECT ${series(items, ', ')}) AS ${this.#table}`;
    return clause.length === 0 ? duck` FROM ${table}` : duck`${clause}, LATERAL ${table}`;
  }

  #ownColumn(node: Sql): Sql | undefined {
    if (isQuery(node.kind)) return node;
    if (node.kind !== 'outer') return undefined;
    let name = this.#columns.get(node);
    if (name === undefined) {
      name = this.#compilation.column();
      this.#columns.add(node, name);
    }
    return duck`${this.#table}.${name}`;
  }
}
