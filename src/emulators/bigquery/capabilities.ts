import { MAX_PLAN_DOUBLINGS } from '../googlesql/compile/expression/subqueries.js';
import { MAX_JOINS } from '../googlesql/compile/query/from.js';
import { MAX_ARGUMENT_BYTES, MAX_GROUPED_BYTES, MAX_SEARCHED_BYTES } from '../googlesql/duck/value-limit.js';
import { knownFunctions, REFUSALS, type RefusalReason } from '../googlesql/functions/known-functions.js';
import type { Statement } from '../googlesql/syntax/ast.js';
import { unsupportedStatements } from '../googlesql/syntax/parser-unsupported.js';
import { MODEL_FAMILIES } from './ml/families.js';
import { MODEL_TYPES, OTHER_MODEL_TYPES } from './ml/model-types.js';
import {
  ML_DATA_FUNCTIONS,
  ML_TABLE_FUNCTIONS,
  REFUSED_ML_TABLE_FUNCTIONS,
} from './ml/table-functions/index.js';
import { PREPROCESSORS } from './ml/transform/preprocessors.js';
import { RESOURCES } from './server/http/discovery.js';
import { MEMORY_CEILING_BYTES } from './server/jobs/memory-guard.js';

export type SupportStatus = 'supported' | 'differs' | 'refused';

/** One thing BigQuery has, and what the emulator makes of it. */
export interface Capability {
  area: 'REST' | 'Jobs and data' | 'Statements' | 'Language' | 'Functions' | 'BigQuery ML';
  name: string;
  status: SupportStatus;
  note?: string;
}

type Entry = readonly [name: string, status: SupportStatus, note?: string];

/** Every statement the parser knows; a new kind does not compile until it is listed here. */
const STATEMENTS: Record<Exclude<Statement['kind'], 'UnsupportedStatement'>, Entry> = {
  QueryStatement: ['SELECT, WITH, set operations, pipe syntax', 'supported'],
  Insert: ['INSERT', 'supported'],
  Update: ['UPDATE', 'supported'],
  Delete: ['DELETE', 'supported'],
  Merge: ['MERGE', 'supported'],
  TruncateTable: ['TRUNCATE TABLE', 'supported'],
  CreateSchema: ['CREATE SCHEMA', 'supported'],
  CreateTable: ['CREATE TABLE', 'supported'],
  CreateExternalTable: [
    'CREATE EXTERNAL TABLE',
    'supported',
    'over the local Cloud Storage: CSV, JSON, Parquet, Avro; read anew with each statement; without connections',
  ],
  CreateSnapshotTable: ['CREATE SNAPSHOT TABLE', 'supported'],
  CreateView: ['CREATE VIEW', 'supported'],
  CreateMaterializedView: [
    'CREATE MATERIALIZED VIEW',
    'differs',
    'computed anew with each query, as a view; always up to date',
  ],
  CreateFunction: [
    'CREATE FUNCTION, CREATE AGGREGATE FUNCTION',
    'supported',
    'SQL and JavaScript; Python and remote functions are refused. JavaScript runs in QuickJS: no WebAssembly, no Intl, messages of errors in other words than those of V8; no DATETIME, TIME, INTERVAL and RANGE',
  ],
  CreateTableFunction: ['CREATE TABLE FUNCTION', 'supported'],
  CreateProcedure: ['CREATE PROCEDURE', 'supported', 'SQL only'],
  CreateRowAccessPolicy: [
    'CREATE ROW ACCESS POLICY',
    'differs',
    'who asks is believed without proof: the e-mail of an unsigned bearer token, or the header X-Bqemu-Caller (and X-Bqemu-Groups); else emulator@localhost',
  ],
  DropRowAccessPolicy: ['DROP ROW ACCESS POLICY, DROP ALL ROW ACCESS POLICIES', 'supported'],
  CreateModel: ['CREATE MODEL', 'supported', 'see BigQuery ML'],
  Drop: ['DROP SCHEMA, TABLE, VIEW, FUNCTION, PROCEDURE, MODEL…', 'supported'],
  Alter: ['ALTER SCHEMA, TABLE, COLUMN, VIEW', 'supported'],
  ExportData: [
    'EXPORT DATA',
    'differs',
    'one file holds everything; to Cloud Storage only, Avro not with SNAPPY',
  ],
  ExportModel: ['EXPORT MODEL', 'refused'],
  LoadData: ['LOAD DATA', 'supported'],
  Declare: ['DECLARE', 'supported'],
  SetVariables: ['SET', 'supported'],
  Block: ['BEGIN … EXCEPTION … END', 'supported'],
  If: ['IF', 'supported'],
  CaseStatement: ['CASE', 'supported'],
  Loop: ['LOOP', 'supported'],
  While: ['WHILE', 'supported'],
  Repeat: ['REPEAT', 'supported'],
  ForIn: ['FOR … IN', 'supported'],
  Break: ['BREAK, LEAVE', 'supported'],
  Continue: ['CONTINUE, ITERATE', 'supported'],
  Return: ['RETURN', 'supported'],
  Raise: ['RAISE', 'supported'],
  Call: ['CALL', 'supported'],
  ExecuteImmediate: ['EXECUTE IMMEDIATE', 'supported'],
  Assert: ['ASSERT', 'supported'],
  BeginTransaction: ['BEGIN TRANSACTION', 'supported'],
  CommitTransaction: ['COMMIT TRANSACTION', 'supported'],
  RollbackTransaction: ['ROLLBACK TRANSACTION', 'supported'],
};

/** Where queries give something else than the service, or nothing. */
const LANGUAGE: readonly Entry[] = [
  ['TABLESAMPLE', 'differs', 'chooses single rows, not blocks of storage'],
  ['Approximate aggregates', 'differs', 'are exact'],
  ['WITH RECURSIVE … UNION DISTINCT', 'differs', 'has no limit of 500 rounds'],
  ['Hints', 'differs', 'are read over'],
  ['Joins', 'differs', `at most ${MAX_JOINS} in one query with its subqueries in FROM`],
  [
    'Subqueries in expressions',
    'differs',
    `${MAX_PLAN_DOUBLINGS} in one another, half as many that aggregate or give an array, more in IN`,
  ],
  [
    'Functions of long values',
    'differs',
    `those that DuckDB does not have take values up to ${mebibytes(MAX_ARGUMENT_BYTES)}, those that go through all matches of a regular expression up to ${mebibytes(MAX_SEARCHED_BYTES)}, REGEXP_EXTRACT_GROUPS and optional groups that may be empty up to ${mebibytes(MAX_GROUPED_BYTES)}, others up to the 100 MB of the service`,
  ],
  ['ORDER BY … COLLATE', 'supported', 'und:ci by the lower-case text'],
  [
    'Collations of columns, tables, datasets and of COLLATE',
    'differs',
    'und:ci by the lower-case text; refused of nested and repeated columns, and in what compares text in other ways',
  ],
  [
    'GEOGRAPHY',
    'differs',
    'buffers of other than points, spheroids and planar edges are refused; shared boundaries are left out of intersections; ST_SIMPLIFY and ST_BUFFER may differ in single places or last digits',
  ],
  ['Nested DML', 'refused'],
  ['GROUP BY and HAVING in the arguments of an aggregate function', 'refused', 'multi-level aggregation'],
  ['FOR SYSTEM_TIME AS OF', 'refused', 'time travel'],
  ['SELECT WITH AGGREGATION_THRESHOLD and DIFFERENTIAL_PRIVACY', 'refused'],
];

const REFUSED_REST: readonly Entry[] = [
  ['datasets.undelete', 'refused'],
  ['tables.getIamPolicy, setIamPolicy, testIamPermissions', 'refused'],
  ['rowAccessPolicies.batchDelete, getIamPolicy, testIamPermissions', 'refused'],
  ['routines.getIamPolicy, setIamPolicy, testIamPermissions', 'refused'],
  ['Batch requests', 'refused'],
  ['fields, If-Match, If-None-Match, X-HTTP-Method-Override, gzip', 'supported'],
  [
    'Unknown members of a body',
    'supported',
    'refused by name, as the service does; unknown query parameters pass',
  ],
  [
    'Storage Read API over gRPC on the same port: Arrow, Avro, columns, row restrictions, streams, splitting',
    'differs',
    'moments before the last change of the table and samples are refused; buffers of Arrow are not compressed; a session copies its rows',
  ],
  [
    'Storage Write API over gRPC on the same port: default, committed, pending and buffered streams, offsets, errors by row',
    'differs',
    'rows as protocol buffers only; missing_value_interpretations of single columns are refused; streams are gone after a restart',
  ],
];

const JOBS_AND_DATA: readonly Entry[] = [
  ['Load: CSV, newline-delimited JSON, Parquet, Avro; from gs:// and uploads', 'supported'],
  ['Load: ORC, Datastore and Firestore exports', 'refused', 'the job fails with notImplemented'],
  [
    'Extract: CSV, newline-delimited JSON, Parquet, Avro',
    'differs',
    'a wildcard URI gives one file, whatever its size; Avro not with SNAPPY',
  ],
  ['Extract: models', 'refused'],
  ['Copy: tables, several sources, snapshots, clones, restoring, models', 'supported'],
  [
    'Partition decorators: time, ingestion time, integer ranges',
    'supported',
    'to read, write, copy, extract and delete',
  ],
  ['Parquet lists', 'differs', 'always read as arrays, as with enableListInference'],
  ['ASCII control characters in CSV', 'differs', 'always kept, as with preserveAsciiControlCharacters'],
  ['Query plans and timelines', 'differs', 'the statistics of a job have none'],
  ['Sessions', 'supported', 'without a time limit'],
  ['Query cache', 'supported'],
  [
    'Dry run and totalBytesProcessed',
    'differs',
    'counts the columns read of all rows; partitions are not pruned',
  ],
  ['useLegacySql', 'differs', 'absent means GoogleSQL; true is refused'],
  [
    'Memory',
    'differs',
    `at most ${MEMORY_CEILING_BYTES / 1024 ** 3} GiB for the whole process: the query that has run for longest is ended with resourcesExceeded before`,
  ],
  ['Jobs', 'differs', 'kept in memory: up to 10,000 jobs and 500 results, gone after a restart'],
  ['insertAll', 'differs', 'rows can be read, changed and deleted at once: there is no streaming buffer'],
  ['Autodetected schemas', 'differs', 'from the first 500 rows'],
  [
    'Locations',
    'differs',
    'all data is in one place; only jobs that are given a location do not find the tables of others',
  ],
  ['Access control', 'differs', 'every request may do everything; access lists are stored and not applied'],
  ['Encryption keys, time travel, policy tags, generated columns', 'refused'],
  ['Case-insensitive datasets, ROUND_HALF_EVEN', 'refused'],
  ['WRITE_TRUNCATE_DATA, several destination URIs, formats of dates in loads', 'refused'],
];

function functionEntries(): Entry[] {
  return knownFunctions().map(([name, status]): Entry => {
    if (status === 'supported' || status === 'syntax') return [name, 'supported'];
    return [name, 'refused', REFUSALS[status as RefusalReason]];
  });
}

/** Where the service does what is not documented, or what takes more than one machine. */
const ML_DIFFERENCES: readonly Entry[] = [
  [
    'modelLevelGlobalExplanation',
    'differs',
    'one entry per column, where the service has one per category of a column of categories',
  ],
  ['Medians of ML.FEATURE_INFO', 'differs', 'approximate as those of the service, yet not always the same'],
  [
    'ML.VALIDATE_DATA_DRIFT and ML.VALIDATE_DATA_SKEW',
    'differs',
    'the arithmetic of TensorFlow Data Validation on exact histograms, 10 buckets and the 50 most frequent values; ' +
      'whether the service computes the same to the last digit is not known; links to pictures are refused',
  ],
  ['dataSplitResult', 'differs', 'absent: the rows of each part are not kept as tables'],
  ['Boosted trees', 'differs', 'ENABLE_GLOBAL_EXPLAIN and encodings other than LABEL_ENCODING are refused'],
  ['ML.EXPLAIN_PREDICT of boosted trees', 'refused'],
  ['ML.DETECT_ANOMALIES of models other than KMEANS', 'refused'],
  [
    'Statistics of TRANSFORM',
    'differs',
    'over all rows, as documented; whether the service leaves out those of evaluation is not known',
  ],
  [
    'Random splits',
    'differs',
    'by a hash of the row, the same at each training, but not the rows that the service takes',
  ],
  ['roc_auc', 'differs', 'exact; the service computes it from about 1,000 quantiles of the scores'],
  [
    'Early stop with evaluation rows',
    'differs',
    'goes by the training loss; what the service goes by is not known',
  ],
  ['L1_REG, L2_REG', 'differs', 'penalties on the sum of losses; their scale in the service is not known'],
];

function optionEntry(name: string): Entry {
  const takers = MODEL_FAMILIES.filter(([, { options }]) => name in options);
  const { differs, refused } = takers[0]![1].options[name]!;
  const option = `OPTIONS(${name})`;
  if (refused) return [option, 'refused'];
  if (differs !== undefined) return [option, 'differs', differs];
  return [option, 'supported', takers.map(([modelType]) => modelType).join(', ')];
}

function mlEntries(): Entry[] {
  const options = new Set(MODEL_FAMILIES.flatMap(([, family]) => Object.keys(family.options)));
  return [
    ...MODEL_TYPES.map((name): Entry => [`MODEL_TYPE ${name}`, 'supported']),
    ...OTHER_MODEL_TYPES.map((name): Entry => [`MODEL_TYPE ${name}`, 'refused']),
    ...Object.keys({ ...ML_TABLE_FUNCTIONS, ...ML_DATA_FUNCTIONS }).map(
      (name): Entry => [`ML.${name}`, 'supported'],
    ),
    ...REFUSED_ML_TABLE_FUNCTIONS.map((name): Entry => [`ML.${name}`, 'refused']),
    ...Object.keys(PREPROCESSORS).map((name): Entry => [`ML.${name}`, 'supported']),
    ...[...options].sort().map(optionEntry),
    ...ML_DIFFERENCES,
  ];
}

function refusedStatements(): Entry[] {
  return Object.entries(unsupportedStatements).flatMap(([verb, objects]) =>
    objects.map((object): Entry => [`${verb} ${object}`.trim(), 'refused']),
  );
}

/** What the emulator supports, does differently and refuses, from the tables that decide it. */
export function capabilities(): Capability[] {
  const methods = Object.entries(RESOURCES).flatMap(([resource, served]) =>
    Object.keys(served).map((method): Entry => [`${resource}.${method}`, 'supported']),
  );
  const areas: [Capability['area'], readonly Entry[]][] = [
    ['REST', [...methods, ...REFUSED_REST]],
    ['Jobs and data', JOBS_AND_DATA],
    ['Statements', [...Object.values(STATEMENTS), ...refusedStatements()]],
    ['Language', LANGUAGE],
    ['Functions', functionEntries()],
    ['BigQuery ML', mlEntries()],
  ];
  return areas.flatMap(([area, entries]) =>
    entries.map(([name, status, note]) => ({ area, name, status, ...(note === undefined ? {} : { note }) })),
  );
}

const TITLES: Record<SupportStatus, string> = {
  supported: 'Supported',
  differs: 'Differs',
  refused: 'Refused',
};

/** The support page in Markdown. */
export function supportPage(): string {
  const entries = capabilities();
  const lines = [
    '# What the BigQuery emulator supports',
    '',
    'Generated from the tables in the code; a test keeps it up to date. What is refused answers with',
    '`notImplemented` or `invalidQuery` and its name, never with an empty success.',
  ];
  for (const area of new Set(entries.map((entry) => entry.area))) {
    lines.push('', `## ${area}`);
    for (const status of ['supported', 'differs', 'refused'] as const) {
      const group = entries.filter((entry) => entry.area === area && entry.status === status);
      if (group.length > 0) lines.push('', `### ${TITLES[status]}`, '', ...groupLines(group));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Entries with a note get a line each, grouped where many share one; the rest share a paragraph. */
function groupLines(group: readonly Capability[]): string[] {
  const plain = group.filter((entry) => entry.note === undefined).map((entry) => `\`${entry.name}\``);
  const byNote = new Map<string, string[]>();
  for (const { name, note } of group) {
    if (note !== undefined) byNote.set(note, [...(byNote.get(note) ?? []), `\`${name}\``]);
  }
  const noted = [...byNote].map(([note, names]) => `- ${names.join(', ')}: ${note}`);
  if (plain.length === 0) return noted;
  return noted.length === 0 ? [plain.join(', ')] : [plain.join(', '), '', ...noted];
}

function mebibytes(bytes: number): string {
  return `${bytes / 1024 ** 2} MiB`;
}
