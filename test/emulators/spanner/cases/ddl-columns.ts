import { type DdlCase, inLanguage, makes, refuses, table } from './ddl-case.js';

const AT = 'Stamp TIMESTAMP DEFAULT (PENDING_COMMIT_TIMESTAMP())';
const STAMPED = 'OPTIONS (allow_commit_timestamp = true)';

export const COLUMN_CASES: readonly DdlCase[] = [
  makes(
    'column: added',
    [table('Ward'), 'ALTER TABLE Ward ADD COLUMN Name STRING(MAX)'],
    [table('Ward', 'Name STRING(MAX)')],
  ),
  makes(
    'column: added only where it is not there',
    [table('Ward', 'Name STRING(MAX)'), 'ALTER TABLE Ward ADD COLUMN IF NOT EXISTS Name INT64'],
    [table('Ward', 'Name STRING(MAX)')],
  ),
  makes(
    'column: added not null, with a default',
    [table('Ward'), "ALTER TABLE Ward ADD COLUMN Name STRING(9) NOT NULL DEFAULT ('none')"],
    [table('Ward', "Name STRING(9) NOT NULL DEFAULT ('none')")],
  ),
  makes(
    'column: dropped',
    [table('Ward', 'Name STRING(MAX)'), 'ALTER TABLE Ward DROP COLUMN Name'],
    [table('Ward')],
  ),
  makes(
    'column: longer, shorter, without a limit',
    [
      table('Ward', 'Name STRING(20)', 'Tags ARRAY<STRING(20)>'),
      'ALTER TABLE Ward ALTER COLUMN Name STRING(40)',
      'ALTER TABLE Ward ALTER COLUMN Name STRING(10)',
      'ALTER TABLE Ward ALTER COLUMN Tags ARRAY<STRING(MAX)>',
    ],
    [table('Ward', 'Name STRING(10)', 'Tags ARRAY<STRING(MAX)>')],
  ),
  makes(
    'column: from text to bytes and back',
    [
      table('Ward', 'Name STRING(20)', 'Tags ARRAY<BYTES(MAX)>'),
      'ALTER TABLE Ward ALTER COLUMN Name BYTES(80)',
      'ALTER TABLE Ward ALTER COLUMN Tags ARRAY<STRING(MAX)>',
    ],
    [table('Ward', 'Name BYTES(80)', 'Tags ARRAY<STRING(MAX)>')],
  ),
  makes(
    'column: a key that gets longer',
    [
      'CREATE TABLE Ward (Id STRING(20) NOT NULL) PRIMARY KEY(Id)',
      'ALTER TABLE Ward ALTER COLUMN Id STRING(40) NOT NULL',
    ],
    ['CREATE TABLE Ward (Id STRING(40) NOT NULL) PRIMARY KEY(Id)'],
  ),
  makes(
    'column: not null, and nullable again',
    [
      table('Ward', 'Name STRING(20)', 'Note STRING(20) NOT NULL'),
      'ALTER TABLE Ward ALTER COLUMN Name STRING(20) NOT NULL',
      'ALTER TABLE Ward ALTER COLUMN Note STRING(20)',
    ],
    [table('Ward', 'Name STRING(20) NOT NULL', 'Note STRING(20)')],
  ),
  makes(
    'column: options stay when the rest is stated anew',
    [table('Ward', `Stamp TIMESTAMP ${STAMPED}`), 'ALTER TABLE Ward ALTER COLUMN Stamp TIMESTAMP NOT NULL'],
    [table('Ward', `Stamp TIMESTAMP NOT NULL ${STAMPED}`)],
  ),
  makes(
    'column: an option is set, and unset',
    [
      table('Ward', 'Stamp TIMESTAMP', `Other TIMESTAMP ${STAMPED}`),
      'ALTER TABLE Ward ALTER COLUMN Stamp SET OPTIONS (allow_commit_timestamp = true)',
      'ALTER TABLE Ward ALTER COLUMN Other SET OPTIONS (allow_commit_timestamp = null)',
    ],
    [table('Ward', `Stamp TIMESTAMP ${STAMPED}`, 'Other TIMESTAMP')],
  ),
  makes(
    'column: an option of a key that the parent has too',
    [
      'CREATE TABLE Ward (Stamp TIMESTAMP) PRIMARY KEY(Stamp)',
      'CREATE TABLE Bed (Stamp TIMESTAMP, N INT64) PRIMARY KEY(Stamp, N), INTERLEAVE IN PARENT Ward ON DELETE CASCADE',
      'ALTER TABLE Bed ALTER COLUMN Stamp SET OPTIONS (allow_commit_timestamp = true)',
    ],
    [
      'CREATE TABLE Ward (Stamp TIMESTAMP) PRIMARY KEY(Stamp)',
      `CREATE TABLE Bed (Stamp TIMESTAMP ${STAMPED}, N INT64) PRIMARY KEY(Stamp, N), INTERLEAVE IN PARENT Ward ON DELETE CASCADE`,
    ],
  ),
  refuses(
    'column: added twice',
    [table('Ward', 'Name STRING(MAX)'), 'ALTER TABLE Ward ADD COLUMN name INT64'],
    'FAILED_PRECONDITION',
    'Duplicate column name Ward.name.',
  ),
  refuses(
    'column: added not null, with nothing to fill it',
    [table('Ward'), 'ALTER TABLE Ward ADD COLUMN Name STRING(MAX) NOT NULL'],
    'UNIMPLEMENTED',
    'Cannot add NOT NULL column Ward.Name to existing table Ward.',
  ),
  refuses(
    'column: added as the key',
    [table('Ward'), 'ALTER TABLE Ward ADD COLUMN Nr INT64 PRIMARY KEY'],
    'INVALID_ARGUMENT',
    'Unexpected PRIMARY KEY clause',
  ),
  refuses(
    'column: dropped, and not there',
    [table('Ward'), 'ALTER TABLE Ward DROP COLUMN Name'],
    'NOT_FOUND',
    'Column not found in table Ward: Name',
  ),
  refuses(
    'column: dropped, and the key',
    [table('Ward'), 'ALTER TABLE Ward DROP COLUMN Id'],
    'INVALID_ARGUMENT',
    'Cannot drop key column Id from table Ward.',
  ),
  refuses(
    'column: dropped, and in an index',
    [
      table('Ward', 'Name STRING(MAX)'),
      'CREATE INDEX ByName ON Ward(Name)',
      'ALTER TABLE Ward DROP COLUMN Name',
    ],
    'FAILED_PRECONDITION',
    'Cannot drop column Name from table Ward because it is used by index ByName.',
  ),
  refuses(
    'column: dropped, and stored in an index',
    [
      table('Ward', 'Name STRING(MAX)', 'Nr INT64'),
      'CREATE INDEX ByNr ON Ward(Nr) STORING (Name)',
      'ALTER TABLE Ward DROP COLUMN Name',
    ],
    'FAILED_PRECONDITION',
    'Cannot drop column Name from table Ward because it is used by index ByNr.',
  ),
  refuses(
    'column: a type that is not converted',
    [table('Ward', 'Nr INT64'), 'ALTER TABLE Ward ALTER COLUMN Nr FLOAT64'],
    'INVALID_ARGUMENT',
    'Cannot change type of column `Nr` from `INT64` to `FLOAT64`',
  ),
  refuses(
    'column: a key that becomes nullable',
    [table('Ward'), 'ALTER TABLE Ward ALTER COLUMN Id INT64'],
    'INVALID_ARGUMENT',
    'Cannot change key column Ward.Id.',
  ),
  refuses(
    'column: a key of the parent',
    [
      table('Ward'),
      'CREATE TABLE Bed (Id INT64 NOT NULL, N INT64) PRIMARY KEY(Id, N), INTERLEAVE IN PARENT Ward',
      'ALTER TABLE Bed ALTER COLUMN Id INT64 NOT NULL',
    ],
    'INVALID_ARGUMENT',
    'Cannot alter parent key column Bed.Id.',
  ),
  refuses(
    'column: a key that children have',
    [
      table('Ward'),
      'CREATE TABLE Bed (Id INT64 NOT NULL, N INT64) PRIMARY KEY(Id, N), INTERLEAVE IN PARENT Ward',
      'ALTER TABLE Ward ALTER COLUMN Id INT64',
    ],
    'INVALID_ARGUMENT',
    'Requested change to key column Ward.Id could not be made.',
  ),
  refuses(
    'column: not null in an index',
    [
      table('Ward', 'Name STRING(MAX)'),
      'CREATE INDEX ByName ON Ward(Name)',
      'ALTER TABLE Ward ALTER COLUMN Name STRING(MAX) NOT NULL',
    ],
    'FAILED_PRECONDITION',
    'Changing NOT NULL constraints on column Name is not allowed because it affects index ByName.',
  ),

  makes(
    'default: in the statement and later',
    [
      table('Ward', "Name STRING(9) DEFAULT ('none')", 'Beds INT64', 'Open BOOL DEFAULT (true)'),
      'ALTER TABLE Ward ALTER COLUMN Beds SET DEFAULT (1 + 2)',
      'ALTER TABLE Ward ALTER COLUMN Open DROP DEFAULT',
    ],
    [table('Ward', "Name STRING(9) DEFAULT ('none')", 'Beds INT64 DEFAULT (1 + 2)', 'Open BOOL')],
  ),
  makes(
    'default: gone when the column is stated without it',
    [table('Ward', 'Beds INT64 DEFAULT (1)'), 'ALTER TABLE Ward ALTER COLUMN Beds INT64'],
    [table('Ward', 'Beds INT64')],
  ),
  makes('default: parentheses within', [table('Ward', 'Beds INT64 DEFAULT ((1 + 1) * (2 + 2))')]),
  makes('default: what changes with time', [table('Ward', 'Stamp TIMESTAMP DEFAULT (CURRENT_TIMESTAMP())')]),
  makes('default: the time of the commit', [table('Ward', `${AT} ${STAMPED}`)]),
  makes('on update: the time of the commit', [
    table('Ward', `${AT} ON UPDATE (PENDING_COMMIT_TIMESTAMP()) ${STAMPED}`),
  ]),
  makes(
    'on update: set and dropped',
    [
      table('Ward', `${AT} ${STAMPED}`),
      'ALTER TABLE Ward ALTER COLUMN Stamp SET ON UPDATE (PENDING_COMMIT_TIMESTAMP())',
      'ALTER TABLE Ward ALTER COLUMN Stamp DROP ON UPDATE',
    ],
    [table('Ward', `${AT} ${STAMPED}`)],
  ),
  refuses(
    'default: the time of the commit without its option',
    [table('Ward', AT)],
    'FAILED_PRECONDITION',
    'Cannot use default value expression PENDING_COMMIT_TIMESTAMP() on column `Stamp` without the allow_commit_timestamp column option.',
  ),
  refuses(
    'default: another one where commits put their time',
    [table('Ward', `Stamp TIMESTAMP DEFAULT (CURRENT_TIMESTAMP()) ${STAMPED}`)],
    'FAILED_PRECONDITION',
    'The only default value expression permitted for commit timestamp column `Stamp` is PENDING_COMMIT_TIMESTAMP().',
  ),
  refuses(
    'default: of a generated column',
    [table('Ward', 'Nr INT64 AS (Id + 1) STORED'), 'ALTER TABLE Ward ALTER COLUMN Nr SET DEFAULT (1)'],
    'FAILED_PRECONDITION',
    'Column Ward.Nr with a DEFAULT value cannot be a generated column and vice versa.',
  ),
  refuses(
    'on update: without a default',
    [
      table('Ward', `Stamp TIMESTAMP ${STAMPED}`),
      'ALTER TABLE Ward ALTER COLUMN Stamp SET ON UPDATE (PENDING_COMMIT_TIMESTAMP())',
    ],
    'INVALID_ARGUMENT',
    'Column `Stamp` with an ON UPDATE expression must have an identical DEFAULT value expression.',
  ),
  refuses(
    'on update: of a key',
    [
      `CREATE TABLE Ward (Id INT64, ${AT} ON UPDATE (PENDING_COMMIT_TIMESTAMP()) ${STAMPED}) PRIMARY KEY(Id, Stamp)`,
    ],
    'INVALID_ARGUMENT',
    'Column Ward.Stamp with ON UPDATE cannot be a part of or the whole primary key.',
  ),

  makes('generated: stored, virtual, from each other', [
    table(
      'Ward',
      'Beds INT64',
      'Twice INT64 AS (Beds * 2) STORED',
      'Next INT64 AS (Twice + 1)',
      'Sure INT64 NOT NULL AS (COALESCE(Beds, 0)) STORED',
    ),
  ]),
  makes('generated: a key', [
    'CREATE TABLE Ward (Id INT64 NOT NULL, Shard INT64 NOT NULL AS (MOD(Id, 8)) STORED) PRIMARY KEY(Shard, Id)',
  ]),
  makes(
    'generated: added, and dropped before what it is made from',
    [
      table('Ward', 'Beds INT64'),
      'ALTER TABLE Ward ADD COLUMN Twice INT64 AS (Beds * 2) STORED',
      'ALTER TABLE Ward DROP COLUMN Twice',
      'ALTER TABLE Ward DROP COLUMN Beds',
    ],
    [table('Ward')],
  ),
  makes(
    'generated: not null and back',
    [
      table('Ward', 'Nr INT64 AS (Id + 1) STORED'),
      'ALTER TABLE Ward ALTER COLUMN Nr INT64 NOT NULL AS (Id + 1) STORED',
    ],
    [table('Ward', 'Nr INT64 NOT NULL AS (Id + 1) STORED')],
  ),
  refuses(
    'generated: virtual and not null',
    [table('Ward', 'Nr INT64 NOT NULL AS (Id)')],
    'INVALID_ARGUMENT',
    'Generated column `Ward.Nr` that are not marked as STORED cannot be specified as NOT NULL.',
  ),
  refuses(
    'generated: in a circle',
    [table('Ward', 'A INT64 AS (B) STORED', 'B INT64 AS (A) STORED')],
    'FAILED_PRECONDITION',
    'Cycle detected while analysing generated column, which include objects (A,B)',
  ),
  refuses(
    'generated: from itself',
    [table('Ward', 'A INT64 AS (A + 1) STORED')],
    'FAILED_PRECONDITION',
    'Cycle detected while analysing generated column, which include objects (A)',
  ),
  refuses(
    'generated: from another expression',
    [
      table('Ward', 'Nr INT64 AS (Id + 1) STORED'),
      'ALTER TABLE Ward ALTER COLUMN Nr INT64 AS (Id * 2) STORED',
    ],
    'INVALID_ARGUMENT',
    'Cannot change the expression of a generated column `Ward.Nr` because it is stored or has',
  ),
  refuses(
    'generated: no more',
    [table('Ward', 'Nr INT64 AS (Id + 1) STORED'), 'ALTER TABLE Ward ALTER COLUMN Nr INT64'],
    'INVALID_ARGUMENT',
    'Cannot convert generated column `Ward.Nr` to a regular column.',
  ),
  refuses(
    'generated: a column that was not',
    [table('Ward', 'Nr INT64'), 'ALTER TABLE Ward ALTER COLUMN Nr INT64 AS (Id) STORED'],
    'INVALID_ARGUMENT',
    'Cannot convert column `Ward.Nr` to a generated column.',
  ),
  refuses(
    'generated: stored where it was not',
    [table('Ward', 'Nr INT64 AS (Id)'), 'ALTER TABLE Ward ALTER COLUMN Nr INT64 AS (Id) STORED'],
    'INVALID_ARGUMENT',
    'Cannot change the STORED attribute for generated column `Ward.Nr`.',
  ),
  refuses(
    'generated: what it is made from is dropped',
    [table('Ward', 'A INT64', 'B INT64 AS (A) STORED'), 'ALTER TABLE Ward DROP COLUMN A'],
    'FAILED_PRECONDITION',
    'Cannot drop column `A` from table `Ward` because it is referenced by generated column `B`.',
  ),
  refuses(
    'generated: what it is made from is converted',
    [
      table('Ward', 'A STRING(MAX)', 'B STRING(MAX) AS (A) STORED'),
      'ALTER TABLE Ward ALTER COLUMN A BYTES(MAX)',
    ],
    'FAILED_PRECONDITION',
    'Cannot change the data type of column `A`, which has a dependent stored generated column.',
  ),
  refuses(
    'generated: from the time of a commit',
    [table('Ward', `Stamp TIMESTAMP ${STAMPED}`, 'B TIMESTAMP AS (Stamp) STORED')],
    'FAILED_PRECONDITION',
    'Cannot use commit timestamp column `Stamp` as a dependency of a materialized generated column.',
  ),

  makes('identity: with and without settings', [
    table(
      'Ward',
      'A INT64 GENERATED BY DEFAULT AS IDENTITY (BIT_REVERSED_POSITIVE)',
      'B INT64 NOT NULL GENERATED BY DEFAULT AS IDENTITY (BIT_REVERSED_POSITIVE SKIP RANGE 1, 1000 START COUNTER WITH 50)',
    ),
  ]),
  refuses(
    'identity: of no kind',
    [table('Ward', 'A INT64 GENERATED BY DEFAULT AS IDENTITY')],
    'INVALID_ARGUMENT',
    'Please specify the sequence kind explicitly or set the database option `default_sequence_kind`.',
  ),
  refuses(
    'identity: of a column that was none',
    [
      table('Ward', 'A INT64'),
      'ALTER TABLE Ward ALTER COLUMN A INT64 GENERATED BY DEFAULT AS IDENTITY (BIT_REVERSED_POSITIVE)',
    ],
    'INVALID_ARGUMENT',
    'Cannot alter column `Ward.A` to an identity column.',
  ),
  refuses(
    'identity: of a column that is none any more',
    [
      table('Ward', 'A INT64 GENERATED BY DEFAULT AS IDENTITY (BIT_REVERSED_POSITIVE)'),
      'ALTER TABLE Ward ALTER COLUMN A INT64',
    ],
    'INVALID_ARGUMENT',
    'Cannot alter column `Ward.A` to drop the identity property.',
  ),

  ...inLanguage(
    refuses(
      'default: of another type',
      [table('Ward', "Beds INT64 DEFAULT (UPPER('x'))")],
      'INVALID_ARGUMENT',
      'Error parsing the default value of column `Ward`.`Beds`: Expected type INT64; found STRING',
    ),
    refuses(
      'default: of another column',
      [table('Ward', 'Beds INT64 DEFAULT (Id + 1)')],
      'INVALID_ARGUMENT',
      'Default expressions referencing other columns are not supported',
    ),
    refuses(
      'generated: from a column that is not there',
      [table('Ward', 'Nr INT64 AS (Number + 1) STORED')],
      'INVALID_ARGUMENT',
      'Error parsing the definition of generated column `Ward`.`Nr`: Unrecognized name: Number',
    ),
    refuses(
      'generated: of another type',
      [table('Ward', 'Nr BOOL AS (Id) STORED')],
      'INVALID_ARGUMENT',
      'Error parsing the definition of generated column `Ward`.`Nr`: Expected type BOOL; found INT64',
    ),
  ),
];
