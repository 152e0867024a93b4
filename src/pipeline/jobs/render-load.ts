import type { Config } from '../../config/config.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { TableSchema } from '../../schema/table-schema.js';
import type { CsvOptions } from '../load/csv/csv-parser.js';
import type { MaxRejects } from '../load/max-rejects.js';
import type { RowOptions } from '../load/row-checker.js';
import { loaderBundle } from './bundles.js';
import { packed, pythonSource, type RenderedJob, renderedJob } from './job-text.js';
import type { LoaderSettings } from './loader.js';

const LOAD_TRANSFORMS = ['ReadRows', 'FirstOfKey', 'Unfit', 'WriteRows', 'Rejected', 'WriteRejects'] as const;

/** A file of rows in Cloud Storage. */
export interface JobFile {
  bucket: string;
  name: string;
  /** Its version; null reads the newest. */
  generation: string | null;
  /** As the user named it. */
  label: string;
  /** Without folder and `.csv`. */
  stem: string;
  /** Name in the bucket of the settings that what is rejected of it gets. */
  rejects: string;
}

export interface RenderLoadInput {
  files: readonly JobFile[];
  schema: TableSchema;
  csv: CsvOptions;
  rows: RowOptions;
  /** Column that gets the time of the commit. */
  commitTimestamp: string | undefined;
  /** Of one commit. */
  maxRows: number;
  maxRejects: MaxRejects | undefined;
}

/** The batch job: CSV files from Cloud Storage into a table of Spanner, as `healthmon load` loads them. */
export function renderLoad(config: Config, input: RenderLoadInput): RenderedJob {
  const { schema } = input;
  refuseSchema(schema);
  const { project, storage, spanner } = config;
  const bundle = loaderBundle();
  const settings: LoaderSettings = {
    schema,
    csv: input.csv,
    rows: input.rows,
    commitTimestamp: input.commitTimestamp ?? null,
    severalFiles: input.files.length > 1,
    maxRejects: input.maxRejects ?? null,
  };
  const files = JSON.stringify(input.files.map((file, index) => ({ index, ...file })));
  const loader = { loader: packed(bundle), settings: JSON.stringify(settings) };
  const place = JSON.stringify({
    project,
    instance: spanner.instance,
    database: spanner.database,
    table: schema.spannerTable,
    maxRows: input.maxRows,
  });
  const [read, first, unfit, write, rejected, rejects] = LOAD_TRANSFORMS;
  const job: object = {
    pipeline: {
      type: 'composite',
      transforms: [
        { type: read, name: read, input: {}, config: { project, files, ...loader } },
        { type: first, name: first, input: `${read}.rows`, config: { files, ...loader } },
        { type: 'Flatten', name: unfit, input: [`${read}.bad`, `${first}.bad`] },
        {
          type: write,
          name: write,
          input: { rows: `${first}.rows`, bad: unfit },
          config: { place, ...loader },
        },
        { type: 'Flatten', name: rejected, input: [unfit, write] },
        {
          type: rejects,
          name: rejects,
          input: { files: `${read}.files`, bad: rejected },
          config: { project, bucket: storage.bucket, files, ...loader },
        },
      ],
    },
    providers: [
      {
        type: 'python',
        config: {},
        transforms: {
          [read]: transform('read_rows'),
          [first]: transform('first_of_key'),
          [write]: transform('write_rows'),
          [rejects]: transform('write_rejects'),
        },
      },
    ],
    options: { streaming: false },
  };
  return renderedJob('load', 'CSV files from Cloud Storage into Spanner.', job, bundle, LOAD_TRANSFORMS);
}

/** Each is loaded alone, so each has what all of them share before it. */
function transform(name: string): string {
  return `${pythonSource('load/shared')}\n${pythonSource(`load/${name}`)}`;
}

/** What is decided by looking at all rows one after the other is not done by machines that have some each. */
function refuseSchema({ spannerTable, fields, primaryKey, foreignKeys }: TableSchema): void {
  const unique = fields.find(({ name, constraints }) => constraints.unique && primaryKey.join() !== name);
  const reason =
    foreignKeys.length > 0
      ? 'refers to other tables'
      : unique === undefined
        ? undefined
        : `has unique values in ${unique.name}`;
  if (reason === undefined) return;
  throw usageError({
    code: 'unsupported',
    message: `The table ${spannerTable} ${reason}, which jobs do not check.`,
    suggestion: 'Use "healthmon load".',
  });
}
