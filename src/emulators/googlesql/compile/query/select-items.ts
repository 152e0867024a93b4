import { duck, type Sql } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { Expression, Position, SelectItem, SelectStar } from '../../syntax/ast.js';
import { duckFieldName, printType } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';

/** One column of a SELECT list before its expression is compiled. */
export interface Item {
  name?: string;
  pos: Position;
  /** Absent for the columns that `*` gives. */
  expression?: Expression;
  compile: () => Value;
}

/** The columns of a SELECT list, with `*` and `t.*` written out. */
export function expandItems(items: readonly SelectItem[], scope: Scope): Item[] {
  return items.flatMap((item) => {
    if (item.kind === 'SelectStar') return expandStar(item, scope);
    const name = item.alias?.name ?? impliedName(item.expression);
    return {
      ...(name === undefined ? {} : { name }),
      pos: item.pos,
      expression: item.expression,
      compile: () => scope.compile(item.expression),
    };
  });
}

/** The name a column gets without AS: that of the column or field it shows. */
function impliedName(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'PathExpression': {
      // A value of EXECUTE IMMEDIATE … USING has a name that only the script knows.
      const { name } = expression.parts.at(-1)!;
      return name.startsWith('$') ? undefined : name;
    }
    case 'FieldAccess':
      return expression.field.name;
    default:
      return undefined;
  }
}

function expandStar(star: SelectStar, scope: Scope): Item[] {
  const items =
    star.qualifier === undefined ? allColumns(star, scope) : qualified(star, star.qualifier, scope);
  const excluded = new Set<string>();
  for (const name of star.except) {
    const key = name.name.toLowerCase();
    if (excluded.has(key))
      throw invalidQuery(`Duplicate column ${name.name} in SELECT * EXCEPT list`, name.pos);
    if (!items.some((item) => item.name?.toLowerCase() === key)) {
      throw invalidQuery(`Column ${name.name} in SELECT * EXCEPT list does not exist`, name.pos);
    }
    excluded.add(key);
  }
  for (const replacement of star.replace) {
    const key = replacement.name.name.toLowerCase();
    const found = items.filter((item) => item.name?.toLowerCase() === key);
    if (found.length === 0) {
      throw invalidQuery(
        `Column ${replacement.name.name} in SELECT * REPLACE list does not exist`,
        replacement.name.pos,
      );
    }
    for (const item of found) {
      item.name = replacement.name.name;
      item.expression = replacement.expression;
      item.compile = () => scope.compile(replacement.expression);
    }
  }
  const kept = items.filter((item) => !excluded.has(item.name?.toLowerCase() ?? ''));
  if (kept.length === 0)
    throw invalidQuery('SELECT * expands to zero columns after applying EXCEPT', star.pos);
  return kept;
}

function allColumns(star: SelectStar, scope: Scope): Item[] {
  if (scope.relations.length === 0) throw invalidQuery('SELECT * must have a FROM clause', star.pos);
  return scope.visible
    .filter((column) => column.pseudo !== true)
    .map((column) => ({
      name: column.name,
      pos: star.pos,
      compile: () => scope.use(column, { pos: star.pos }),
    }));
}

function qualified(star: SelectStar, qualifier: Expression, scope: Scope): Item[] {
  if (qualifier.kind === 'PathExpression' && qualifier.parts.length === 1) {
    const name = qualifier.parts[0]!.name.toLowerCase();
    for (let at: Scope | undefined = scope; at !== undefined; at = at.isolated ? undefined : at.parent) {
      const relation = at.relations.find((candidate) => candidate.alias?.toLowerCase() === name);
      if (relation === undefined) continue;
      if (relation.row !== undefined && relation.row.type.kind !== 'STRUCT') break;
      const owner = at;
      return relation.columns
        .filter((column) => column.pseudo !== true)
        .map((column) => ({
          name: column.name,
          pos: star.pos,
          compile: () => owner.use(column, { pos: star.pos }),
        }));
    }
  }
  const struct = scope.compile(qualifier);
  if (struct.type.kind !== 'STRUCT') {
    throw invalidQuery(`Dot-star is not supported for type ${printType(struct.type)}`, star.pos);
  }
  return struct.type.fields.map((field, index) => ({
    name: field.name,
    pos: star.pos,
    compile: () => {
      const row = scope.compile(qualifier);
      return value(duck`(${row.sql}).${duckFieldName(index)}`, field.type, star.pos);
    },
  }));
}

/**
 * The item a name in GROUP BY, HAVING, QUALIFY or ORDER BY means; two different ones are an error. The columns of `*`
 * count in ORDER BY only: elsewhere the tables' own names go first.
 */
export function itemNamed(
  items: readonly Item[],
  name: string,
  pos: Position,
  star = false,
  sqlOf: (item: Item) => Sql = (item) => item.compile().sql,
): Item | undefined {
  const wanted = name.toLowerCase();
  const found = items.filter(
    (item) => item.name?.toLowerCase() === wanted && (star || item.expression !== undefined),
  );
  if (found.length < 2) return found[0];
  const [first, ...others] = found.map(sqlOf);
  if (others.some((other) => !other.equals(first!)))
    throw invalidQuery(`Column name ${name} is ambiguous`, pos);
  return found[0];
}
