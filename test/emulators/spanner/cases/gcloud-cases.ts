/** A command of `gcloud spanner`, and what it says: on stdout, or what it is refused with on stderr. */
export interface GcloudCase {
  command: readonly string[];
  says?: string | RegExp;
  refused?: string;
}

const IN_DATABASE = ['--database=ward', '--instance=scenario'];
const OF_DATABASE = ['ward', '--instance=scenario'];
const TABLE =
  'CREATE TABLE Beds (A INT64, B INT64, C STRING(256), D TIMESTAMP OPTIONS(allow_commit_timestamp=true)) PRIMARY KEY(A, B)';

const query = (sql: string, says: string | RegExp): GcloudCase => ({
  command: ['databases', 'execute-sql', ...OF_DATABASE, `--sql=${sql}`],
  says,
});
const changesSchema = (ddl: string): GcloudCase => ({
  command: ['databases', 'ddl', 'update', ...OF_DATABASE, `--ddl=${ddl}`],
});

/** One after the other, in a project that holds nothing. */
export const GCLOUD_CASES: readonly GcloudCase[] = [
  {
    command: ['instance-configs', 'describe', 'emulator-config'],
    says: /displayName: Emulator Instance Config\nname: projects\/p\/instanceConfigs\/emulator-config/,
  },
  { command: ['instance-configs', 'list', '--format=value(name)'], says: 'emulator-config' },
  { command: ['instances', 'list'], says: '' },
  {
    command: [
      'instances',
      'create',
      'scenario',
      '--config=emulator-config',
      '--description=For cases',
      '--nodes=3',
    ],
    says: '',
  },
  {
    command: [
      'instances',
      'list',
      '--format=csv[no-heading](name, displayName, config, nodeCount, processingUnits, state)',
    ],
    says: 'scenario,For cases,emulator-config,3,3000,READY',
  },
  {
    command: ['instances', 'describe', 'scenario'],
    says: /^config: projects\/p\/instanceConfigs\/emulator-config\ncreateTime: '[\d-]+T[\d:.]+Z'\ndisplayName: For cases\n[\s\S]*\nnodeCount: 3\nprocessingUnits: 3000\n[\s\S]*state: READY\nupdateTime: '[\d-]+T[\d:.]+Z'$/,
  },
  { command: ['operations', 'list', '--instance=scenario'], says: /True +CreateInstanceMetadata$/ },
  { command: ['databases', 'list', '--instance=scenario'], says: '' },
  { command: ['databases', 'create', ...OF_DATABASE, `--ddl=${TABLE}`], says: '' },
  {
    command: ['databases', 'describe', ...OF_DATABASE],
    says: /databaseDialect: GOOGLE_STANDARD_SQL\n[\s\S]*name: projects\/p\/instances\/scenario\/databases\/ward\nstate: READY/,
  },
  {
    command: ['databases', 'ddl', 'describe', ...OF_DATABASE],
    says: 'CREATE TABLE Beds (\n  A INT64,\n  B INT64,\n  C STRING(256),\n  D TIMESTAMP OPTIONS (\n    allow_commit_timestamp = true\n  ),\n) PRIMARY KEY(A, B);',
  },
  {
    command: ['databases', 'list', '--instance=scenario', '--format=value(name, state)'],
    says: 'ward\tREADY',
  },
  {
    command: ['databases', 'ddl', 'update', 'ward', '--instance=nothing', '--ddl=DROP TABLE T'],
    refused: 'Instance does not exist',
  },
  query('SELECT * FROM Beds', ''),
  { command: ['rows', 'insert', '--table=Beds', ...IN_DATABASE, '--data=A=1,B=1'] },
  query('SELECT A, B, C FROM Beds', /^A +B +C\n1 +1$/),
  { command: ['rows', 'update', '--table=Beds', ...IN_DATABASE, '--data=A=1,B=1,C=x'] },
  query('SELECT A, B, C FROM Beds', /^A +B +C\n1 +1 +x$/),
  { command: ['rows', 'delete', '--table=Beds', ...IN_DATABASE, '--keys=1,1'] },
  query('SELECT * FROM Beds', ''),
  { command: ['databases', 'sessions', 'list', ...IN_DATABASE, '--format=value(name)'], says: '' },
  ...['witness_location = "us-east1"', "default_leader = 'us-east1'", "version_retention_period = '7d'"].map(
    (option) => changesSchema(`ALTER DATABASE ward SET OPTIONS (${option})`),
  ),
  {
    command: ['databases', 'create', 'other', '--instance=scenario', '--database-dialect=POSTGRESQL'],
    refused: 'Cannot create a PostgreSQL database',
  },
  { command: ['databases', 'delete', ...OF_DATABASE], says: '' },
  { command: ['instances', 'delete', 'scenario'], says: '' },
  { command: ['instances', 'list'], says: '' },
];
