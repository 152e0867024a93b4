import { type DdlCase, inLanguage, makes, refuses, table } from './ddl-case.js';

const PATIENT = table('Patient', 'Mail STRING(MAX)');
const VISIT = table(
  'Visit',
  'Patient INT64',
  'CONSTRAINT OfPatient FOREIGN KEY(Patient) REFERENCES Patient(Id)',
);

export const CONSTRAINT_CASES: readonly DdlCase[] = [
  makes('foreign key: named', [PATIENT, VISIT]),
  makes('foreign key: without a name, with what is done on deletion, not enforced', [
    PATIENT,
    table(
      'Visit',
      'Patient INT64',
      'FOREIGN KEY(Patient) REFERENCES Patient(Id) ON DELETE CASCADE',
      'FOREIGN KEY(Patient) REFERENCES Patient(Id) ON DELETE NO ACTION',
      'FOREIGN KEY(Id) REFERENCES Patient(Id) NOT ENFORCED',
    ),
  ]),
  makes(
    'foreign key: that it is enforced is not shown',
    [PATIENT, table('Visit', 'FOREIGN KEY(Id) REFERENCES Patient(Id) ENFORCED')],
    [PATIENT, table('Visit', 'FOREIGN KEY(Id) REFERENCES Patient(Id)')],
  ),
  makes('foreign key: of several columns, and to what is no key', [
    'CREATE TABLE Ward (Site STRING(9) NOT NULL, Nr INT64 NOT NULL, Name STRING(MAX)) PRIMARY KEY(Site, Nr)',
    table(
      'Bed',
      'Site STRING(9)',
      'Ward INT64',
      'Name STRING(20)',
      'CONSTRAINT A FOREIGN KEY(Ward, Site) REFERENCES Ward(Nr, Site)',
      'CONSTRAINT B FOREIGN KEY(Name) REFERENCES Ward(Name)',
    ),
  ]),
  makes('foreign key: to the table itself', [
    table('Staff', 'Boss INT64', 'CONSTRAINT Boss_Of FOREIGN KEY(Boss) REFERENCES Staff(Id)'),
  ]),
  makes(
    'foreign key: added in a circle',
    [
      table('A', 'B INT64'),
      table('B', 'A INT64'),
      'ALTER TABLE A ADD FOREIGN KEY(B) REFERENCES B(Id)',
      'ALTER TABLE B ADD CONSTRAINT ToA FOREIGN KEY(A) REFERENCES A(Id)',
    ],
    [
      table('A', 'B INT64', 'FOREIGN KEY(B) REFERENCES B(Id)'),
      table('B', 'A INT64', 'CONSTRAINT ToA FOREIGN KEY(A) REFERENCES A(Id)'),
    ],
  ),
  makes(
    'foreign key: dropped, and with its table',
    [PATIENT, VISIT, 'ALTER TABLE Visit DROP CONSTRAINT OfPatient', 'DROP TABLE Patient'],
    [table('Visit', 'Patient INT64')],
  ),
  makes('foreign key: gone with its table', [PATIENT, VISIT, 'DROP TABLE Visit'], [PATIENT]),
  refuses('foreign key: to a table that is not there', [VISIT], 'NOT_FOUND', 'Table not found: Patient'),
  refuses(
    'foreign key: from a column that is not there',
    [PATIENT, table('Visit', 'CONSTRAINT F FOREIGN KEY(Nobody) REFERENCES Patient(Id)')],
    'FAILED_PRECONDITION',
    'Column `Nobody` not found for table `Visit` in foreign key `F`.',
  ),
  refuses(
    'foreign key: to a column that is not there',
    [PATIENT, table('Visit', 'CONSTRAINT F FOREIGN KEY(Id) REFERENCES Patient(Nr)')],
    'FAILED_PRECONDITION',
    'Column `Nr` not found for table `Patient` in foreign key `F`.',
  ),
  refuses(
    'foreign key: with another number of columns',
    [PATIENT, table('Visit', 'CONSTRAINT F FOREIGN KEY(Id) REFERENCES Patient(Id, Mail)')],
    'FAILED_PRECONDITION',
    'The number of columns are different for table `Visit` and table `Patient` in foreign key `F`.',
  ),
  refuses(
    'foreign key: with a column twice',
    [PATIENT, table('Visit', 'B INT64', 'CONSTRAINT F FOREIGN KEY(Id, B) REFERENCES Patient(Id, Id)')],
    'FAILED_PRECONDITION',
    'Column `Id` used more than once for table `Patient` in foreign key `F`.',
  ),
  refuses(
    'foreign key: between types',
    [PATIENT, table('Visit', 'CONSTRAINT F FOREIGN KEY(Id) REFERENCES Patient(Mail)')],
    'FAILED_PRECONDITION',
    'The column types are different for column `Id` of table `Visit` and column `Mail` of table `Patient` in foreign key `F`.',
  ),
  refuses(
    'foreign key: of an array',
    [
      table('Patient', 'Tags ARRAY<INT64>'),
      table('Visit', 'Tags ARRAY<INT64>', 'CONSTRAINT F FOREIGN KEY(Tags) REFERENCES Patient(Tags)'),
    ],
    'FAILED_PRECONDITION',
    'Column `Tags` for foreign key `F` on table `Visit` has an unsupported type.',
  ),
  refuses(
    'foreign key: no columns',
    [PATIENT, table('Visit', 'FOREIGN KEY() REFERENCES Patient(Id)')],
    'INVALID_ARGUMENT',
    "Encountered ')' while parsing: identifier",
  ),
  refuses(
    'foreign key: a name that is taken',
    [PATIENT, table('Visit', 'CONSTRAINT Patient FOREIGN KEY(Id) REFERENCES Patient(Id)')],
    'FAILED_PRECONDITION',
    'Duplicate name in schema: Patient.',
  ),
  refuses(
    'foreign key: a name that is reserved',
    [PATIENT, table('Visit', 'CONSTRAINT PK_Visit2 FOREIGN KEY(Id) REFERENCES Patient(Id)')],
    'INVALID_ARGUMENT',
    'Prefix PK_ cannot be used.',
  ),
  refuses(
    'foreign key: the table that it refers to is dropped',
    [PATIENT, VISIT, 'DROP TABLE Patient'],
    'FAILED_PRECONDITION',
    'Cannot drop table `Patient`. It is referenced by one or more foreign keys: `OfPatient`. You must drop the foreign keys before dropping the table.',
  ),
  refuses(
    'foreign key: its column is dropped',
    [PATIENT, VISIT, 'ALTER TABLE Visit DROP COLUMN Patient'],
    'FAILED_PRECONDITION',
    'Cannot drop column `Patient` from table `Visit`. It is used by one or more foreign keys: `OfPatient`. You must drop the foreign keys before dropping the column.',
  ),
  refuses(
    'foreign key: its column becomes not null',
    [PATIENT, VISIT, 'ALTER TABLE Visit ALTER COLUMN Patient INT64 NOT NULL'],
    'FAILED_PRECONDITION',
    'Cannot change the nullability for column `Patient` of table `Visit`. It is used by one or more foreign keys: `OfPatient`.',
  ),
  refuses(
    'foreign key: to rows that a policy deletes',
    [
      'CREATE TABLE Vital (Id INT64, Stamp TIMESTAMP) PRIMARY KEY(Id), ROW DELETION POLICY (OLDER_THAN(Stamp, INTERVAL 7 DAY))',
      table('Note', 'CONSTRAINT F FOREIGN KEY(Id) REFERENCES Vital(Id)'),
    ],
    'INVALID_ARGUMENT',
    'row deletion policy',
  ),
  refuses(
    'foreign key: a name that the service made',
    [table('T'), table('U', 'FOREIGN KEY(Id) REFERENCES T(Id)'), 'DROP TABLE T'],
    'FAILED_PRECONDITION',
    'It is referenced by one or more foreign keys: `FK_U_T_FFADEDEE3430D435_1`.',
  ),

  makes(
    'check: named and not, before the columns',
    [
      'CREATE TABLE Ward (CHECK (Beds > 0), Id INT64 NOT NULL, Beds INT64, CONSTRAINT Few CHECK (Beds < 100)) PRIMARY KEY(Id)',
    ],
    [table('Ward', 'Beds INT64', 'CHECK(Beds > 0)', 'CONSTRAINT Few CHECK(Beds < 100)')],
  ),
  makes('check: text stays as it is written', [
    table('Ward', 'Beds INT64', 'CHECK(Beds>0  OR beds IS NULL)'),
  ]),
  makes(
    'check: added and dropped',
    [
      table('Ward', 'Beds INT64', 'CONSTRAINT Few CHECK(Beds < 100)'),
      'ALTER TABLE Ward ADD CONSTRAINT Enough CHECK(Beds > 0)',
      'ALTER TABLE Ward DROP CONSTRAINT Few',
    ],
    [table('Ward', 'Beds INT64', 'CONSTRAINT Enough CHECK(Beds > 0)')],
  ),
  refuses(
    'check: a name that is there',
    [
      table('Ward', 'Beds INT64', 'CONSTRAINT Few CHECK(Beds < 100)'),
      'ALTER TABLE Ward ADD CONSTRAINT Few CHECK(Beds > 0)',
    ],
    'FAILED_PRECONDITION',
    'Duplicate name in schema: Few.',
  ),
  refuses(
    'check: the name of its table',
    [table('Ward', 'CONSTRAINT Ward CHECK(Id > 0)')],
    'FAILED_PRECONDITION',
    'Duplicate name in schema: Ward.',
  ),
  refuses(
    'check: of no column',
    [table('Ward', 'CONSTRAINT Sure CHECK(1 > 0)')],
    'INVALID_ARGUMENT',
    "Check constraint `Ward`.`Sure` does not use any non generated column. Expression: '1 > 0'.",
  ),
  refuses(
    'check: of the time of a commit',
    [
      table(
        'Ward',
        'Stamp TIMESTAMP OPTIONS (allow_commit_timestamp = true)',
        'CHECK(EXTRACT(YEAR FROM Stamp) > 2000)',
      ),
    ],
    'INVALID_ARGUMENT',
    'Column `Stamp` has option commit_timestamp, which is not supported in check constraint.',
  ),
  refuses(
    'check: its column is converted',
    [
      table('Ward', 'Name STRING(MAX)', "CONSTRAINT Named CHECK(Name > 'a')"),
      'ALTER TABLE Ward ALTER COLUMN Name BYTES(MAX)',
    ],
    'INVALID_ARGUMENT',
    'Cannot change the data type of column `Name`, which is used by check constraint `Named`.',
  ),
  refuses(
    'check: its column is dropped',
    [table('Ward', 'Beds INT64', 'CONSTRAINT Few CHECK(Beds < 100)'), 'ALTER TABLE Ward DROP COLUMN Beds'],
    'FAILED_PRECONDITION',
    'Cannot drop column `Beds`',
  ),
  refuses(
    'constraint: dropped, and not there',
    [table('Ward'), 'ALTER TABLE Ward DROP CONSTRAINT Few'],
    'NOT_FOUND',
    'Few is not a constraint in Ward',
  ),
  ...inLanguage(
    refuses(
      'check: no condition',
      [table('Ward', 'Day DATE', 'CHECK(Day)')],
      'INVALID_ARGUMENT',
      "Error parsing expression 'Day' from check constraint '<unnamed>' in table 'Ward': Expected type BOOL; found DATE",
    ),
    refuses(
      'check: of a column that is not there',
      [table('Ward', 'CONSTRAINT C CHECK(Number > 0)')],
      'INVALID_ARGUMENT',
      "Error parsing expression 'Number > 0' from check constraint 'C' in table 'Ward': Unrecognized name: Number",
    ),
    refuses(
      'check: no expression',
      [table('Ward', 'CONSTRAINT C CHECK(Id Id Id)')],
      'INVALID_ARGUMENT',
      "Error parsing expression 'Id Id Id' from check constraint 'C' in table 'Ward': Syntax error",
    ),
  ),
];
