import type { Capability } from '../service.js';
import { methodCapabilities, renderSupportPage } from '../support-page.js';
import { REFUSED } from './refusals.js';
import { REFUSED_STATEMENTS } from './schema/parse/parse-ddl.js';
import { allMethods } from './server.js';
import type { SpannerStore } from './store/spanner-store.js';

/** What there is besides methods, and where it is not quite as in the service. */
const FEATURES: readonly Capability[] = [
  {
    name: 'Tables: interleaved, with foreign keys, CHECK, DEFAULT, generated and identity columns',
    status: 'supported',
  },
  {
    name: 'Indexes: UNIQUE, NULL_FILTERED, STORING, WHERE … IS NOT NULL, INTERLEAVE IN',
    status: 'supported',
  },
  { name: 'Views, sequences, named schemas, synonyms, RENAME TABLE', status: 'supported' },
  { name: 'GetDatabaseDdl: the statements as the service prints them', status: 'supported' },
  { name: 'INFORMATION_SCHEMA', status: 'supported' },
  { name: 'Multiplexed sessions, precommit tokens, inline begin', status: 'supported' },
  {
    name: 'Read-write transactions',
    status: 'supported',
    note: 'serializable and optimistic, many at once; ABORTED tells when to try again',
  },
  { name: 'Read-only transactions with every bound, partitioned DML, BatchWrite', status: 'supported' },
  {
    name: 'Partitions of reads and queries',
    status: 'supported',
    note: 'cut where the rows are many; a query with joins or subqueries is one part',
  },
  {
    name: 'Resume tokens',
    status: 'supported',
    note: 'of reads, and of queries that give the rows of a table in the order of its key, outside of read-write transactions; other results have none',
  },
  { name: 'DML: OR UPDATE, OR IGNORE, ON CONFLICT, THEN RETURN, ASSERT_ROWS_MODIFIED', status: 'supported' },
  {
    name: 'Nanoseconds of TIMESTAMP',
    status: 'supported',
    note: 'of the years 1 to 9999, in queries, functions and keys; CURRENT_TIMESTAMP has microseconds',
  },
  {
    name: 'Intervals with parts of a microsecond',
    status: 'refused',
    note: 'a difference of two times that has some is an error',
  },
  {
    name: 'Reads at a time before a change of the schema',
    status: 'supported',
    note: 'by the schema of that time; tables and indexes that were dropped are kept until the retention period ends',
  },
  { name: 'Commit limits: 80,000 mutations, 100 MB', status: 'supported' },
  { name: 'REST, on the port of gRPC and on one of its own', status: 'supported' },
  {
    name: 'Persistence',
    status: 'supported',
    note: 'what is acknowledged survives the death of the process, sessions and operations too',
  },
  {
    name: 'Instances, their configurations and sizes',
    status: 'differs',
    note: 'kept and listed, with no effect; there is one configuration, and those that are made',
  },
  { name: 'Long-running operations', status: 'differs', note: 'done when they are answered' },
  {
    name: 'Roles, GRANT and IAM policies',
    status: 'differs',
    note: 'kept and shown, and grant or forbid nothing',
  },
  {
    name: 'Row deletion policies',
    status: 'supported',
    note: 'rows go within a minute or so of their time, where the service takes up to three days',
  },
  { name: 'ANALYZE, split points, optimizer versions', status: 'differs', note: 'taken, with no effect' },
  {
    name: 'Query plans',
    status: 'differs',
    note: 'one node; columns and parameters are told as the service does',
  },
  { name: 'PostgreSQL dialect', status: 'refused' },
  { name: 'SPANNER_SYS', status: 'refused' },
  { name: 'Columns of the types STRUCT, TOKENLIST and of protocol buffers', status: 'refused' },
];

/** What the emulator does and does not, the methods as they are served. */
export function spannerCapabilities(): Capability[] {
  // Only the names of the methods are of interest: none is called.
  const methods = allMethods({ store: {} as SpannerStore, now: Date.now });
  const { served, refused } = methodCapabilities(methods, REFUSED);
  const statements = REFUSED_STATEMENTS.map((name): Capability => ({ name, status: 'refused' }));
  return [...served, ...FEATURES, ...statements, ...refused];
}

export function supportPage(): string {
  return renderSupportPage('Spanner', spannerCapabilities());
}
