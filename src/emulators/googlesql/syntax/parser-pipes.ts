import { notImplemented } from '../errors.js';
import type { PipeAggregate, PipeOperator, PipeSetOperation, Position } from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { parseJoinTail, parsePivot, parseSample, parseTableFunction, parseUnpivot } from './parser-from.js';
import { parseObjectPath } from './parser-paths.js';
import { parseQueryInParentheses } from './parser-primary.js';
import {
  parseAlias,
  parseDirection,
  parseGroupBy,
  parseNamedWindows,
  parseOrderItems,
  parseSelectItems,
  parseSelectModifiers,
  parseSetHeader,
  parseWith,
} from './parser-queries.js';
import { commaList, type TokenStream } from './token-stream.js';

/** The pipe operators that follow a query, if any. */
export function parsePipes(stream: TokenStream): PipeOperator[] {
  const pipes: PipeOperator[] = [];
  while (stream.acceptSymbol('|>')) pipes.push(parsePipe(stream));
  return pipes;
}

const parsers: Record<string, (stream: TokenStream, pos: Position) => PipeOperator> = {
  SELECT: (stream, pos) => {
    const { distinct, as } = parseSelectModifiers(stream);
    const items = parseSelectItems(stream);
    return { kind: 'PipeSelect', distinct, as, items, windows: parseNamedWindows(stream), pos };
  },
  EXTEND: (stream, pos) => {
    const items = parseSelectItems(stream);
    return { kind: 'PipeExtend', items, windows: parseNamedWindows(stream), pos };
  },
  WINDOW: (stream, pos) => ({ kind: 'PipeWindow', items: parseSelectItems(stream), pos }),
  SET: (stream, pos) => {
    const items = listWithTrailingComma(stream, () => {
      const column = stream.expectIdentifier();
      stream.expectSymbol('=');
      return { column, value: parseExpression(stream) };
    });
    return { kind: 'PipeSet', items, pos };
  },
  DROP: (stream, pos) => ({
    kind: 'PipeDrop',
    columns: listWithTrailingComma(stream, () => stream.expectIdentifier()),
    pos,
  }),
  RENAME: (stream, pos) => {
    const items = listWithTrailingComma(stream, () => {
      const from = stream.expectIdentifier();
      stream.acceptWord('AS');
      return { from, to: stream.expectIdentifier() };
    });
    return { kind: 'PipeRename', items, pos };
  },
  AS: (stream, pos) => ({ kind: 'PipeAs', alias: stream.expectIdentifier(), pos }),
  WHERE: (stream, pos) => ({ kind: 'PipeWhere', condition: parseExpression(stream), pos }),
  AGGREGATE: parseAggregate,
  DISTINCT: (_, pos) => ({ kind: 'PipeDistinct', pos }),
  ORDER: (stream, pos) => {
    stream.expectWord('BY');
    return { kind: 'PipeOrderBy', items: parseOrderItems(stream), pos };
  },
  LIMIT: (stream, pos) => {
    const limit = parseExpression(stream);
    const offset = stream.acceptWord('OFFSET') ? parseExpression(stream) : undefined;
    return { kind: 'PipeLimit', limit, offset, pos };
  },
  CALL: (stream, pos) => {
    const path = parseObjectPath(stream);
    return { kind: 'PipeCall', call: parseTableFunction(stream, path.identifiers), pos };
  },
};

function parsePipe(stream: TokenStream): PipeOperator {
  const { pos } = stream;
  if (stream.isWord('TABLESAMPLE')) return { kind: 'PipeSample', sample: parseSample(stream), pos };
  if (stream.isWord('PIVOT')) {
    return { kind: 'PipePivot', pivot: parsePivot(stream), alias: parseAlias(stream), pos };
  }
  if (stream.isWord('UNPIVOT')) {
    return { kind: 'PipeUnpivot', unpivot: parseUnpivot(stream), alias: parseAlias(stream), pos };
  }
  if (stream.isWord('WITH')) return { kind: 'PipeWith', with: parseWith(stream), pos };
  const join = parseJoinTail(stream);
  if (join) return { kind: 'PipeJoin', join, pos };
  const setOperation = parseSetOperation(stream, pos);
  if (setOperation) return setOperation;
  const parse = stream.token.type === 'word' ? parsers[stream.token.text] : undefined;
  if (parse) {
    stream.next();
    return parse(stream, pos);
  }
  const unsupported = [
    'ASSERT',
    'DESCRIBE',
    'STATIC_DESCRIBE',
    'IF',
    'FORK',
    'TEE',
    'EXPORT',
    'CREATE',
    'INSERT',
    'LOG',
  ];
  if (unsupported.some((word) => stream.isWord(word))) {
    throw notImplemented(`The pipe operator ${stream.token.text}`);
  }
  throw stream.unexpected();
}

function parseSetOperation(stream: TokenStream, pos: Position): PipeSetOperation | undefined {
  const header = parseSetHeader(stream);
  if (!header) return undefined;
  const { operator, distinct, columns } = header;
  const queries = commaList(stream, parseQueryInParentheses);
  return { kind: 'PipeSetOperation', operator, distinct, columns, queries, pos };
}

function parseAggregate(stream: TokenStream, pos: Position): PipeAggregate {
  const items: PipeAggregate['items'] = [];
  while (!stream.isWord('GROUP') && !stream.isSymbol('|>') && !stream.isSymbol(')') && !stream.atEnd) {
    const { pos: itemPos } = stream;
    const expression = parseExpression(stream);
    // The direction may stand on either side of the alias.
    let order = parseDirection(stream);
    const alias = parseAlias(stream);
    order ??= parseDirection(stream);
    items.push({ expression, alias, order: order && { ...order, pos: itemPos }, pos: itemPos });
    if (!stream.acceptSymbol(',')) break;
  }
  if (!stream.isWord('GROUP')) {
    if (items.length === 0) throw stream.unexpected();
    return { kind: 'PipeAggregate', items, ordered: false, pos };
  }
  const ordered = stream.isWord('AND', 1);
  return { kind: 'PipeAggregate', items, groupBy: parseGroupBy(stream, true), ordered, pos };
}

function listWithTrailingComma<Item>(stream: TokenStream, parse: () => Item): Item[] {
  const items = [parse()];
  while (stream.acceptSymbol(',')) {
    if (stream.isSymbol('|>') || stream.isSymbol(')') || stream.isSymbol(';') || stream.atEnd) break;
    items.push(parse());
  }
  return items;
}
