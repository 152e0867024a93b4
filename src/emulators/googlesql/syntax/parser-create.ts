import { notImplemented } from '../errors.js';
import type {
  CreateExternalTable,
  CreateMaterializedView,
  CreateModel,
  CreateSchema,
  CreateSnapshotTable,
  CreateTable,
  CreateView,
  DdlStatement,
  Expression,
  ObjectPath,
  Position,
} from './ast.js';
import { parseTableElements } from './parser-columns.js';
import {
  parseCreateFunction,
  parseCreateProcedure,
  parseCreateTableFunction,
} from './parser-create-routine.js';
import { parseExpression } from './parser-expressions.js';
import { parseSystemTime } from './parser-from.js';
import { parseObjectPath } from './parser-paths.js';
import { parseQuery, parseSelectItem } from './parser-queries.js';
import { parseCreateRowAccessPolicy } from './parser-row-access.js';
import { parseOptions } from './parser-types.js';
import { skipUnsupported } from './parser-unsupported.js';
import { commaList, parenthesizedList, type TokenStream } from './token-stream.js';

export interface CreateHead {
  orReplace: boolean;
  temporary: boolean;
  pos: Position;
}

/** CREATE of anything. What BigQuery has and we do not becomes an UnsupportedStatement. */
export function parseCreate(stream: TokenStream): DdlStatement {
  const { pos } = stream;
  stream.expectWord('CREATE');
  const orReplace = stream.acceptWords('OR', 'REPLACE');
  const temporary = stream.acceptOneOf('TEMP', 'TEMPORARY') !== undefined;
  const head = { orReplace, temporary, pos };
  if (stream.isWords('TABLE', 'FUNCTION')) return parseCreateTableFunction(stream, head);
  if (stream.acceptWord('TABLE')) return parseCreateTable(stream, head);
  if (stream.acceptWord('VIEW')) return parseCreateView(stream, head);
  if (stream.acceptWords('MATERIALIZED', 'VIEW')) return parseMaterializedView(stream, head);
  if (stream.acceptOneOf('SCHEMA', 'DATABASE')) return parseCreateSchema(stream, head);
  if (stream.isWord('FUNCTION') || stream.isWords('AGGREGATE', 'FUNCTION'))
    return parseCreateFunction(stream, head);
  if (stream.isWord('PROCEDURE')) return parseCreateProcedure(stream, head);
  if (stream.acceptWord('MODEL')) return parseCreateModel(stream, head);
  if (stream.acceptWords('EXTERNAL', 'TABLE')) return parseExternalTable(stream, head);
  if (stream.acceptWords('SNAPSHOT', 'TABLE')) return parseSnapshot(stream, head);
  if (stream.isWords('ROW', 'ACCESS', 'POLICY')) return parseCreateRowAccessPolicy(stream, head);
  return skipUnsupported(stream, 'CREATE', pos);
}

interface NamedHead {
  orReplace: boolean;
  ifNotExists: boolean;
  name: ObjectPath;
  pos: Position;
}

/** `[IF NOT EXISTS] name` */
export function parseName(stream: TokenStream, head: CreateHead): NamedHead {
  const ifNotExists = stream.acceptWords('IF', 'NOT', 'EXISTS');
  return { orReplace: head.orReplace, ifNotExists, name: parseObjectPath(stream), pos: head.pos };
}

function parseCreateTable(stream: TokenStream, head: CreateHead): CreateTable {
  const table: CreateTable = {
    kind: 'CreateTable',
    ...parseName(stream, head),
    temporary: head.temporary,
    options: [],
    end: 0,
  };
  if (stream.acceptWord('LIKE')) table.like = parseObjectPath(stream);
  else if (stream.acceptWord('COPY')) table.copy = parseObjectPath(stream);
  else if (stream.acceptWord('CLONE')) table.clone = parseCloneSource(stream);
  if (stream.isSymbol('(')) table.columns = parseTableElements(stream);
  table.defaultCollation = parseDefaultCollation(stream);
  Object.assign(table, parsePartitioning(stream));
  if (stream.isWords('WITH', 'CONNECTION')) throw notImplemented('CREATE TABLE WITH CONNECTION');
  table.options = parseOptions(stream);
  if (stream.acceptWord('AS')) table.as = parseQuery(stream);
  table.end = stream.lastEnd;
  return table;
}

function parseCloneSource(stream: TokenStream) {
  const path = parseObjectPath(stream);
  return { path, systemTime: parseSystemTime(stream) };
}

function parseDefaultCollation(stream: TokenStream): Expression | undefined {
  return stream.acceptWords('DEFAULT', 'COLLATE') ? parseExpression(stream) : undefined;
}

interface Partitioning {
  partitionBy?: Expression;
  clusterBy?: Expression[];
}

/** `PARTITION BY … CLUSTER BY …`, each optional. */
export function parsePartitioning(stream: TokenStream): Partitioning {
  const clauses: Partitioning = {};
  if (stream.acceptWords('PARTITION', 'BY')) clauses.partitionBy = parseExpression(stream);
  if (stream.acceptWords('CLUSTER', 'BY')) clauses.clusterBy = commaList(stream, parseExpression);
  return clauses;
}

function parseCreateView(stream: TokenStream, head: CreateHead): CreateView {
  const named = parseName(stream, head);
  if (head.temporary) throw notImplemented('CREATE TEMP VIEW');
  const columns = stream.isSymbol('(')
    ? parenthesizedList(stream, () => {
        const name = stream.expectIdentifier();
        return { name, options: parseOptions(stream), pos: name.pos };
      })
    : undefined;
  const options = parseOptions(stream);
  stream.expectWord('AS');
  const query = parseQuery(stream);
  return { kind: 'CreateView', ...named, columns, options, query, end: stream.lastEnd };
}

function parseMaterializedView(stream: TokenStream, head: CreateHead): CreateMaterializedView {
  const view: CreateMaterializedView = {
    kind: 'CreateMaterializedView',
    ...parseName(stream, head),
    ...parsePartitioning(stream),
    options: parseOptions(stream),
    end: 0,
  };
  stream.expectWord('AS');
  if (stream.acceptWords('REPLICA', 'OF')) view.replicaOf = parseObjectPath(stream);
  else view.query = parseQuery(stream);
  view.end = stream.lastEnd;
  return view;
}

function parseCreateSchema(stream: TokenStream, head: CreateHead): CreateSchema {
  const named = parseName(stream, head);
  const defaultCollation = parseDefaultCollation(stream);
  const options = parseOptions(stream);
  return { kind: 'CreateSchema', ...named, defaultCollation, options, end: stream.lastEnd };
}

/** `WITH CONNECTION name`; DEFAULT names the default one. */
export function parseConnection(stream: TokenStream): ObjectPath | undefined {
  if (!stream.acceptWords('WITH', 'CONNECTION')) return undefined;
  return parseConnectionName(stream);
}

function parseConnectionName(stream: TokenStream): ObjectPath {
  if (!stream.isWord('DEFAULT')) return parseObjectPath(stream);
  const name = stream.takeIdentifier();
  return { kind: 'ObjectPath', parts: [name.name], identifiers: [name], pos: name.pos };
}

function parseExternalTable(stream: TokenStream, head: CreateHead): CreateExternalTable {
  const table: CreateExternalTable = {
    kind: 'CreateExternalTable',
    ...parseName(stream, head),
    options: [],
    end: 0,
  };
  if (stream.isSymbol('(')) table.columns = parseTableElements(stream);
  if (stream.acceptWords('WITH', 'PARTITION', 'COLUMNS')) {
    table.partitionColumns = stream.isSymbol('(') ? parseTableElements(stream) : [];
  }
  table.connection = parseConnection(stream);
  table.options = parseOptions(stream);
  table.end = stream.lastEnd;
  return table;
}

function parseSnapshot(stream: TokenStream, head: CreateHead): CreateSnapshotTable {
  const named = parseName(stream, head);
  stream.expectWord('CLONE');
  const clone = parseCloneSource(stream);
  const options = parseOptions(stream);
  return { kind: 'CreateSnapshotTable', ...named, clone, options, end: stream.lastEnd };
}

function parseCreateModel(stream: TokenStream, head: CreateHead): CreateModel {
  const model: CreateModel = {
    kind: 'CreateModel',
    ...parseName(stream, head),
    remote: false,
    options: [],
    end: 0,
  };
  if (stream.acceptWord('TRANSFORM')) {
    const start = stream.pos.offset;
    model.transform = parenthesizedList(stream, parseSelectItem);
    model.transformText = stream.source.slice(start, stream.lastEnd);
  }
  if (stream.acceptWord('INPUT')) model.input = parseTableElements(stream);
  if (stream.acceptWord('OUTPUT')) model.output = parseTableElements(stream);
  if (stream.acceptWord('REMOTE')) model.remote = true;
  model.connection = parseConnection(stream);
  model.options = parseOptions(stream);
  if (stream.acceptWord('AS')) parseModelQuery(stream, model);
  model.end = stream.lastEnd;
  return model;
}

function parseModelQuery(stream: TokenStream, model: CreateModel): void {
  const aliased = stream.isSymbol('(') && stream.isIdentifier(1) && stream.isWord('AS', 2);
  if (!aliased) {
    model.query = parseQuery(stream);
    return;
  }
  model.aliasedQueries = parenthesizedList(stream, () => {
    const name = stream.expectIdentifier();
    stream.expectWord('AS');
    stream.expectSymbol('(');
    const query = parseQuery(stream);
    stream.expectSymbol(')');
    return { name, query };
  });
}
