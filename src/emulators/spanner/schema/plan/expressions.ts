import { SqlError } from '../../../googlesql/errors.js';
import { type Token, tokenize } from '../../../googlesql/syntax/lexer.js';
import type { Column, Table } from '../model.js';

/** The columns that the text of an expression names. */
export function columnsIn(columns: readonly Column[], text: string): Column[] {
  const names = new Set(
    tokens(text)
      .filter(({ type }, at, all) => isWord(type) && all[at - 1]?.text !== '.' && all[at + 1]?.text !== '(')
      .map(({ value }) => value.toLowerCase()),
  );
  return columns.filter(({ name }) => names.has(name.toLowerCase()));
}

/** Whether the text names a sequence, as `GET_NEXT_SEQUENCE_VALUE(SEQUENCE name)` does. */
export function namesSequence(text: string, sequence: string): boolean {
  const parts = sequence.toLowerCase().split('.');
  return tokens(text).some(
    ({ text: word }, at, all) =>
      word === 'SEQUENCE' &&
      parts.every((part, index) => all[at + 1 + 2 * index]?.value.toLowerCase() === part),
  );
}

/** Generated columns whose expressions name the column. */
export function generatedFrom(table: Table, column: Column): Column[] {
  return table.columns.filter(
    (other) => other.generated !== undefined && columnsIn([column], other.generated.expression).length > 0,
  );
}

/** The default that stands for the time of the commit. */
export function isPendingCommitTimestamp(text: string | undefined): boolean {
  return text !== undefined && /^PENDING_COMMIT_TIMESTAMP\s*\(\s*\)$/i.test(text.trim());
}

/** None for what the language refuses anyway. */
function tokens(text: string): Token[] {
  try {
    return tokenize(text);
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}

function isWord(type: Token['type']): boolean {
  return type === 'word' || type === 'quotedWord';
}
