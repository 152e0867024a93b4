import type {
  Expression,
  Identifier,
  Query,
  Select,
  SelectItem,
  TableReference,
} from '../../googlesql/syntax/ast.js';

type Position = Expression['pos'];

/** Small pieces of syntax tree, for statements that are carried out as queries. */
export function identifier(name: string, pos: Position): Identifier {
  return { kind: 'Identifier', name, quoted: true, pos };
}

export function column(parts: readonly string[], pos: Position): Expression {
  return { kind: 'PathExpression', parts: parts.map((part) => identifier(part, pos)), pos };
}

export function tableNamed(name: string, alias: Identifier, pos: Position): TableReference {
  return {
    kind: 'TableReference',
    path: { kind: 'ObjectPath', parts: [name], identifiers: [identifier(name, pos)], pos },
    alias,
    pos,
  };
}

export function selectQuery(
  expressions: readonly Expression[],
  rest: Pick<Select, 'from' | 'where'>,
  pos: Position,
): Query {
  const items = expressions.map(
    (expression): SelectItem => ({ kind: 'SelectExpression', expression, pos: expression.pos }),
  );
  const body: Select = { kind: 'Select', distinct: false, items, ...rest, windows: [], pos };
  return { kind: 'Query', body, orderBy: [], pipes: [], pos, end: pos.offset };
}
