import { duck, raw, type Sql, SqlMap, series } from '../../duck/sql.js';
import { duckType } from '../../syntax/types.js';
import type { Column, FromRows, Names } from '../scope/rows.js';

const WORDS = { INNER: 'JOIN', LEFT: 'LEFT JOIN', RIGHT: 'RIGHT JOIN', FULL: 'FULL JOIN', ANTI: 'ANTI JOIN' };

export interface JoinedSides {
  type: keyof typeof WORDS;
  left: FromRows;
  right: FromRows;
  on: Sql;
  /** One of the sides uses columns of a query around. */
  correlated: boolean;
}

/**
 * Two sides joined; `offered` is what they show together. DuckDB takes columns of queries around, and arrays of the
 * left side, in the conditions of inner joins only, so that for others the condition becomes that of a subquery.
 */
export function joined(sides: JoinedSides, offered: FromRows, names: Names): FromRows {
  const { type, left, right, on, correlated } = sides;
  if (type === 'LEFT' && (on.hasOuter || right.lateral === true)) {
    return leftJoin(left, right, on, offered, names);
  }
  if (type === 'RIGHT' && on.hasOuter) return leftJoin(right, left, on, offered, names);
  if (type === 'FULL' && (on.hasOuter || correlated)) return fullJoin(left, right, on, offered, names);
  return { ...offered, sql: duck`${left.sql} ${WORDS[type]} ${right.sql} ON ${on}` };
}

/** What rows show, under other names: their SQL and the name and DuckDB type of each. */
type Places = SqlMap<{ name: string; type: string }>;

function placesOf(rows: FromRows, names: Names): Places {
  const places: Places = new SqlMap();
  const add = ({ sql, type }: Pick<Column, 'sql' | 'type'>) =>
    places.add(sql, { name: names.alias('c'), type: duckType(type) });
  for (const { columns, row } of rows.relations) {
    columns.forEach(add);
    if (row !== undefined) add(row);
  }
  rows.visible.forEach(add);
  return places;
}

function listOf(places: Places, change: (sql: Sql) => Sql = (sql) => sql): Sql {
  return series(
    places.entries().map(([sql, { name }]) => duck`${change(sql)} AS ${name}`),
    ', ',
  );
}

/** `rows` with other SQL for what they show. */
function withPlaces(rows: FromRows, change: (sql: Sql) => Sql): FromRows {
  const columns = new Map<Column, Column>();
  const changed = (column: Column): Column => {
    const known = columns.get(column) ?? { ...column, sql: change(column.sql) };
    columns.set(column, known);
    return known;
  };
  const relations = rows.relations.map((relation) => ({
    ...relation,
    columns: relation.columns.map(changed),
    ...(relation.row === undefined ? {} : { row: { ...relation.row, sql: change(relation.row.sql) } }),
  }));
  return { ...rows, relations, visible: rows.visible.map(changed) };
}

function leftJoin(kept: FromRows, other: FromRows, on: Sql, offered: FromRows, names: Names): FromRows {
  const places = placesOf(other, names);
  const table = names.alias();
  const partner = duck`(SELECT ${listOf(places)} FROM ${other.sql} WHERE ${on}) AS ${table}`;
  const named = (sql: Sql): Sql =>
    sql.replace((node) => {
      const place = places.get(node);
      return place === undefined ? undefined : raw(`${table}.${place.name}`, 'column');
    });
  return { ...withPlaces(offered, named), sql: duck`${kept.sql} LEFT JOIN LATERAL ${partner} ON true` };
}

/** The left side with its partners, and behind it what is alone on the right side. */
function fullJoin(left: FromRows, right: FromRows, on: Sql, offered: FromRows, names: Names): FromRows {
  const places = placesOf(offered, names);
  const table = names.alias();
  const kept = leftJoin(left, right, on, offered, names);
  const sources = new SqlMap<Sql>();
  const add = (before: Pick<Column, 'sql'>, after: Pick<Column, 'sql'>) => sources.add(before.sql, after.sql);
  for (const [index, { columns, row }] of offered.relations.entries()) {
    const changed = kept.relations[index]!;
    for (const [at, column] of columns.entries()) add(column, changed.columns[at]!);
    if (row !== undefined) add(row, changed.row!);
  }
  for (const [at, column] of offered.visible.entries()) add(column, kept.visible[at]!);
  const absent = placesOf(left, names);
  const alone = (sql: Sql): Sql =>
    sql.replace((node) => {
      const place = absent.get(node);
      return place === undefined ? undefined : raw(`CAST(NULL AS ${place.type})`);
    });
  const above = duck`SELECT ${listOf(places, (sql) => sources.get(sql)!)} FROM ${kept.sql}`;
  const below = duck`SELECT ${listOf(places, alone)} FROM ${right.sql} WHERE NOT EXISTS(SELECT 1 FROM ${left.sql} WHERE ${on})`;
  const rows = withPlaces(offered, (sql) => raw(`${table}.${places.get(sql)!.name}`, 'column'));
  return { ...rows, sql: duck`(${above} UNION ALL ${below}) AS ${table}` };
}
