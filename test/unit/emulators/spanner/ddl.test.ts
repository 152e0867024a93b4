import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../src/emulators/serving/service-error.js';
import { type DdlAnalyzer, planDdl, planStatements } from '../../../../src/emulators/spanner/schema/ddl.js';
import { EMPTY_SCHEMA, type Schema } from '../../../../src/emulators/spanner/schema/model.js';
import { printSchema } from '../../../../src/emulators/spanner/schema/print-schema.js';
import { type DdlCase, normalized } from '../../../emulators/spanner/cases/ddl-case.js';
import { COLUMN_CASES } from '../../../emulators/spanner/cases/ddl-columns.js';
import { CONSTRAINT_CASES } from '../../../emulators/spanner/cases/ddl-constraints.js';
import { OBJECT_CASES } from '../../../emulators/spanner/cases/ddl-objects.js';
import { TABLE_CASES } from '../../../emulators/spanner/cases/ddl-tables.js';

const CASES = [...TABLE_CASES, ...COLUMN_CASES, ...CONSTRAINT_CASES, ...OBJECT_CASES];

/** Takes any expression: what the language has to say of them is tried with it. */
const LENIENT: DdlAnalyzer = {
  analyzeQuery: async () => ({ columns: [], dependencies: [] }),
  checkExpression: async () => {},
};

async function outcomeOf({
  statements,
}: DdlCase): Promise<readonly string[] | { code: string; text: string }> {
  const before = await planStatements(EMPTY_SCHEMA, statements.slice(0, -1), LENIENT);
  try {
    const [last] = await planStatements(
      before.at(-1)?.plan.schema ?? EMPTY_SCHEMA,
      statements.slice(-1),
      LENIENT,
    );
    return printSchema(last!.plan.schema, 'db').map(normalized).sort();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { code: error.code, text: error.message };
  }
}

describe('statements', () => {
  it.each(CASES.filter(({ needsLanguage }) => !needsLanguage).map((each) => [each.name, each] as const))(
    '%s',
    async (_name, each) => {
      const outcome = await outcomeOf(each);
      if (each.refused === undefined) {
        expect(outcome).toEqual((each.shows ?? each.statements).map(normalized).sort());
      } else {
        expect(outcome).toEqual({
          code: each.refused.code,
          text: expect.stringContaining(each.refused.text),
        });
      }
    },
  );

  it('no case comes twice', () => {
    const names = CASES.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

/** The schema, and what the last statement asks of the rows. */
async function planned(...statements: readonly string[]) {
  const plans = await planStatements(EMPTY_SCHEMA, statements, LENIENT);
  return plans.at(-1)!.plan;
}

const WARD = 'CREATE TABLE Ward (Id INT64 NOT NULL, Name STRING(20), Beds INT64) PRIMARY KEY(Id)';

describe('what is asked of the rows', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['a table', [WARD], ['create-table']],
    ['an index', [WARD, 'CREATE INDEX ByName ON Ward(Name)'], ['build-index']],
    ['a shorter column', [WARD, 'ALTER TABLE Ward ALTER COLUMN Name STRING(10)'], ['check-length']],
    ['a longer column', [WARD, 'ALTER TABLE Ward ALTER COLUMN Name STRING(30)'], []],
    [
      'a column of another type',
      [WARD, 'ALTER TABLE Ward ALTER COLUMN Name BYTES(10)'],
      ['convert-column', 'check-length'],
    ],
    ['not null', [WARD, 'ALTER TABLE Ward ALTER COLUMN Beds INT64 NOT NULL'], ['check-not-null']],
    ['a column without a value', [WARD, 'ALTER TABLE Ward ADD COLUMN Note STRING(MAX)'], []],
    ['a default', [WARD, 'ALTER TABLE Ward ADD COLUMN Level INT64 DEFAULT (1)'], ['fill-column']],
    [
      'a stored generated column',
      [WARD, 'ALTER TABLE Ward ADD COLUMN Twice INT64 AS (Beds * 2) STORED'],
      ['fill-column'],
    ],
    ['a virtual generated column', [WARD, 'ALTER TABLE Ward ADD COLUMN Twice INT64 AS (Beds * 2)'], []],
    ['a check', [WARD, 'ALTER TABLE Ward ADD CHECK (Beds > 0)'], ['check-constraint']],
    [
      'a foreign key by the primary key',
      [WARD, 'ALTER TABLE Ward ADD FOREIGN KEY(Id) REFERENCES Ward(Id)'],
      ['check-foreign-key'],
    ],
    [
      'a foreign key by other columns',
      [WARD, 'ALTER TABLE Ward ADD FOREIGN KEY(Beds) REFERENCES Ward(Id)'],
      ['build-index', 'check-foreign-key'],
    ],
    [
      'a foreign key that is not enforced',
      [WARD, 'ALTER TABLE Ward ADD FOREIGN KEY(Beds) REFERENCES Ward(Id) NOT ENFORCED'],
      [],
    ],
    [
      'a table with constraints',
      [
        `${WARD.slice(0, -') PRIMARY KEY(Id)'.length)}, CHECK (Beds > 0), FOREIGN KEY(Beds) REFERENCES Ward(Id)) PRIMARY KEY(Id)`,
      ],
      ['create-table', 'build-index'],
    ],
    [
      'a stored column',
      [WARD, 'CREATE INDEX ByName ON Ward(Name)', 'ALTER INDEX ByName ADD STORED COLUMN Beds'],
      ['drop-index', 'build-index'],
    ],
    [
      'a foreign key that goes',
      [
        WARD,
        'ALTER TABLE Ward ADD CONSTRAINT F FOREIGN KEY(Beds) REFERENCES Ward(Id)',
        'ALTER TABLE Ward DROP CONSTRAINT F',
      ],
      ['drop-index'],
    ],
    [
      'a sequence that starts over',
      ['CREATE SEQUENCE S BIT_REVERSED_POSITIVE', 'ALTER SEQUENCE S RESTART COUNTER WITH 9'],
      ['start-sequence'],
    ],
  ])('%s', async (_name, statements, kinds) => {
    expect((await planned(...statements)).work.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('ids stay when names change, and are never given twice', async () => {
    const before = (await planned(WARD)).schema.tables.get('ward')!;
    const { schema } = await planned(
      WARD,
      'ALTER TABLE Ward DROP COLUMN Name',
      'ALTER TABLE Ward ADD COLUMN Name STRING(MAX)',
      'ALTER TABLE Ward RENAME TO Unit',
    );
    const after = schema.tables.get('unit')!;
    expect(after.id).toBe(before.id);
    expect(after.columns.map(({ name, id }) => [name, id])).toEqual([
      ['Id', 1],
      ['Beds', 3],
      ['Name', 4],
    ]);
  });

  it('a schema is not changed by a statement that is planned on it', async () => {
    const { schema } = await planned(WARD);
    const shown = printSchema(schema, 'db');
    planDdl(schema, 'ALTER TABLE Ward ADD COLUMN Note STRING(MAX)');
    expect(printSchema(schema, 'db')).toEqual(shown);
  });

  it('what a schema shows makes the same schema', async () => {
    const statements = [
      WARD,
      'CREATE TABLE Bed (Id INT64 NOT NULL, Nr INT64 NOT NULL AS (1) STORED, Stamp TIMESTAMP OPTIONS (allow_commit_timestamp = true), FOREIGN KEY(Nr) REFERENCES Ward(Beds), CHECK (Id > 0)) PRIMARY KEY(Id, Nr DESC), INTERLEAVE IN PARENT Ward ON DELETE CASCADE',
      'CREATE UNIQUE INDEX ByStamp ON Bed(Stamp DESC)',
    ];
    const again = async (shown: readonly string[]): Promise<Schema> => (await planned(...shown)).schema;
    const first = printSchema((await planned(...statements)).schema, 'db');
    expect(printSchema(await again(first), 'db')).toEqual(first);
  });
});
