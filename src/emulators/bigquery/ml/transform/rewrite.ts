import type { Expression, FunctionCall, Select } from '../../../googlesql/syntax/ast.js';
import { parseExpression } from '../../../googlesql/syntax/parser.js';

/** Name of the preprocessing function that a call is, `STANDARD_SCALER` for `ML.STANDARD_SCALER(…)`. */
export function mlFunctionName(call: FunctionCall): string | undefined {
  if (call.name.length !== 2 || call.name[0]!.name.toUpperCase() !== 'ML') return undefined;
  return call.name[1]!.name.toUpperCase();
}

/**
 * Replaces each `ML.*` call below a node by what `replace` makes of it, the inner ones first, always in the same
 * order. The node itself is not changed.
 */
export async function rewriteCalls<T>(
  node: T,
  replace: (call: FunctionCall) => Promise<Expression>,
): Promise<T> {
  if (Array.isArray(node)) {
    const items: unknown[] = [];
    for (const item of node) items.push(await rewriteCalls(item, replace));
    return items as T;
  }
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    copy[key] = key === 'pos' ? value : await rewriteCalls(value, replace);
  }
  const call = copy as unknown as FunctionCall;
  if (call.kind === 'FunctionCall' && mlFunctionName(call) !== undefined) return (await replace(call)) as T;
  return copy as T;
}

/** Calls `visit` for every object of a syntax tree. */
export function visitNodes(node: unknown, visit: (node: { kind?: string }) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visitNodes(item, visit);
    return;
  }
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return;
  visit(node);
  for (const [key, value] of Object.entries(node)) if (key !== 'pos') visitNodes(value, visit);
}

const PLACEHOLDER = /^__a(\d+)$/;

/**
 * The expression of a template in GoogleSQL, in which `__a0`, `__a1`… stand for the arguments, and `FROM __rows WHERE
 * __where` for the rows of a SELECT.
 */
export function expandTemplate(
  template: string,
  arguments_: readonly Expression[],
  select?: Select,
): Expression {
  return substitute(parseExpression(template), arguments_, select);
}

function substitute<T>(node: T, arguments_: readonly Expression[], select: Select | undefined): T {
  if (Array.isArray(node)) return node.map((item) => substitute(item, arguments_, select)) as T;
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    copy[key] = key === 'pos' ? value : substitute(value, arguments_, select);
  }
  const { kind } = copy as { kind?: string };
  if (kind === 'Select') return rowsOf(copy as unknown as Select, select) as T;
  const expression = copy as unknown as Expression;
  if (expression.kind !== 'PathExpression') return copy as T;
  const [head, ...fields] = expression.parts;
  const match = PLACEHOLDER.exec(head!.name);
  if (match === null) return copy as T;
  return fields.reduce<Expression>(
    (operand, field) => ({ kind: 'FieldAccess', operand, field, pos: operand.pos }),
    arguments_[Number(match[1])]!,
  ) as T;
}

/** Puts the rows of `select` in the place of `FROM __rows WHERE __where`. */
function rowsOf(inner: Select, select: Select | undefined): Select {
  const { from, where: _, ...rest } = inner;
  if (from?.kind !== 'TableReference' || from.path.parts[0] !== '__rows' || select === undefined)
    return inner;
  return {
    ...rest,
    ...(select.from !== undefined && { from: select.from }),
    ...(select.where !== undefined && { where: select.where }),
  };
}
