import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, MessageClient } from '../../helpers/message-client.js';
import { BACKENDS, createDatabase, createInstance } from './backends.js';

const DATA = 'google.spanner.v1.Spanner';
const STATEMENTS = [
  'CREATE TABLE Ward (Id INT64 NOT NULL, Name STRING(20), Beds INT64 DEFAULT (4), Twice INT64 AS (Beds * 2) STORED, Stamp TIMESTAMP OPTIONS (allow_commit_timestamp = true), CONSTRAINT Some_Beds CHECK (Beds > 0)) PRIMARY KEY(Id DESC)',
  'CREATE TABLE Bed (Id INT64 NOT NULL, Nr INT64 NOT NULL, Ward INT64, CONSTRAINT Of_Ward FOREIGN KEY(Ward) REFERENCES Ward(Id) ON DELETE CASCADE) PRIMARY KEY(Id DESC, Nr), INTERLEAVE IN PARENT Ward ON DELETE CASCADE',
  'CREATE UNIQUE NULL_FILTERED INDEX ByName ON Ward(Name DESC) STORING (Beds)',
  'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT w.Name FROM Ward AS w',
];

/** What is shown of the statements above, by query. */
const QUERIES: Readonly<Record<string, string[]>> = {
  "SELECT TABLE_NAME, TABLE_TYPE, PARENT_TABLE_NAME, ON_DELETE_ACTION FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ''":
    ['Bed BASE TABLE Ward CASCADE', 'Names VIEW NULL NULL', 'Ward BASE TABLE NULL NULL'],
  "SELECT COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, SPANNER_TYPE, COLUMN_DEFAULT, IS_GENERATED, GENERATION_EXPRESSION, IS_STORED FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = '' AND TABLE_NAME = 'Ward'":
    [
      'Beds 3 YES INT64 4 NEVER NULL NULL',
      'Id 1 NO INT64 NULL NEVER NULL NULL',
      'Name 2 YES STRING(20) NULL NEVER NULL NULL',
      'Stamp 5 YES TIMESTAMP NULL NEVER NULL NULL',
      'Twice 4 YES INT64 NULL ALWAYS Beds * 2 YES',
    ],
  "SELECT INDEX_NAME, INDEX_TYPE, IS_UNIQUE, IS_NULL_FILTERED, INDEX_STATE FROM INFORMATION_SCHEMA.INDEXES WHERE TABLE_SCHEMA = '' AND TABLE_NAME = 'Ward'":
    ['ByName INDEX true true READ_WRITE', 'PRIMARY_KEY PRIMARY_KEY true false NULL'],
  "SELECT INDEX_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_ORDERING, SPANNER_TYPE FROM INFORMATION_SCHEMA.INDEX_COLUMNS WHERE TABLE_SCHEMA = '' AND TABLE_NAME = 'Ward'":
    ['ByName Beds NULL NULL INT64', 'ByName Name 1 DESC STRING(20)', 'PRIMARY_KEY Id 1 DESC INT64'],
  "SELECT CONSTRAINT_NAME, TABLE_NAME, CONSTRAINT_TYPE, ENFORCED FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = ''":
    [
      'CK_IS_NOT_NULL_Bed_Id Bed CHECK YES',
      'CK_IS_NOT_NULL_Bed_Nr Bed CHECK YES',
      'CK_IS_NOT_NULL_Ward_Id Ward CHECK YES',
      'Of_Ward Bed FOREIGN KEY YES',
      'PK_Bed Bed PRIMARY KEY YES',
      'PK_Ward Ward PRIMARY KEY YES',
      'Some_Beds Ward CHECK YES',
    ],
  'SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_NAME, MATCH_OPTION FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS':
    ['Of_Ward PK_Ward SIMPLE'],
  "SELECT CONSTRAINT_NAME, COLUMN_NAME, ORDINAL_POSITION FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ''":
    ['Of_Ward Ward 1', 'PK_Bed Id 1', 'PK_Bed Nr 2', 'PK_Ward Id 1'],
  'SELECT TABLE_NAME, COLUMN_NAME, OPTION_NAME, OPTION_VALUE FROM INFORMATION_SCHEMA.COLUMN_OPTIONS': [
    'Ward Stamp allow_commit_timestamp TRUE',
  ],
  'SELECT TABLE_NAME, COLUMN_NAME, DEPENDENT_COLUMN FROM INFORMATION_SCHEMA.COLUMN_COLUMN_USAGE': [
    'Ward Beds Twice',
  ],
  "SELECT CHECK_CLAUSE FROM INFORMATION_SCHEMA.CHECK_CONSTRAINTS WHERE CONSTRAINT_NAME = 'Some_Beds'": [
    'Beds > 0',
  ],
  "SELECT TABLE_NAME, VIEW_DEFINITION FROM INFORMATION_SCHEMA.VIEWS WHERE TABLE_SCHEMA = ''": [
    'Names SELECT w.Name FROM Ward AS w',
  ],
  'SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA': ['', 'INFORMATION_SCHEMA', 'SPANNER_SYS'],
};

describe.each(BACKENDS)('INFORMATION_SCHEMA on $name', (backend) => {
  let client: MessageClient;
  let stop: () => Promise<void>;
  let session: unknown;
  beforeAll(async () => {
    ({ client, stop } = await backend.start());
    const database = await createDatabase(client, await createInstance(client), STATEMENTS);
    session = (await client.must(`${DATA}/CreateSession`, { database }))[0]!.name;
  });
  afterAll(() => stop());

  test.each(Object.entries(QUERIES))('%s', async (sql, wanted) => {
    const [result] = await client.must(`${DATA}/ExecuteSql`, { session, sql });
    const rows = (result!.rows ?? []) as { values: Json[] }[];
    expect(rows.map(({ values }) => values.map(textOf).join(' ')).sort()).toEqual(wanted);
  });
});

function textOf({ stringValue, boolValue }: Json): string {
  return String(stringValue ?? boolValue ?? 'NULL');
}
