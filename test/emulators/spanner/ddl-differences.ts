import { expect } from 'vitest';
import { CODES, type CodeName } from '../../../src/emulators/serving/service-error.js';
import { normalized, table } from './cases/ddl-case.js';

/** Where Google's emulator makes something else of statements, by the name of a case. */
export interface DdlDifference {
  /** What it shows, or what it refuses the last statement with. */
  official: unknown;
  /** How the answer of the service is known, or why it is done so. */
  why: string;
}

interface Group {
  why: string;
  cases: Record<string, unknown>;
}

/** @param text a part of the message */
function refusal(code: CodeName, text: string): unknown {
  return { code: CODES[code], text: expect.stringContaining(text) };
}

const ONLY_AS_A_VALUE = refusal(
  'INVALID_ARGUMENT',
  'The PENDING_COMMIT_TIMESTAMP() function may only be used as a value for INSERT or UPDATE',
);
const SYNTAX = refusal('INVALID_ARGUMENT', 'Syntax error');
const UNKNOWN_OPTION = refusal('INVALID_ARGUMENT', 'Option: default_time_zone is unknown.');

const GROUPS: readonly Group[] = [
  {
    why: 'not there in that version; newer ones of the emulator and the service have it',
    cases: {
      'table: primary key among the columns': SYNTAX,
      'table: two primary keys': refusal(
        'INVALID_ARGUMENT',
        'Cannot specify both table and column PRIMARY KEY',
      ),
      'default: the time of the commit': ONLY_AS_A_VALUE,
      'default: the time of the commit without its option': ONLY_AS_A_VALUE,
      'default: another one where commits put their time': refusal(
        'FAILED_PRECONDITION',
        'Cannot use commit timestamp column `Stamp` as a column with default value.',
      ),
      'on update: the time of the commit': SYNTAX,
      'on update: set and dropped': 'the statements before it are refused',
      'on update: without a default': SYNTAX,
      'on update: of a key': SYNTAX,
      'generated: stored, virtual, from each other': [
        normalized(
          table(
            'Ward',
            'Beds INT64',
            'Twice INT64 AS (Beds * 2) STORED',
            'Next INT64 AS (Twice + 1) STORED',
            'Sure INT64 NOT NULL AS (COALESCE(Beds, 0)) STORED',
          ),
        ),
      ],
      'generated: virtual and not null': [normalized(table('Ward', 'Nr INT64 NOT NULL AS (Id) STORED'))],
      'foreign key: without a name, with what is done on deletion, not enforced': refusal(
        'INVALID_ARGUMENT',
        'Foreign key enforcement is not supported.',
      ),
      'foreign key: that it is enforced is not shown': refusal(
        'INVALID_ARGUMENT',
        'Foreign key enforcement is not supported.',
      ),
      'option of the database: the zone, with tables there': UNKNOWN_OPTION,
      'option of the database: an unknown zone': UNKNOWN_OPTION,
    },
  },
  {
    why: 'comments are part of the language: https://cloud.google.com/spanner/docs/reference/standard-sql/lexical',
    cases: { 'table: comments': SYNTAX },
  },
  {
    why: 'a fault of it',
    cases: {
      'table: a type that there is not': refusal('INTERNAL', 'INT32'),
      'rename: a table, and what refers to it': refusal('INTERNAL', ''),
      'rename: two tables change their names': refusal('INTERNAL', ''),
    },
  },
  {
    why: 'it looks at the key first, and does not find which of the two columns is meant',
    cases: {
      'table: a column twice': refusal(
        'FAILED_PRECONDITION',
        'Table Ward references nonexistent key column Id.',
      ),
    },
  },
  {
    why: 'it leaves out named schemas, so that what it shows cannot be carried out',
    cases: {
      'schema: tables and indexes within': [
        'CREATE INDEX ward.ByNote ON ward.Bed(Note)',
        'CREATE TABLE Bed(Id INT64 NOT NULL) PRIMARY KEY(Id)',
        'CREATE TABLE ward.Bed(Id INT64 NOT NULL, Note STRING(MAX)) PRIMARY KEY(Id)',
      ],
    },
  },
  {
    why: 'ours refuses the feature by name; that version has it, knows another syntax or none',
    cases: Object.fromEntries(
      [
        'CHANGE STREAM',
        'SEARCH INDEX',
        'VECTOR INDEX',
        'MODEL Guess',
        'PROPERTY GRAPH',
        'PROTO BUNDLE',
        'PLACEMENT here',
      ].map((feature) => [`refused by name: ${feature}`, expect.anything()]),
    ),
  },
];

export const DDL_DIFFERENCES: Readonly<Record<string, DdlDifference>> = Object.fromEntries(
  GROUPS.flatMap(({ why, cases }) =>
    Object.entries(cases).map(([name, official]) => [name, { official, why }]),
  ),
);
