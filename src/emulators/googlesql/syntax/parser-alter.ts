import type { Alter, AlterAction, ColumnChange, DdlStatement, ObjectType } from './ast.js';
import { parseColumn, parseConstraint } from './parser-columns.js';
import { parseExpression } from './parser-expressions.js';
import { parseObjectPath } from './parser-paths.js';
import { parseDropRowAccessPolicy } from './parser-row-access.js';
import { parseOptionList, parseType } from './parser-types.js';
import { skipUnsupported } from './parser-unsupported.js';
import { commaList, type TokenStream } from './token-stream.js';

const alterable: [Alter['objectType'], string[]][] = [
  ['SCHEMA', ['SCHEMA']],
  ['SCHEMA', ['DATABASE']],
  ['TABLE', ['TABLE']],
  ['VIEW', ['VIEW']],
  ['MATERIALIZED VIEW', ['MATERIALIZED', 'VIEW']],
  ['MODEL', ['MODEL']],
  ['FUNCTION', ['FUNCTION']],
  ['PROCEDURE', ['PROCEDURE']],
];

export function parseAlter(stream: TokenStream): DdlStatement {
  const { pos } = stream;
  stream.expectWord('ALTER');
  const found = alterable.find(([, words]) => stream.acceptWords(...words));
  if (!found) return skipUnsupported(stream, 'ALTER', pos);
  const ifExists = stream.acceptWords('IF', 'EXISTS');
  const name = parseObjectPath(stream);
  const actions = commaList(stream, parseAction);
  return { kind: 'Alter', objectType: found[0], ifExists, name, actions, pos, end: stream.lastEnd };
}

function parseAction(stream: TokenStream): AlterAction {
  const { pos } = stream;
  if (stream.acceptWord('SET')) {
    if (stream.acceptWord('OPTIONS')) return { kind: 'SetOptions', options: parseOptionList(stream), pos };
    stream.expectWords('DEFAULT', 'COLLATE');
    return { kind: 'SetDefaultCollation', collation: parseExpression(stream), pos };
  }
  if (stream.acceptWord('ADD')) return parseAdd(stream);
  if (stream.acceptWord('DROP')) return parseDropAction(stream);
  if (stream.acceptWord('RENAME')) {
    if (stream.acceptWord('TO')) return { kind: 'RenameTo', name: stream.expectIdentifier(), pos };
    stream.expectWord('COLUMN');
    const ifExists = stream.acceptWords('IF', 'EXISTS');
    const column = stream.expectIdentifier();
    stream.expectWord('TO');
    return { kind: 'RenameColumn', ifExists, column, to: stream.expectIdentifier(), pos };
  }
  stream.expectWords('ALTER', 'COLUMN');
  const ifExists = stream.acceptWords('IF', 'EXISTS');
  const column = [stream.expectIdentifier()];
  while (stream.acceptSymbol('.')) column.push(stream.expectFieldName());
  return { kind: 'AlterColumn', ifExists, column, change: parseColumnChange(stream), pos };
}

function parseAdd(stream: TokenStream): AlterAction {
  const { pos } = stream;
  if (stream.acceptWord('COLUMN')) {
    const ifNotExists = stream.acceptWords('IF', 'NOT', 'EXISTS');
    return { kind: 'AddColumn', ifNotExists, column: parseColumn(stream), pos };
  }
  if (stream.isWord('CONSTRAINT') && stream.isWord('IF', 1)) {
    stream.next();
    stream.expectWords('IF', 'NOT', 'EXISTS');
    const name = stream.expectIdentifier();
    return {
      kind: 'AddConstraint',
      ifNotExists: true,
      constraint: { ...parseConstraint(stream), name },
      pos,
    };
  }
  return { kind: 'AddConstraint', ifNotExists: false, constraint: parseConstraint(stream), pos };
}

function parseDropAction(stream: TokenStream): AlterAction {
  const { pos } = stream;
  if (stream.acceptWords('PRIMARY', 'KEY')) {
    return { kind: 'DropPrimaryKey', ifExists: stream.acceptWords('IF', 'EXISTS'), pos };
  }
  if (stream.acceptWord('CONSTRAINT')) {
    const ifExists = stream.acceptWords('IF', 'EXISTS');
    return { kind: 'DropConstraint', ifExists, name: stream.expectIdentifier(), pos };
  }
  stream.expectWord('COLUMN');
  const ifExists = stream.acceptWords('IF', 'EXISTS');
  return { kind: 'DropColumn', ifExists, column: stream.expectIdentifier(), pos };
}

function parseColumnChange(stream: TokenStream): ColumnChange {
  if (stream.acceptWord('DROP')) {
    if (stream.acceptWords('NOT', 'NULL')) return { kind: 'DropNotNull' };
    stream.expectWord('DEFAULT');
    return { kind: 'DropDefault' };
  }
  stream.expectWord('SET');
  if (stream.acceptWord('OPTIONS')) return { kind: 'SetOptions', options: parseOptionList(stream) };
  if (stream.acceptWords('DATA', 'TYPE')) return { kind: 'SetDataType', type: parseType(stream) };
  stream.expectWord('DEFAULT');
  const start = stream.pos.offset;
  const value = parseExpression(stream);
  return { kind: 'SetDefault', value, text: stream.source.slice(start, stream.lastEnd) };
}

const droppable: [ObjectType, string[]][] = [
  ['SCHEMA', ['SCHEMA']],
  ['SCHEMA', ['DATABASE']],
  ['TABLE FUNCTION', ['TABLE', 'FUNCTION']],
  ['TABLE', ['TABLE']],
  ['EXTERNAL TABLE', ['EXTERNAL', 'TABLE']],
  ['SNAPSHOT TABLE', ['SNAPSHOT', 'TABLE']],
  ['VIEW', ['VIEW']],
  ['MATERIALIZED VIEW', ['MATERIALIZED', 'VIEW']],
  ['FUNCTION', ['FUNCTION']],
  ['PROCEDURE', ['PROCEDURE']],
  ['MODEL', ['MODEL']],
];

export function parseDrop(stream: TokenStream): DdlStatement {
  const { pos } = stream;
  stream.expectWord('DROP');
  const found = droppable.find(([, words]) => stream.acceptWords(...words));
  if (stream.isWord('ROW') || stream.isWords('ALL', 'ROW')) return parseDropRowAccessPolicy(stream, pos);
  if (!found) return skipUnsupported(stream, 'DROP', pos);
  const ifExists = stream.acceptWords('IF', 'EXISTS');
  const name = parseObjectPath(stream);
  const behaviour = found[0] === 'SCHEMA' ? stream.acceptOneOf('CASCADE', 'RESTRICT') : undefined;
  return { kind: 'Drop', objectType: found[0], ifExists, name, behaviour, pos, end: stream.lastEnd };
}
