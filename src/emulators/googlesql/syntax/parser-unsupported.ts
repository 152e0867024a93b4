import type { Position, UnsupportedStatement } from './ast.js';
import type { TokenStream } from './token-stream.js';

// Statements of BigQuery that the emulator refuses by name; the longest match wins.
export const unsupportedStatements: Record<string, string[]> = {
  CREATE: [
    'SEARCH INDEX',
    'VECTOR INDEX',
    'CAPACITY',
    'RESERVATION',
    'ASSIGNMENT',
    'PROPERTY GRAPH',
    'DATA_POLICY',
    'CONNECTION',
  ],
  ALTER: [
    'ROW ACCESS POLICY',
    'SEARCH INDEX',
    'VECTOR INDEX',
    'ORGANIZATION',
    'PROJECT',
    'BI_CAPACITY',
    'CAPACITY',
    'RESERVATION',
    'ASSIGNMENT',
    'DATA_POLICY',
  ],
  DROP: [
    'SEARCH INDEX',
    'VECTOR INDEX',
    'CAPACITY',
    'RESERVATION',
    'ASSIGNMENT',
    'PROPERTY GRAPH',
    'DATA_POLICY',
    'CONNECTION',
  ],
  GRANT: [''],
  REVOKE: [''],
  UNDROP: ['SCHEMA', 'TABLE'],
};

/** Reads to the end of a statement that is refused by its name. Anything not in the list is a syntax error. */
export function skipUnsupported(stream: TokenStream, verb: string, pos: Position): UnsupportedStatement {
  const feature = unsupportedStatements[verb]?.find(
    (name) => name === '' || stream.isWords(...name.split(' ')),
  );
  if (feature === undefined) throw stream.unexpected();
  while (!stream.atEnd && !stream.isSymbol(';')) stream.next();
  return { kind: 'UnsupportedStatement', feature: `${verb} ${feature}`.trim(), pos, end: stream.lastEnd };
}
