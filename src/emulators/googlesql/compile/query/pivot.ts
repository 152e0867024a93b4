import { int64Sql } from '../../duck/literal-text.js';
import { quoteString } from '../../duck/quote.js';
import { duck, NOTHING, raw, series, struct } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { FunctionCall, Pivot, Position, Unpivot } from '../../syntax/ast.js';
import { commonSupertype, INT64, isGroupable, printType, STRING } from '../../syntax/types.js';
import { coerce } from '../expression/casts.js';
import { type Column, type FromRows, relationOf } from '../scope/rows.js';
import { findColumn, type Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';

/** PIVOT: one column per value and aggregate, grouped by all columns that neither mentions. */
export function compilePivot(
  input: FromRows,
  pivot: Pivot,
  alias: string | undefined,
  outer: Scope,
  pos: Position,
): FromRows {
  const scope = outer.child();
  scope.setRows(input);
  const used = new Set<Column>();
  scope.usedColumns = used;
  const results: { name: string; value: Value }[] = [];
  for (const item of pivot.values) {
    const given = item.alias === undefined ? outer.compile(item.expression) : undefined;
    for (const aggregate of pivot.aggregates) {
      const call: FunctionCall = {
        ...aggregate.call,
        where: {
          kind: 'IsDistinctFrom',
          negated: true,
          left: pivot.column,
          right: item.expression,
          pos: pivot.column.pos,
        },
      };
      const prefix = aggregate.alias === undefined ? '' : `${aggregate.alias.name}_`;
      const name = item.alias === undefined ? pivotName(prefix, given!) : `${prefix}${item.alias.name}`;
      results.push({ name, value: scope.compile(call) });
    }
  }
  if (!scope.sawAggregate) throw invalidQuery('PIVOT expression must be an aggregate function call', pos);
  scope.usedColumns = undefined;
  const groups = input.visible.filter((column) => column.pseudo !== true && !used.has(column));
  for (const column of groups) {
    scope.use(column, { pos });
    if (!isGroupable(column.type)) {
      throw invalidQuery(
        `Column ${column.name ?? ''} of type ${printType(column.type)} cannot be used as an implicit grouping column of a PIVOT clause`,
        pos,
      );
    }
  }
  const columns: Column[] = [
    ...groups.map((column) => ({ name: column.name, sql: scope.compilation.column(), type: column.type })),
    ...results.map((result) => ({
      name: result.name,
      sql: scope.compilation.column(),
      type: result.value.type,
    })),
  ];
  const sources = [...groups.map((column) => column.sql), ...results.map((result) => result.value.sql)];
  const items = columns.map((column, index) => duck`${sources[index]!} AS ${column.sql}`);
  const groupBy =
    groups.length > 0
      ? duck` GROUP BY ${series(
          groups.map((column) => column.sql),
          ', ',
        )}`
      : NOTHING;
  const sql = duck`(SELECT ${series(items, ', ')} FROM ${input.sql}${groupBy})`;
  return relationOf({ columns }, sql, alias, scope.compilation);
}

/** `before` with the name that BigQuery makes of a pivot value; only a whole name must not start with a digit. */
function pivotName(before: string, given: Value): string {
  const { literal, type } = given;
  const lead = before === '' ? '_' : '';
  if (type.kind === 'STRUCT' && given.parts !== undefined) {
    const { fields } = type;
    return given.parts.reduce((name, part, index) => {
      const field = fields[index]!.name;
      const separator = index === 0 ? '' : '_';
      return pivotName(`${name}${separator}${field === undefined ? '' : `${field}_`}`, part);
    }, before);
  }
  if (literal === null) return `${before}NULL`;
  if (typeof literal === 'bigint' || type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC') {
    const text = String(literal).replaceAll('-', 'minus_').replaceAll('.', '_point_');
    return `${before}${/^\d/.test(text) ? lead : ''}${text}`;
  }
  if (typeof literal === 'boolean') return `${before}${literal}`;
  if (typeof literal === 'string' && type.kind === 'STRING') {
    if (literal !== '') return `${before}${literal}`;
    return `${before}${before === '' ? '' : '_'}empty_string_value`;
  }
  if (typeof literal === 'string' && type.kind === 'DATE') {
    return `${before}${lead}${literal.replaceAll('-', '_')}`;
  }
  if (literal === undefined) {
    throw invalidQuery(
      'Generating an implicit alias for this PIVOT value is not supported; please provide an explicit alias',
      given.pos,
    );
  }
  throw invalidQuery(`PIVOT values of type ${printType(type)} must specify an alias`, given.pos);
}

/** UNPIVOT: one row per column of the list. */
export function compileUnpivot(
  input: FromRows,
  unpivot: Unpivot,
  alias: string | undefined,
  outer: Scope,
  pos: Position,
): FromRows {
  const { compilation } = outer;
  const context = outer.castContext;
  const scope = outer.child();
  scope.setRows(input);
  const used = new Set<Column>();
  const groups = unpivot.columns.map((group) => {
    if (group.columns.length !== unpivot.values.length) {
      throw invalidQuery(`UNPIVOT needs ${unpivot.values.length} columns in each group`, group.pos);
    }
    const columns = group.columns.map((name) => {
      const column = findColumn(input.visible, name, name.name);
      if (column === undefined)
        throw invalidQuery(`Column ${name.name} in UNPIVOT IN list not found`, name.pos);
      used.add(column);
      return scope.use(column, name);
    });
    const label = group.label === undefined ? undefined : outer.compile(group.label);
    return { columns, label, name: group.columns.map((name) => name.name).join('_') };
  });
  const types = unpivot.values.map((name, index) => {
    const type = commonSupertype(groups.map((group) => group.columns[index]!));
    if (type === undefined)
      throw invalidQuery(`Columns of UNPIVOT for ${name.name} have no common type`, name.pos);
    return type;
  });
  const integers = groups.every((group) => group.label?.type.kind === 'INT64');
  const rows = groups.map((group) => {
    const fields = group.columns.map((column, index) => coerce(column, types[index]!, context).sql);
    const label = group.label?.literal;
    const text =
      integers && typeof label === 'bigint'
        ? int64Sql(label)
        : quoteString(label == null ? group.name : String(label));
    return struct([...fields, raw(text, 'literal')]);
  });
  const kept = input.visible.filter((column) => column.pseudo !== true && !used.has(column));
  const names = kept.map(() => compilation.column());
  const row = compilation.alias('c');
  const inner = [
    ...kept.map((column, index) => duck`${scope.use(column, { pos }).sql} AS ${names[index]!}`),
    duck`unnest([${series(rows, ', ')}]) AS ${row}`,
  ];
  const table = compilation.alias();
  const columns: Column[] = [
    ...kept.map((column, index) => ({ name: column.name, sql: names[index]!, type: column.type })),
    ...unpivot.values.map((name, index) => ({
      name: name.name,
      sql: compilation.column(),
      type: types[index]!,
    })),
    { name: unpivot.name.name, sql: compilation.column(), type: integers ? INT64 : STRING },
  ];
  const outerItems = columns.map((column, index) =>
    index < kept.length
      ? duck`${table}.${column.sql}`
      : duck`(${table}.${row}).f${index - kept.length + 1} AS ${column.sql}`,
  );
  const notNull = series(
    unpivot.values.map((_, index) => duck`(${table}.${row}).f${index + 1} IS NOT NULL`),
    ' OR ',
  );
  const filter = unpivot.includeNulls ? NOTHING : duck` WHERE ${notNull}`;
  const sql = duck`(SELECT ${series(outerItems, ', ')} FROM (SELECT ${series(inner, ', ')} FROM ${input.sql}) AS ${table}${filter})`;
  return relationOf({ columns }, sql, alias, compilation);
}
