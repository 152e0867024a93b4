import { type DdlCase, makes, refuses, table } from './ddl-case.js';

const WARD = table('Ward', 'Name STRING(MAX)');
const BED = `CREATE TABLE Bed (Id INT64 NOT NULL, Number INT64 NOT NULL, Note STRING(100)) PRIMARY KEY(Id, Number), INTERLEAVE IN PARENT Ward ON DELETE CASCADE`;

export const TABLE_CASES: readonly DdlCase[] = [
  makes('table: a column of each type', [
    `CREATE TABLE Sample (B BOOL, I INT64, F FLOAT64, G FLOAT32, N NUMERIC, S STRING(36), L STRING(MAX), Y BYTES(1024), D DATE, T TIMESTAMP, J JSON, A ARRAY<STRING(20)>, E ARRAY<FLOAT64>) PRIMARY KEY(I)`,
  ]),
  makes(
    'table: keywords in any case, names as they are written',
    [
      'create table ward (id int64 not null, name string(max), constraint c check (id > 0)) primary key (id desc)',
    ],
    [
      'CREATE TABLE ward (id INT64 NOT NULL, name STRING(MAX), CONSTRAINT c CHECK(id > 0)) PRIMARY KEY(id DESC)',
    ],
  ),
  makes(
    'table: names that are words of the language',
    ['CREATE TABLE `Order` (`Select` INT64, `Key` INT64) PRIMARY KEY(`Select`)'],
    ['CREATE TABLE `Order` (`Select` INT64, Key INT64) PRIMARY KEY(`Select`)'],
  ),
  makes('table: of one row', ['CREATE TABLE Setting (Value STRING(MAX)) PRIMARY KEY()']),
  makes(
    'table: primary key beside the column',
    ['CREATE TABLE Ward (Id INT64 NOT NULL PRIMARY KEY, Name STRING(MAX))'],
    [WARD],
  ),
  makes(
    'table: primary key among the columns',
    ['CREATE TABLE Ward (Id INT64 NOT NULL, PRIMARY KEY (Id), Name STRING(MAX))'],
    [WARD],
  ),
  makes('table: keys of floating point', ['CREATE TABLE Ward (Level FLOAT64 NOT NULL) PRIMARY KEY(Level)']),
  makes('table: an option of a column', [
    table(
      'Ward',
      'Stamp TIMESTAMP OPTIONS (allow_commit_timestamp = true)',
      'Other TIMESTAMP OPTIONS (allow_commit_timestamp = false)',
    ),
  ]),
  makes(
    'table: only where it is not there',
    [WARD, 'CREATE TABLE IF NOT EXISTS Ward (Other INT64) PRIMARY KEY(Other)'],
    [WARD],
  ),
  makes(
    'table: comments',
    ['-- a ward\nCREATE TABLE Ward (Id INT64 NOT NULL, /* its */ Name STRING(MAX)) PRIMARY KEY(Id)'],
    [WARD],
  ),
  refuses(
    'table: two primary keys',
    ['CREATE TABLE Ward (Id INT64 PRIMARY KEY) PRIMARY KEY(Id)'],
    'INVALID_ARGUMENT',
    'Can only specify PRIMARY KEY once.',
  ),
  refuses(
    'table: two columns that are the key',
    ['CREATE TABLE Ward (Id INT64 PRIMARY KEY, Nr INT64 PRIMARY KEY)'],
    'INVALID_ARGUMENT',
    'Multiple columns declared as PRIMARY KEY',
  ),
  refuses(
    'table: a name that is there in another case',
    [WARD, table('ward')],
    'FAILED_PRECONDITION',
    'Duplicate name in schema: ward.',
  ),
  refuses(
    'table: a name that begins with an underscore',
    [table('_Ward')],
    'INVALID_ARGUMENT',
    'Table name not valid: _Ward.',
  ),
  refuses('table: a name that is too long', [table('W'.repeat(129))], 'INVALID_ARGUMENT', 'name not valid'),
  refuses(
    'table: a column twice',
    [table('Ward', 'id INT64')],
    'FAILED_PRECONDITION',
    'Duplicate column name Ward.id.',
  ),
  refuses(
    'table: a key that is no column',
    ['CREATE TABLE Ward (Id INT64) PRIMARY KEY(id)'],
    'FAILED_PRECONDITION',
    'Table Ward references nonexistent key column id.',
  ),
  refuses(
    'table: a column of the key twice',
    ['CREATE TABLE Ward (Id INT64) PRIMARY KEY(Id, Id)'],
    'INVALID_ARGUMENT',
    'Table Ward references key column Id more than once.',
  ),
  refuses(
    'table: an array as key',
    ['CREATE TABLE Ward (Ids ARRAY<INT64>) PRIMARY KEY(Ids)'],
    'INVALID_ARGUMENT',
    'Column Ward.Ids has type ARRAY, but is part of the primary key.',
  ),
  refuses(
    'table: JSON as key',
    ['CREATE TABLE Ward (Doc JSON) PRIMARY KEY(Doc)'],
    'INVALID_ARGUMENT',
    'Column Ward.Doc has type JSON, but is part of the primary key.',
  ),
  refuses(
    'table: too long a key',
    [
      `CREATE TABLE Ward (${Array.from({ length: 17 }, (_, at) => `C${at} INT64`).join(', ')}) PRIMARY KEY(${Array.from({ length: 17 }, (_, at) => `C${at}`).join(', ')})`,
    ],
    'INVALID_ARGUMENT',
    'Table Ward has too many keys (17); the limit is 16.',
  ),
  refuses(
    'table: too many columns',
    [table('Ward', ...Array.from({ length: 1024 }, (_, at) => `C${at} INT64`))],
    'FAILED_PRECONDITION',
    'Table Ward has too many columns; the limit is 1024.',
  ),
  refuses(
    'table: a length of 0',
    [table('Ward', 'Name STRING(0)')],
    'INVALID_ARGUMENT',
    'Bad length for column Ward.Name: 0 : Allowed length range: [1, 2621440].',
  ),
  refuses(
    'table: bytes that are too long',
    [table('Ward', 'Scan BYTES(10485761)')],
    'INVALID_ARGUMENT',
    'Allowed length range: [1, 10485760].',
  ),
  refuses(
    'table: an option on a column of another type',
    [table('Ward', 'Nr INT64 OPTIONS (allow_commit_timestamp = true)')],
    'FAILED_PRECONDITION',
    'Column Ward.Nr has invalid allow_commit_timestamp option.  Option only allowed on TIMESTAMP columns.',
  ),
  refuses('table: a type that there is not', [table('Ward', 'Nr INT32')], 'INVALID_ARGUMENT', 'INT32'),
  refuses(
    'table: a statement that ends too early',
    ['CREATE TABLE Ward (Id INT64'],
    'INVALID_ARGUMENT',
    'Error parsing Spanner DDL statement',
  ),
  refuses(
    'table: a semicolon',
    [`${WARD};`],
    'INVALID_ARGUMENT',
    "Expecting 'EOF' but found an unknown character",
  ),
  refuses(
    'table: no statement at all',
    ['SELECT 1'],
    'INVALID_ARGUMENT',
    'Error parsing Spanner DDL statement',
  ),

  makes('interleaved: in a parent', [WARD, BED]),
  makes(
    'interleaved: the action is written out',
    [WARD, BED.replace(' ON DELETE CASCADE', '')],
    [WARD, BED.replace('CASCADE', 'NO ACTION')],
  ),
  makes(
    'interleaved: another action',
    [WARD, BED, 'ALTER TABLE Bed SET ON DELETE NO ACTION'],
    [WARD, BED.replace('CASCADE', 'NO ACTION')],
  ),
  refuses('interleaved: in what is not there', [BED], 'NOT_FOUND', 'Table not found: Ward'),
  refuses(
    'interleaved: without the key of the parent',
    [WARD, 'CREATE TABLE Bed (Number INT64 NOT NULL) PRIMARY KEY(Number), INTERLEAVE IN PARENT Ward'],
    'FAILED_PRECONDITION',
    'Table Bed does not reference parent key column Id.',
  ),
  refuses(
    'interleaved: the key of the parent comes later',
    [
      WARD,
      'CREATE TABLE Bed (Id INT64 NOT NULL, Number INT64 NOT NULL) PRIMARY KEY(Number, Id), INTERLEAVE IN PARENT Ward',
    ],
    'FAILED_PRECONDITION',
    'Table Bed references parent key column Id at incorrect position 1.',
  ),
  refuses(
    'interleaved: in another order',
    [
      WARD,
      'CREATE TABLE Bed (Id INT64 NOT NULL, N INT64) PRIMARY KEY(Id DESC, N), INTERLEAVE IN PARENT Ward',
    ],
    'FAILED_PRECONDITION',
    'Table Bed references parent key column Id with incorrect order',
  ),
  refuses(
    'interleaved: of another type',
    [WARD, 'CREATE TABLE Bed (Id STRING(9) NOT NULL, N INT64) PRIMARY KEY(Id, N), INTERLEAVE IN PARENT Ward'],
    'FAILED_PRECONDITION',
    'Table Bed references parent key column Id with incorrect type STRING (should be INT64).',
  ),
  refuses(
    'interleaved: of another length',
    [
      'CREATE TABLE Ward (Id STRING(MAX) NOT NULL) PRIMARY KEY(Id)',
      'CREATE TABLE Bed (Id STRING(9) NOT NULL, N INT64) PRIMARY KEY(Id, N), INTERLEAVE IN PARENT Ward',
    ],
    'FAILED_PRECONDITION',
    'Table Bed references parent key column Id with incorrect length 9 (should be MAX).',
  ),
  refuses(
    'interleaved: nullable, and the parent is not',
    [WARD, 'CREATE TABLE Bed (Id INT64, N INT64) PRIMARY KEY(Id, N), INTERLEAVE IN PARENT Ward'],
    'FAILED_PRECONDITION',
    'Table Bed references parent key column Id that is not null, but child key is nullable.',
  ),
  refuses(
    'interleaved: no columns',
    ['CREATE TABLE Ward () PRIMARY KEY()', 'CREATE TABLE Bed () PRIMARY KEY(), INTERLEAVE IN PARENT Ward'],
    'FAILED_PRECONDITION',
    'Table Bed adds no columns and is not a top level table.',
  ),
  refuses(
    'interleaved: too deep',
    Array.from(
      { length: 8 },
      (_, depth) =>
        `CREATE TABLE T${depth} (${Array.from({ length: depth + 1 }, (_c, at) => `C${at} INT64 NOT NULL`).join(', ')}) PRIMARY KEY(${Array.from({ length: depth + 1 }, (_c, at) => `C${at}`).join(', ')})${depth === 0 ? '' : `, INTERLEAVE IN PARENT T${depth - 1}`}`,
    ),
    'FAILED_PRECONDITION',
    'Table T7 is too deeply nested; the limit is 7.',
  ),
  refuses(
    'interleaved: an action without a parent',
    [WARD, 'ALTER TABLE Ward SET ON DELETE CASCADE'],
    'INVALID_ARGUMENT',
    'Cannot SET ON DELETE on table Ward that does not have an INTERLEAVE clause.',
  ),

  makes('drop: a table', [WARD, BED, 'DROP TABLE Bed'], [WARD]),
  makes('drop: only what is there', [WARD, 'DROP TABLE IF EXISTS Bed'], [WARD]),
  refuses('drop: what is not there', ['DROP TABLE Bed'], 'NOT_FOUND', 'Table not found: Bed'),
  refuses(
    'drop: a parent',
    [WARD, BED, 'DROP TABLE Ward'],
    'FAILED_PRECONDITION',
    'Cannot drop table Ward with interleaved tables: Bed.',
  ),
  refuses(
    'drop: a table with an index',
    [WARD, 'CREATE INDEX ByName ON Ward(Name)', 'DROP TABLE Ward'],
    'FAILED_PRECONDITION',
    'Cannot drop table Ward with indices: ByName.',
  ),
  refuses(
    'drop: and then altered',
    [WARD, 'DROP TABLE Ward', 'ALTER TABLE Ward ADD COLUMN Nr INT64'],
    'NOT_FOUND',
    'Table not found: Ward',
  ),

  makes('policy: rows that are older', [
    'CREATE TABLE Vital (Id INT64, Stamp TIMESTAMP) PRIMARY KEY(Id), ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 7 DAY))',
  ]),
  makes('policy: of a table that is interleaved', [
    WARD,
    'CREATE TABLE Bed (Id INT64 NOT NULL, Stamp TIMESTAMP) PRIMARY KEY(Id, Stamp), INTERLEAVE IN PARENT Ward ON DELETE CASCADE, ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 0 DAY))',
  ]),
  makes(
    'policy: added, replaced and dropped',
    [
      table('Vital', 'Stamp TIMESTAMP'),
      'ALTER TABLE Vital ADD ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 7 DAY))',
      'ALTER TABLE Vital REPLACE ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 1 DAY))',
      'ALTER TABLE Vital DROP ROW DELETION POLICY',
    ],
    [table('Vital', 'Stamp TIMESTAMP')],
  ),
  refuses(
    'policy: of no timestamp',
    ['CREATE TABLE Vital (Id INT64) PRIMARY KEY(Id), ROW DELETION POLICY (OLDER_THAN(Id, INTERVAL 7 DAY))'],
    'INVALID_ARGUMENT',
    'Cannot create ROW DELETION POLICY because column Id in table Vital is not of type TIMESTAMP.',
  ),
  refuses(
    'policy: of no column',
    [
      'CREATE TABLE Vital (Id INT64) PRIMARY KEY(Id), ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 7 DAY))',
    ],
    'INVALID_ARGUMENT',
    'Cannot create ROW DELETION POLICY because there is no column named Stamp in table Vital.',
  ),
  refuses(
    'policy: replaced where there is none',
    [
      table('Vital', 'Stamp TIMESTAMP'),
      'ALTER TABLE Vital REPLACE ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 7 DAY))',
    ],
    'INVALID_ARGUMENT',
    'ROW DELETION POLICY does not exist on table Vital.',
  ),
  refuses(
    'policy: its column is dropped',
    [
      'CREATE TABLE Vital (Id INT64, Stamp TIMESTAMP) PRIMARY KEY(Id), ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 7 DAY))',
      'ALTER TABLE Vital DROP COLUMN Stamp',
    ],
    'INVALID_ARGUMENT',
    'ROW DELETION POLICY will break if drop/alter column named Stamp in table Vital.',
  ),
  refuses(
    'policy: children would be left',
    [
      table('Ward', 'Stamp TIMESTAMP'),
      BED.replace('CASCADE', 'NO ACTION'),
      'ALTER TABLE Ward ADD ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 7 DAY))',
    ],
    'INVALID_ARGUMENT',
    'Cannot create row deletion policy on Ward because there is a descendant Table Bed with ON DELETE NO ACTION.',
  ),
];
