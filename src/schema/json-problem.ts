import { CellProblem, textProblem } from './cell-problem.js';
import { canonicalDecimal } from './decimal.js';

const NOT_JSON = new CellProblem('not valid JSON', 'correct the JSON text');
const JSON_NULL = new CellProblem('a JSON null', 'leave the field empty, which is NULL');
const TOO_DEEP = new CellProblem('JSON of more than 80 levels', 'flatten it: Spanner takes 80 levels');
const REPEATED_NAME = new CellProblem(
  'JSON with a name twice in one object',
  'keep one of both: Spanner would drop the second',
);
const LOSSY_NUMBER = new CellProblem(
  'JSON with a number that would lose digits',
  'write it in quotes, or with at most 15 digits',
);

/** cloud.google.com/spanner/docs/working-with-json, as are all limits here; BigQuery's are wider. */
const MAX_LEVELS = 80;
const MAX_UINT64 = 2n ** 64n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** Strings, those before a colon with it; numbers; and the brackets that open and close a level. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|[[\]{}]/g;

/** Why Spanner would refuse a JSON text or store another value; undefined when it keeps it as it is. */
export function jsonProblem(text: string): CellProblem | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
  if (value === null) return JSON_NULL;
  let level = 0;
  const names: Set<string>[] = [];
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (string !== undefined) {
      const plain = string.includes('\\') ? (JSON.parse(string) as string) : string.slice(1, -1);
      const problem = textProblem(plain);
      if (problem !== undefined) return problem;
      if (colon === undefined) continue;
      if (names[level]!.has(plain)) return REPEATED_NAME;
      names[level]!.add(plain);
    } else if (token === '{' || token === '[') {
      if (++level > MAX_LEVELS) return TOO_DEEP;
      names[level] = new Set();
    } else if (token === '}' || token === ']') level--;
    else if (isLossy(token)) return LOSSY_NUMBER;
  }
  return undefined;
}

/** Spanner keeps integers of 64 bits, signed or not, and what a double gives back as it was. */
function isLossy(number: string): boolean {
  if (number.length <= 15 && !/[eE]/.test(number)) return false;
  if (/^-?\d+$/.test(number)) {
    const value = BigInt(number);
    if (value >= MIN_INT64 && value <= MAX_UINT64) return false;
  }
  const double = Number(number);
  return !Number.isFinite(double) || canonicalDecimal(number) !== canonicalDecimal(String(double));
}
