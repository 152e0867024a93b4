import type { CreateRowAccessPolicy, DropRowAccessPolicy, Position } from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { parseObjectPath } from './parser-paths.js';
import { commaList, type TokenStream } from './token-stream.js';

/** `ROW ACCESS POLICY [IF NOT EXISTS] name ON table [GRANT TO (…)] FILTER USING (…)` */
export function parseCreateRowAccessPolicy(
  stream: TokenStream,
  { orReplace, pos }: { orReplace: boolean; pos: Position },
): CreateRowAccessPolicy {
  stream.expectWords('ROW', 'ACCESS', 'POLICY');
  const ifNotExists = stream.acceptWords('IF', 'NOT', 'EXISTS');
  const policy = stream.expectIdentifier();
  stream.expectWord('ON');
  const table = parseObjectPath(stream);
  const grantees = stream.acceptWords('GRANT', 'TO') ? parseGrantees(stream) : [];
  stream.expectWords('FILTER', 'USING');
  const start = stream.expectSymbol('(').end;
  parseExpression(stream);
  const filter = stream.source.slice(start, stream.lastEnd).trim();
  stream.expectSymbol(')');
  return {
    kind: 'CreateRowAccessPolicy',
    orReplace,
    ifNotExists,
    policy,
    table,
    grantees,
    filter,
    pos,
    end: stream.lastEnd,
  };
}

function parseGrantees(stream: TokenStream): string[] {
  stream.expectSymbol('(');
  const grantees = commaList(stream, (each) => each.expectString());
  stream.expectSymbol(')');
  return grantees;
}

/** `ROW ACCESS POLICY [IF EXISTS] name ON table`, `ALL ROW ACCESS POLICIES ON table` */
export function parseDropRowAccessPolicy(stream: TokenStream, pos: Position): DropRowAccessPolicy {
  const isAll = stream.acceptWords('ALL', 'ROW', 'ACCESS', 'POLICIES');
  if (!isAll) stream.expectWords('ROW', 'ACCESS', 'POLICY');
  const ifExists = !isAll && stream.acceptWords('IF', 'EXISTS');
  const policy = isAll ? undefined : stream.expectIdentifier();
  stream.expectWord('ON');
  const table = parseObjectPath(stream);
  return { kind: 'DropRowAccessPolicy', ifExists, policy, table, pos, end: stream.lastEnd };
}
