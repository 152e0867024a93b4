import type {
  Expression,
  FromQuery,
  Identifier,
  ObjectPath,
  PathExpression,
  Position,
  Query,
  QueryBody,
  Select,
  SelectItem,
  TableExpression,
  TableReference,
  TypeNode,
} from '../../googlesql/syntax/ast.js';
import { parseType } from '../../googlesql/syntax/parser.js';
import { type BqType, printType } from '../../googlesql/syntax/types.js';

/** Small pieces of syntax tree, for statements that are carried out as queries. */

export function identifier(name: string, pos: Position): Identifier {
  return { kind: 'Identifier', name, quoted: true, pos };
}

export function pathExpression(parts: string[], pos: Position): PathExpression {
  return { kind: 'PathExpression', parts: parts.map((part) => identifier(part, pos)), pos };
}

function objectPath(name: string, pos: Position): ObjectPath {
  return { kind: 'ObjectPath', parts: [name], identifiers: [identifier(name, pos)], pos };
}

export function tableReference(name: string, alias: Identifier, pos: Position): TableReference {
  return { kind: 'TableReference', path: objectPath(name, pos), alias, pos };
}

export function selectItem(expression: Expression, alias: string): SelectItem {
  return {
    kind: 'SelectExpression',
    expression,
    alias: identifier(alias, expression.pos),
    pos: expression.pos,
  };
}

export function selectQuery(
  items: SelectItem[],
  from: TableExpression | undefined,
  where: Expression | undefined,
  pos: Position,
): Query {
  const body: Select = { kind: 'Select', distinct: false, items, from, where, windows: [], pos };
  return asQuery(body, pos);
}

function asQuery(body: QueryBody | FromQuery, pos: Position): Query {
  return { kind: 'Query', body, orderBy: [], pipes: [], pos, end: pos.offset };
}

export function and(operands: Expression[]): Expression | undefined {
  if (operands.length < 2) return operands[0];
  return { kind: 'Logical', operator: 'AND', operands, pos: operands[0]!.pos };
}

export function isTrue(operand: Expression, negated = false): Expression {
  return { kind: 'Is', negated, operand, value: 'TRUE', pos: operand.pos };
}

/** A type as syntax. */
export function typeNode(type: BqType): TypeNode {
  return parseType(printType(type));
}
