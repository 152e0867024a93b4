/** What statements make of an empty database. */
export interface DdlCase {
  name: string;
  statements: readonly string[];
  /** The statements that the database shows then; those that were given, when left out. */
  shows?: readonly string[];
  /** Instead: why the last statement is refused. */
  refused?: Refusal;
  /** Only what can look into expressions and queries tells it. */
  needsLanguage?: true;
}

export interface Refusal {
  code: 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'FAILED_PRECONDITION' | 'UNIMPLEMENTED';
  /** A part of the message. */
  text: string;
}

export function makes(name: string, statements: readonly string[], shows?: readonly string[]): DdlCase {
  return { name, statements, ...(shows && { shows }) };
}

export function refuses(
  name: string,
  statements: readonly string[],
  code: Refusal['code'],
  text: string,
): DdlCase {
  return { name, statements, refused: { code, text } };
}

/** Where the language has its part. */
export function inLanguage(...cases: readonly DdlCase[]): DdlCase[] {
  return cases.map((each) => ({ ...each, needsLanguage: true }));
}

/** White space and the comma after the last element do not count. */
export function normalized(statement: string): string {
  return statement
    .replace(/\s+/g, ' ')
    .replace(/,? ?\)/g, ')')
    .replace(/\( /g, '(')
    .replace(/ \(/g, '(')
    .trim();
}

/** A table with a key, and columns besides. */
export function table(name: string, ...columns: readonly string[]): string {
  return `CREATE TABLE ${name} (${['Id INT64 NOT NULL', ...columns].join(', ')}) PRIMARY KEY(Id)`;
}
