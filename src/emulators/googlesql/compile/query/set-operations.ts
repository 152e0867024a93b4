import { counted } from '../../../../core/counted.js';
import { balanced } from '../../duck/balanced.js';
import { duck, type Sql, series } from '../../duck/sql.js';
import { invalidQuery, notImplemented } from '../../errors.js';
import type { ColumnMatch, Position, SetOperation } from '../../syntax/ast.js';
import {
  type BqType,
  collationOf,
  commonSupertype,
  duckType,
  isGroupable,
  printType,
} from '../../syntax/types.js';
import { coerce } from '../expression/casts.js';
import type { Column, Rows } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';

export function compileSetOperation(node: SetOperation, scope: Scope): Rows {
  const inputs = node.inputs.map((input) => scope.body(input));
  return combine(
    node,
    inputs,
    node.inputs.map((input) => input.pos),
    scope,
  );
}

/** UNION, INTERSECT and EXCEPT of compiled queries; columns get the supertypes of all inputs. */
export function combine(
  node: Pick<SetOperation, 'operator' | 'distinct' | 'columns' | 'pos'>,
  inputs: readonly Rows[],
  positions: readonly Position[],
  scope: Scope,
): Rows {
  const shown = `${node.operator} ${node.distinct ? 'DISTINCT' : 'ALL'}`;
  if (node.operator !== 'UNION' && !node.distinct)
    throw invalidQuery(`${shown} is not supported`, positions[1] ?? node.pos);
  const lists =
    node.columns.by === 'POSITION'
      ? byPosition(inputs, positions, shown)
      : byName(inputs, positions, node.columns, shown, node.pos);
  const first = lists[0]!;
  const types = first.map((_, index) => {
    const candidates = lists.flatMap((list) => list[index]?.column ?? []);
    const type = commonSupertype(
      candidates.map((column) => ({ type: column.type, coercibility: column.coercibility ?? 'none' })),
    );
    if (type === undefined) {
      const found = candidates.map((column) => printType(column.type)).join(', ');
      throw invalidQuery(
        `Column ${index + 1} in ${shown} has incompatible types: ${found}`,
        positions[1] ?? node.pos,
      );
    }
    if (node.distinct && !isGroupable(type)) {
      throw invalidQuery(
        `Column ${index + 1} in ${shown} has type that does not support set operation comparisons: ${printType(type)}`,
        node.pos,
      );
    }
    if (node.operator !== 'UNION' && collationOf(type) !== undefined)
      throw notImplemented(`${node.operator} of text with a collation`, 'query', node.pos);
    return type;
  });
  const nullOnly = first.map((_, index) =>
    lists.every((list) => list[index]?.column === undefined || list[index]?.column?.coercibility === 'null'),
  );
  const columns: Column[] = first.map((item, index) => ({
    name: item.name,
    sql: scope.compilation.column(),
    type: types[index]!,
    ...(nullOnly[index] ? { coercibility: 'null' as const } : {}),
  }));
  const constants = inputs.flatMap((rows) => (rows.constants === undefined ? [] : [rows.constants]));
  if (
    node.columns.by === 'POSITION' &&
    node.operator === 'UNION' &&
    !node.distinct &&
    constants.length === inputs.length
  ) {
    return { sql: valuesSql(constants, columns, scope), columns, ordered: false };
  }
  const texts = inputs.map((rows, index) => fitted(rows, lists[index]!, columns, types, scope));
  const word = `${node.operator}${node.distinct ? '' : ' ALL'}`;
  const valueTable = inputs.every((rows) => rows.row !== undefined) && types.length === 1;
  return {
    sql: joined(texts, node.operator, word),
    columns,
    ...(valueTable ? { row: types[0]! } : {}),
    ordered: false,
  };
}

/** Rows of constants as one VALUES list: unlike a UNION ALL, DuckDB keeps them in order. */
function valuesSql(rows: readonly (readonly Value[])[], columns: readonly Column[], scope: Scope): Sql {
  const context = scope.castContext;
  const texts = rows.map((row) => {
    const items = row.map((item, index) => coerce(item, columns[index]!.type, context).sql);
    return duck`(${series(items, ', ')})`;
  });
  const table = scope.compilation.alias();
  return duck`SELECT * FROM (VALUES ${series(texts, ', ')}) AS ${table}(${series(
    columns.map((column) => column.sql),
    ', ',
  )})`;
}

/** More inputs than this are nested in halves, as DuckDB's planner goes down into each on the left. */
const MAX_NESTED = 100;

function joined(texts: readonly Sql[], operator: SetOperation['operator'], word: string): Sql {
  if (texts.length <= MAX_NESTED)
    return series(
      texts.map((text) => duck`(${text})`),
      ` ${word} `,
    );
  const halves = (all: readonly Sql[], by: string) =>
    balanced(all, (left, right) => duck`(${left}) ${by} (${right})`);
  if (operator !== 'EXCEPT') return halves(texts, word);
  return duck`(${texts[0]!}) EXCEPT (${halves(texts.slice(1), 'UNION')})`;
}

interface Place {
  name?: string;
  /** Absent: this input has no such column, NULL stands for it. */
  column?: Column;
}

function byPosition(inputs: readonly Rows[], positions: readonly Position[], shown: string): Place[][] {
  const count = inputs[0]!.columns.length;
  for (const [index, rows] of inputs.entries()) {
    if (rows.columns.length !== count) {
      throw invalidQuery(
        `Queries in ${shown} have mismatched column count; query 1 has ${counted(count, 'column')}, query ${index + 1} has ${counted(rows.columns.length, 'column')}`,
        positions[index],
      );
    }
  }
  const names = inputs[0]!.columns.map((column) => column.name);
  return inputs.map((rows) => rows.columns.map((column, index) => ({ name: names[index], column })));
}

function byName(
  inputs: readonly Rows[],
  positions: readonly Position[],
  match: ColumnMatch,
  shown: string,
  pos: Position,
): Place[][] {
  const key = (name: string | undefined) => name?.toLowerCase() ?? '';
  const all = inputs.map((rows) => new Map(rows.columns.map((column) => [key(column.name), column])));
  for (const [index, rows] of inputs.entries()) {
    if (all[index]!.size !== rows.columns.length || all[index]!.has('')) {
      throw invalidQuery(`Columns of ${shown} BY NAME must have distinct names`, positions[index]);
    }
  }
  const firstNames = inputs[0]!.columns.map((column) => column.name!);
  const everywhere = (name: string) => all.every((map) => map.has(key(name)));
  let names: string[];
  if (match.on !== undefined) {
    names = match.on.map((name) => name.name);
    const missing = match.on.find((name) => match.mode === 'INNER' && !everywhere(name.name));
    if (missing !== undefined)
      throw invalidQuery(`Column ${missing.name} is not in all inputs of ${shown}`, missing.pos);
  } else if (match.mode === 'FULL') {
    const order = inputs.flatMap((rows) => rows.columns.map((column) => column.name!));
    names = order.filter((name, index) => order.findIndex((other) => key(other) === key(name)) === index);
  } else if (match.mode === 'LEFT') {
    names = firstNames;
    const common = inputs
      .slice(1)
      .every((_, index) => firstNames.some((name) => all[index + 1]!.has(key(name))));
    if (!common) throw invalidQuery(`Inputs of LEFT ${shown} have no column in common`, pos);
  } else if (match.by === 'NAME' || match.mode === 'STRICT') {
    // Without a mode, BY NAME asks for the same columns everywhere; INNER (written) keeps the common ones.
    names = match.mode === 'STRICT' ? firstNames : firstNames.filter(everywhere);
    if (
      match.mode === 'STRICT' &&
      (!firstNames.every(everywhere) || inputs.some((rows) => rows.columns.length !== firstNames.length))
    ) {
      throw invalidQuery(`Inputs of ${shown} BY NAME have different columns`, pos);
    }
  } else {
    names = firstNames.filter(everywhere);
  }
  if (names.length === 0) throw invalidQuery(`Inputs of ${shown} have no column in common`, pos);
  return all.map((map) => names.map((name) => ({ name, column: map.get(key(name)) })));
}

/** One input with its columns in order and of the common types. */
function fitted(
  rows: Rows,
  list: readonly Place[],
  columns: readonly Column[],
  types: readonly BqType[],
  scope: Scope,
): Sql {
  const context = scope.castContext;
  const table = scope.compilation.alias();
  const items = list.map((place, index) => {
    const type = types[index]!;
    const name = columns[index]!.sql;
    if (place.column === undefined) return duck`CAST(NULL AS ${duckType(type)}) AS ${name}`;
    const { column } = place;
    const pos = { offset: 0, line: 1, column: 1 };
    const input = {
      ...value(duck`${table}.${column.sql}`, column.type, pos),
      coercibility: column.coercibility ?? ('none' as const),
    };
    // The literal itself is out of reach here, so text becomes a date by a cast.
    if (input.coercibility === 'null') {
      // It is asked all the same: in the place of NULL there may be an ERROR.
      return duck`CASE WHEN ${input.sql} IS NULL THEN CAST(NULL AS ${duckType(type)}) END AS ${name}`;
    }
    return duck`${coerce(input, type, context).sql} AS ${name}`;
  });
  return duck`SELECT ${series(items, ', ')} FROM (${rows.sql}) AS ${table}`;
}
