import { ServiceError } from '../../../serving/service-error.js';
import { unsupported } from '../../refusals.js';
import { DdlReader } from './ddl-reader.js';
import { parseKey } from './parse-columns.js';
import { parseCreateSequence, parseSequenceChange } from './parse-sequences.js';
import { parseAlterTable, parseCreateTable } from './parse-tables.js';
import type { DdlStatement, Droppable } from './statements.js';

/** What is refused by its first words, after CREATE, ALTER or DROP. */
const REFUSED: readonly (readonly [words: readonly string[], feature: string])[] = [
  [['CHANGE', 'STREAM'], 'Change streams'],
  [['SEARCH', 'INDEX'], 'Search indexes'],
  [['VECTOR', 'INDEX'], 'Vector indexes'],
  [['MODEL'], 'Models'],
  [['PROPERTY', 'GRAPH'], 'Property graphs'],
  [['PROTO', 'BUNDLE'], 'Proto bundles'],
  [['PLACEMENT'], 'Placements'],
  [['LOCALITY', 'GROUP'], 'Locality groups'],
  [['FUNCTION'], 'User-defined functions'],
];
export const REFUSED_STATEMENTS: readonly string[] = REFUSED.map(([, feature]) => feature);

const DATABASE_OPTIONS = [
  'default_leader',
  'default_sequence_kind',
  'default_time_zone',
  'optimizer_statistics_package',
  'optimizer_version',
  'read_lease_regions',
  'version_retention_period',
  'witness_location',
];

/** @throws ServiceError INVALID_ARGUMENT for what is no statement, UNIMPLEMENTED for what is not supported */
export function parseDdl(statement: string): DdlStatement {
  if (statement.trim() === '') throw new ServiceError('INVALID_ARGUMENT', 'DDL statement is empty.');
  const reader = new DdlReader(statement);
  const parsed = parseStatement(reader);
  reader.end();
  return parsed;
}

function parseStatement(reader: DdlReader): DdlStatement {
  if (reader.accept('CREATE')) return parseCreate(reader);
  if (reader.accept('ALTER')) return parseAlter(reader);
  if (reader.accept('DROP')) return parseDrop(reader);
  if (reader.accept('RENAME', 'TABLE')) {
    const renames = reader.list(() => {
      const from = reader.path();
      reader.expect('TO');
      return { from, to: reader.path() };
    });
    return { kind: 'rename-tables', renames };
  }
  if (reader.is('GRANT') || reader.is('REVOKE')) return parseGrant(reader);
  if (reader.accept('ANALYZE')) return { kind: 'nothing' };
  throw reader.encountered('ddl_statement');
}

function refuse(reader: DdlReader): void {
  const refused = REFUSED.find(([words]) => reader.is(...words));
  if (refused !== undefined) throw unsupported(refused[1]);
}

function parseCreate(reader: DdlReader): DdlStatement {
  const orReplace = reader.accept('OR', 'REPLACE');
  refuse(reader);
  if (reader.accept('VIEW')) return parseView(reader, orReplace);
  if (reader.accept('SCHEMA')) {
    const ifNotExists = reader.ifNotExists();
    return { kind: 'create-schema', name: reader.path(), ifNotExists };
  }
  if (orReplace) throw reader.encountered('create_or_replace_statement');
  if (reader.accept('TABLE')) return parseCreateTable(reader);
  if (reader.accept('SEQUENCE')) return parseCreateSequence(reader);
  if (reader.accept('ROLE')) return { kind: 'create-role', name: reader.name() };
  if (reader.is('UNIQUE') || reader.is('NULL_FILTERED') || reader.is('INDEX')) return parseIndex(reader);
  if (reader.is('DATABASE')) throw reader.refused('CREATE DATABASE is not a change of a schema.');
  throw reader.encountered('create_statement');
}

function parseView(reader: DdlReader, orReplace: boolean): DdlStatement {
  const name = reader.path();
  if (!reader.accept('SQL', 'SECURITY')) {
    throw new ServiceError('INVALID_ARGUMENT', `View \`${name}\` is missing the SQL SECURITY clause.`);
  }
  const isDefiner = reader.accept('DEFINER');
  if (!isDefiner) reader.expect('INVOKER');
  reader.expect('AS');
  const security = isDefiner ? 'DEFINER' : 'INVOKER';
  return { kind: 'create-view', name, orReplace, security, query: reader.rest() };
}

function parseIndex(reader: DdlReader): DdlStatement {
  const unique = reader.accept('UNIQUE');
  const nullFiltered = reader.accept('NULL_FILTERED');
  reader.expect('INDEX');
  const ifNotExists = reader.ifNotExists();
  const name = reader.path();
  reader.expect('ON');
  const table = reader.path();
  const parts = parseKey(reader);
  const storing = reader.accept('STORING') ? reader.names() : [];
  const notNullColumns = reader.accept('WHERE') ? parseNotNullColumns(reader) : [];
  const interleaveIn = reader.accept(',', 'INTERLEAVE', 'IN') ? reader.path() : undefined;
  if (reader.is('OPTIONS')) throw unsupported('Locality groups');
  return {
    kind: 'create-index',
    name,
    ifNotExists,
    unique,
    nullFiltered,
    table,
    parts,
    storing,
    notNullColumns,
    interleaveIn,
  };
}

function parseNotNullColumns(reader: DdlReader): string[] {
  const columns: string[] = [];
  do {
    columns.push(reader.name());
    reader.expect('IS', 'NOT', 'NULL');
  } while (reader.accept('AND'));
  return columns;
}

function parseAlter(reader: DdlReader): DdlStatement {
  refuse(reader);
  if (reader.accept('TABLE')) return parseAlterTable(reader);
  if (reader.accept('DATABASE')) {
    reader.name();
    reader.expect('SET');
    if (!reader.is('OPTIONS')) throw reader.expecting('OPTIONS');
    return { kind: 'alter-database', options: reader.options(DATABASE_OPTIONS) };
  }
  if (reader.accept('INDEX')) {
    const name = reader.path();
    const action = reader.accept('ADD') ? 'add' : 'drop';
    if (action === 'drop') reader.expect('DROP');
    reader.expect('STORED', 'COLUMN');
    return { kind: 'alter-index', name, action, column: reader.name() };
  }
  if (reader.accept('SEQUENCE')) {
    const ifExists = reader.ifExists();
    return { kind: 'alter-sequence', name: reader.path(), ifExists, change: parseSequenceChange(reader) };
  }
  if (reader.accept('STATISTICS')) {
    reader.rest();
    return { kind: 'nothing' };
  }
  if (reader.is('SCHEMA')) throw new ServiceError('UNIMPLEMENTED', 'ALTER SCHEMA not supported.');
  throw reader.encountered('alter_statement');
}

function parseDrop(reader: DdlReader): DdlStatement {
  refuse(reader);
  for (const what of [
    'table',
    'index',
    'view',
    'sequence',
    'schema',
    'role',
  ] as const satisfies Droppable[]) {
    if (reader.accept(what.toUpperCase())) {
      const ifExists = reader.ifExists();
      return { kind: 'drop', what, name: reader.path(), ifExists };
    }
  }
  throw reader.encountered('drop_statement');
}

/** Privileges are kept as they are printed: words in upper case, names as they are written. */
function parseGrant(reader: DdlReader): DdlStatement {
  const kind = reader.accept('GRANT') ? 'grant' : 'revoke';
  if (kind === 'revoke') reader.expect('REVOKE');
  const separator = kind === 'grant' ? 'TO' : 'FROM';
  const words: string[] = [];
  while (!reader.atEnd && !reader.is(separator, 'ROLE')) {
    const { type, text, value } = reader.next();
    words.push(type === 'word' && GRANT_WORDS.has(text) ? text : value || text);
  }
  if (words.length === 0) throw reader.encountered(`${kind}_statement`);
  reader.expect(separator, 'ROLE');
  const grant = words.join(' ').replace(/ ?([,()]) ?/g, (_text, symbol: string) => GRANT_SYMBOLS[symbol]!);
  return { kind, grant, roles: reader.list(() => reader.name()) };
}

const GRANT_WORDS: ReadonlySet<string> = new Set(
  'SELECT INSERT UPDATE DELETE EXECUTE USAGE ON TABLE FUNCTION VIEW SEQUENCE SCHEMA ROLE ALL TABLES VIEWS IN'.split(
    ' ',
  ),
);
const GRANT_SYMBOLS: Readonly<Record<string, string>> = { ',': ', ', '(': '(', ')': ') ' };
