import type { Expression, FunctionCall } from '../../sql/ast.js';
import { parseExpression } from '../../sql/parser.js';

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

/** The expression of a template in GoogleSQL, in which `__a0`, `__a1`… stand for the arguments. */
export function expandTemplate(template: string, arguments_: readonly Expression[]): Expression {
  return substitute(parseExpression(template), arguments_);
}

function substitute<T>(node: T, arguments_: readonly Expression[]): T {
  if (Array.isArray(node)) return node.map((item) => substitute(item, arguments_)) as T;
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    copy[key] = key === 'pos' ? value : substitute(value, arguments_);
  }
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
