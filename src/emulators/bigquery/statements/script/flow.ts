import type { Identifier } from '../../../googlesql/syntax/ast.js';

/** How a list of statements ended when not by reaching its end. */
export interface Jump {
  kind: 'break' | 'continue' | 'return';
  label?: string;
}

export function jump(kind: Jump['kind'], label?: Identifier): Jump {
  return { kind, label: label?.name.toLowerCase() };
}

/** What a loop does with a jump out of its body: go on, stop, or pass it on to who is meant. */
export function afterBody(
  ended: Jump | undefined,
  label: Identifier | undefined,
): { next: 'continue' | 'stop'; outer?: Jump } {
  if (!ended) return { next: 'continue' };
  const mine = ended.label === undefined || ended.label === label?.name.toLowerCase();
  if (ended.kind === 'return' || !mine) return { next: 'stop', outer: ended };
  return { next: ended.kind === 'continue' ? 'continue' : 'stop' };
}
