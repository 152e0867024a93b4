import type { Expression } from '../../../googlesql/syntax/ast.js';

/**
 * A copy of a syntax tree in which the query parameters stand for other expressions. `replace` gives undefined for a
 * parameter that was not bound.
 */
export function substituteParameters<Tree>(
  tree: Tree,
  replace: (parameter: Extract<Expression, { kind: 'NamedParameter' | 'PositionalParameter' }>) => Expression,
): Tree {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    const { kind } = value as { kind?: string };
    if (kind === 'NamedParameter' || kind === 'PositionalParameter') {
      return replace(value as Extract<Expression, { kind: 'NamedParameter' | 'PositionalParameter' }>);
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
  };
  return copy(tree) as Tree;
}
