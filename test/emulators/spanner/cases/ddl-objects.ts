import { type DdlCase, inLanguage, makes, refuses, table } from './ddl-case.js';

const PATIENT = table('Patient', 'Name STRING(MAX)', 'Mail STRING(MAX)', 'Born DATE');
const OPTIONS = "ALTER DATABASE db SET OPTIONS (default_sequence_kind = 'bit_reversed_positive')";

export const OBJECT_CASES: readonly DdlCase[] = [
  makes(
    'index: of each kind, by name',
    [
      PATIENT,
      'CREATE UNIQUE INDEX ByMail ON Patient(Mail)',
      'CREATE INDEX ByBirth ON Patient(Born DESC, Name) STORING (Mail)',
      'CREATE NULL_FILTERED INDEX ByName ON Patient(Name)',
      'CREATE UNIQUE NULL_FILTERED INDEX ByBoth ON Patient(Name, Mail)',
    ],
    [
      PATIENT,
      'CREATE INDEX ByBirth ON Patient(Born DESC, Name) STORING (Mail)',
      'CREATE UNIQUE NULL_FILTERED INDEX ByBoth ON Patient(Name, Mail)',
      'CREATE UNIQUE INDEX ByMail ON Patient(Mail)',
      'CREATE NULL_FILTERED INDEX ByName ON Patient(Name)',
    ],
  ),
  makes('index: beside the rows of a parent', [
    PATIENT,
    'CREATE TABLE Visit (Id INT64 NOT NULL, Nr INT64 NOT NULL, Day DATE) PRIMARY KEY(Id, Nr), INTERLEAVE IN PARENT Patient ON DELETE CASCADE',
    'CREATE INDEX VisitsByDay ON Visit(Id, Day DESC), INTERLEAVE IN Patient',
  ]),
  makes(
    'index: dropped, and only where it is not there',
    [
      PATIENT,
      'CREATE INDEX ByName ON Patient(Name)',
      'CREATE INDEX IF NOT EXISTS ByName ON Patient(Mail)',
      'DROP INDEX ByName',
      'DROP INDEX IF EXISTS ByName',
    ],
    [PATIENT],
  ),
  makes(
    'index: columns stored and not',
    [
      PATIENT,
      'CREATE INDEX ByName ON Patient(Name) STORING (Born)',
      'ALTER INDEX ByName ADD STORED COLUMN Mail',
      'ALTER INDEX ByName DROP STORED COLUMN Born',
    ],
    [PATIENT, 'CREATE INDEX ByName ON Patient(Name) STORING (Mail)'],
  ),
  refuses(
    'index: on a table that is not there',
    ['CREATE INDEX ByName ON Patient(Name)'],
    'NOT_FOUND',
    'Table not found: Patient',
  ),
  refuses(
    'index: a name that is there',
    [PATIENT, 'CREATE INDEX Patient ON Patient(Name)'],
    'FAILED_PRECONDITION',
    'Duplicate name in schema: Patient.',
  ),
  refuses(
    'index: a reserved name',
    [PATIENT, 'CREATE INDEX Primary_Key ON Patient(Name)'],
    'INVALID_ARGUMENT',
    'Cannot use reserved name PRIMARY_KEY for',
  ),
  refuses(
    'index: of no column',
    [PATIENT, 'CREATE INDEX ByNothing ON Patient()'],
    'INVALID_ARGUMENT',
    'Index ByNothing does not specify any key columns.',
  ),
  refuses(
    'index: of a column that is not there',
    [PATIENT, 'CREATE INDEX ByAge ON Patient(Age)'],
    'INVALID_ARGUMENT',
    "Index ByAge specifies key column Age which does not exist in the index's base table.",
  ),
  refuses(
    'index: of a column twice',
    [PATIENT, 'CREATE INDEX ByName ON Patient(Name, Name)'],
    'INVALID_ARGUMENT',
    'Index ByName specifies key column Name twice.',
  ),
  refuses(
    'index: of an array',
    [table('Patient', 'Tags ARRAY<STRING(MAX)>'), 'CREATE INDEX ByTag ON Patient(Tags)'],
    'FAILED_PRECONDITION',
    'Cannot reference ARRAY Tags in the creation of index ByTag.',
  ),
  refuses(
    'index: stores its own column',
    [PATIENT, 'CREATE INDEX ByName ON Patient(Name) STORING (Name)'],
    'INVALID_ARGUMENT',
    'Index ByName specifies stored column Name already specified as primary key.',
  ),
  refuses(
    'index: stores the key of the table',
    [PATIENT, 'CREATE INDEX ByName ON Patient(Name) STORING (Id)'],
    'FAILED_PRECONDITION',
    'Index ByName specifies stored column Id which is a key of table Patient.',
  ),
  refuses(
    'index: in a table that is not there',
    [PATIENT, 'CREATE INDEX ByName ON Patient(Name), INTERLEAVE IN Ward'],
    'FAILED_PRECONDITION',
    'Cannot interleave index ByName within nonexistent table Ward.',
  ),
  refuses('index: dropped, and not there', ['DROP INDEX ByName'], 'NOT_FOUND', 'Index not found: ByName'),
  refuses(
    'index: a stored column that it has not',
    [PATIENT, 'CREATE INDEX ByName ON Patient(Name)', 'ALTER INDEX ByName DROP STORED COLUMN Born'],
    'NOT_FOUND',
    'Index ByName does not have stored column Born.',
  ),

  makes('sequence: as options', [
    "CREATE SEQUENCE Ids OPTIONS (\n  sequence_kind = 'bit_reversed_positive',\n  skip_range_min = 1,\n  skip_range_max = 1000,\n  start_with_counter = 50)",
  ]),
  makes('sequence: as words', [
    'CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE SKIP RANGE 1, 1000 START COUNTER WITH 50',
  ]),
  makes(
    'sequence: altered, and used',
    [
      'CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE',
      'CREATE TABLE Ward (Id INT64 DEFAULT (GET_NEXT_SEQUENCE_VALUE(SEQUENCE Ids))) PRIMARY KEY(Id)',
      'ALTER SEQUENCE Ids SKIP RANGE 10, 20',
    ],
    [
      'CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE SKIP RANGE 10, 20',
      'CREATE TABLE Ward (Id INT64 DEFAULT (GET_NEXT_SEQUENCE_VALUE(SEQUENCE Ids))) PRIMARY KEY(Id)',
    ],
  ),
  makes('sequence: dropped', ['CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE', 'DROP SEQUENCE Ids'], []),
  makes('sequence: the kind of the database', [
    OPTIONS,
    'CREATE SEQUENCE Ids',
    table('Ward', 'Nr INT64 GENERATED BY DEFAULT AS IDENTITY'),
  ]),
  refuses(
    'sequence: of no kind',
    ['CREATE SEQUENCE Ids'],
    'INVALID_ARGUMENT',
    'The sequence does not have a valid sequence kind.',
  ),
  refuses(
    'sequence: of another kind',
    ["CREATE SEQUENCE Ids OPTIONS (sequence_kind = 'rising')"],
    'INVALID_ARGUMENT',
    'Unsupported sequence kind: rising',
  ),
  refuses(
    'sequence: half a range',
    ["CREATE SEQUENCE Ids OPTIONS (sequence_kind = 'bit_reversed_positive', skip_range_min = 1)"],
    'FAILED_PRECONDITION',
    '`skip_range_min` and `skip_range_max` have to be set together',
  ),
  refuses(
    'sequence: a range from its end',
    ['CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE SKIP RANGE 10, 1'],
    'FAILED_PRECONDITION',
    '`skip_range_min` has to be lesser than or equal to `skip_range_max`',
  ),
  refuses(
    'sequence: starts with nothing',
    ['CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE START COUNTER WITH 0'],
    'FAILED_PRECONDITION',
    '`start_with_counter` has to be a positive INT64 number',
  ),
  refuses(
    'sequence: as words and options',
    ["CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE OPTIONS (sequence_kind = 'bit_reversed_positive')"],
    'INVALID_ARGUMENT',
    'The sequence properties can only be set in either clauses and options for the sequence',
  ),
  refuses(
    'sequence: dropped while it is used',
    [
      'CREATE SEQUENCE Ids BIT_REVERSED_POSITIVE',
      'CREATE TABLE Ward (Id INT64 DEFAULT (GET_NEXT_SEQUENCE_VALUE(SEQUENCE Ids))) PRIMARY KEY(Id)',
      'DROP SEQUENCE Ids',
    ],
    'FAILED_PRECONDITION',
    'Cannot drop SEQUENCE `Ids` on which there is a dependent column',
  ),

  makes('schema: tables and indexes within', [
    'CREATE SCHEMA ward',
    table('ward.Bed', 'Note STRING(MAX)'),
    'CREATE INDEX ward.ByNote ON ward.Bed(Note)',
    table('Bed'),
  ]),
  makes(
    'schema: dropped when it is empty',
    ['CREATE SCHEMA ward', table('ward.Bed'), 'DROP TABLE ward.Bed', 'DROP SCHEMA ward'],
    [],
  ),
  refuses(
    'schema: a table in one that is not there',
    [table('ward.Bed')],
    'NOT_FOUND',
    'Schema not found: ward',
  ),
  refuses(
    'schema: dropped with something within',
    ['CREATE SCHEMA ward', table('ward.Bed'), 'DROP SCHEMA ward'],
    'FAILED_PRECONDITION',
    'Cannot drop schema ward while it has dependencies.',
  ),
  refuses(
    'schema: an index in another one',
    ['CREATE SCHEMA ward', table('ward.Bed', 'Note STRING(MAX)'), 'CREATE INDEX ByNote ON ward.Bed(Note)'],
    'FAILED_PRECONDITION',
    'Index ByNote does not match the schema of the indexed table ward.Bed.',
  ),

  makes(
    'rename: a table, and what refers to it',
    [
      PATIENT,
      'CREATE TABLE Visit (Id INT64 NOT NULL, Nr INT64) PRIMARY KEY(Id, Nr), INTERLEAVE IN PARENT Patient ON DELETE CASCADE',
      table('Bill', 'CONSTRAINT Payer FOREIGN KEY(Id) REFERENCES Patient(Id)'),
      'CREATE INDEX ByName ON Patient(Name)',
      'ALTER TABLE Patient RENAME TO Person',
    ],
    [
      table('Bill', 'CONSTRAINT Payer FOREIGN KEY(Id) REFERENCES Person(Id)'),
      PATIENT.replace('Patient', 'Person'),
      'CREATE INDEX ByName ON Person(Name)',
      'CREATE TABLE Visit (Id INT64 NOT NULL, Nr INT64) PRIMARY KEY(Id, Nr), INTERLEAVE IN PARENT Person ON DELETE CASCADE',
    ],
  ),
  makes(
    'rename: two tables change their names',
    [table('A', 'X INT64'), table('B'), 'RENAME TABLE A TO C, B TO A, C TO B'],
    [table('A'), table('B', 'X INT64')],
  ),
  makes(
    'synonym: added, and the old name kept',
    [
      table('Ward'),
      'ALTER TABLE Ward RENAME TO Unit, ADD SYNONYM Ward',
      'ALTER TABLE Ward ADD COLUMN Name STRING(MAX)',
    ],
    [table('Unit', 'Name STRING(MAX)', 'SYNONYM(Ward)')],
  ),
  makes(
    'synonym: dropped',
    [table('Ward', 'SYNONYM(Unit)'), 'ALTER TABLE Ward DROP SYNONYM Unit'],
    [table('Ward')],
  ),
  refuses(
    'synonym: a second one',
    [table('Ward', 'SYNONYM(Unit)'), 'ALTER TABLE Ward ADD SYNONYM Station'],
    'INVALID_ARGUMENT',
    'Cannot add a synonym to table Ward because the table already has a synonym Unit.',
  ),
  refuses(
    'synonym: dropped, and not there',
    [table('Ward'), 'ALTER TABLE Ward DROP SYNONYM Unit'],
    'INVALID_ARGUMENT',
    'SYNONYM Unit does not exist on table Ward.',
  ),
  refuses(
    'rename: to a name that is there',
    [table('A'), table('B'), 'ALTER TABLE A RENAME TO B'],
    'FAILED_PRECONDITION',
    'Duplicate name in schema: B.',
  ),

  makes('option of the database', ["ALTER DATABASE db SET OPTIONS (version_retention_period = '3d')"]),
  refuses(
    'option of the database: unknown',
    ["ALTER DATABASE db SET OPTIONS (colour = 'red')"],
    'INVALID_ARGUMENT',
    'Option: colour is unknown.',
  ),
  refuses(
    'option of the database: the zone, with tables there',
    [table('Ward'), "ALTER DATABASE db SET OPTIONS (default_time_zone = 'UTC')"],
    'FAILED_PRECONDITION',
    "The 'default_time_zone' database option cannot be changed on a database with user defined tables.",
  ),
  refuses(
    'option of the database: an unknown zone',
    ["ALTER DATABASE db SET OPTIONS (default_time_zone = 'Mars/Base')"],
    'FAILED_PRECONDITION',
    'Database has invalid default_time_zone option.  Invalid time zone name: Mars/Base',
  ),
  makes('statistics', [table('Ward'), 'ANALYZE'], [table('Ward')]),

  ...[
    'CREATE CHANGE STREAM Everything FOR ALL',
    'CREATE SEARCH INDEX ByText ON Patient(Tokens)',
    'CREATE VECTOR INDEX Near ON Patient(Embedding) OPTIONS (distance_type = "COSINE")',
    'CREATE MODEL Guess INPUT (a INT64) OUTPUT (b INT64) REMOTE',
    'CREATE PROPERTY GRAPH Ties NODE TABLES (Patient)',
    'CREATE PROTO BUNDLE (a.b.C)',
    "CREATE PLACEMENT here OPTIONS (instance_partition = 'x')",
  ].map((statement) =>
    refuses(
      `refused by name: ${statement.split(' ').slice(1, 3).join(' ')}`,
      [statement],
      'UNIMPLEMENTED',
      'not supported',
    ),
  ),

  ...inLanguage(
    makes(
      'view: made, replaced and dropped',
      [
        PATIENT,
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p',
        'CREATE OR REPLACE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name, p.Born FROM Patient AS p',
        'CREATE VIEW Born SQL SECURITY INVOKER AS SELECT n.Born FROM Names AS n',
        'DROP VIEW Born',
      ],
      [PATIENT, 'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name, p.Born FROM Patient AS p'],
    ),
    makes(
      'view: a column that it does not read is dropped',
      [
        PATIENT,
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p',
        'ALTER TABLE Patient DROP COLUMN Born',
      ],
      [
        table('Patient', 'Name STRING(MAX)', 'Mail STRING(MAX)'),
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p',
      ],
    ),
    refuses(
      'view: a table that is not there',
      ['CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p'],
      'INVALID_ARGUMENT',
      'Table not found: Patient',
    ),
    refuses(
      'view: the table that it reads is dropped',
      [
        PATIENT,
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p',
        'DROP TABLE Patient',
      ],
      'FAILED_PRECONDITION',
      'Cannot drop TABLE `Patient` on which there are dependent views: Names',
    ),
    refuses(
      'view: a column that it reads is dropped',
      [
        PATIENT,
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p',
        'ALTER TABLE Patient DROP COLUMN Name',
      ],
      'FAILED_PRECONDITION',
      'Cannot drop column `Name` on which there are dependent views: Names',
    ),
    refuses(
      'view: its type would change',
      [
        PATIENT,
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p',
        'ALTER TABLE Patient ALTER COLUMN Name BYTES(MAX)',
      ],
      'FAILED_PRECONDITION',
      'Action would implicitly change the type of an output column for VIEW `Names` from `STRING` to `BYTES`.',
    ),
    refuses(
      'view: of itself',
      [
        PATIENT,
        'CREATE VIEW Names SQL SECURITY INVOKER AS SELECT p.Name FROM Patient AS p',
        'CREATE OR REPLACE VIEW Names SQL SECURITY INVOKER AS SELECT n.Name FROM Names AS n',
      ],
      'FAILED_PRECONDITION',
      'Cannot replace VIEW `Names` because new definition is recursive.',
    ),
  ),
  refuses('view: not there', ['DROP VIEW Names'], 'NOT_FOUND', 'View not found: Names'),
  refuses(
    'view: without its security',
    ['CREATE VIEW Names AS SELECT 1 AS a'],
    'INVALID_ARGUMENT',
    '`Names` is missing the SQL SECURITY clause.',
  ),
];
