/** Comments, hints and white space before the first word. */
const BEFORE = /^(?:\s+|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|@\{[^}]*\})*/;

/** Whether a statement changes rows, as far as its first word tells. */
export function isDml(sql: string): boolean {
  const at = BEFORE.exec(sql)![0].length;
  return /^(?:insert|update|delete)\b/i.test(sql.slice(at, at + 10));
}
