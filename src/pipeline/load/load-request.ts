import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { notReadyError, usageError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { openSpannerData } from '../../gcp/spanner/data.js';
import { readLiveTable } from '../../gcp/spanner/live-table.js';
import { patientInfoSchema, readTableSchema } from '../../schema/read-table-schema.js';
import { schemaOfSpannerTable } from '../../schema/schema-of-spanner-table.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { parseEncoding } from './csv/byte-decoder.js';
import type { CsvOptions } from './csv/csv-parser.js';
import { parseColumns } from './csv/csv-reader.js';
import type { ColumnMap, RowOptions } from './row-checker.js';
import type { WriteMode } from './row-writer.js';

/** The command line of `load`, as text where it needs checking. */
export interface LoadRequest {
  files: readonly string[];
  schemas: readonly string[];
  table?: string | undefined;
  map: readonly string[];
  columns?: string | undefined;
  delimiter?: string | undefined;
  quote?: string | undefined;
  escape?: string | undefined;
  encoding?: string | undefined;
  nullMarkers?: readonly string[] | undefined;
  dateFormat?: string | undefined;
  timezone?: string | undefined;
  ignoreExtraColumns: boolean;
  allowMissingColumns: boolean;
  mode: WriteMode;
  maxRejects?: string | undefined;
  rejects?: string | undefined;
  check: boolean;
  dryRun: boolean;
  alsoBigQuery: boolean;
  lowPriority: boolean;
  tag?: string | undefined;
}

/** How the files of a request are written. @throws HealthmonError for what no file can be written in. */
export function csvOptionsOf({
  delimiter,
  quote,
  escape: escaping,
  encoding,
  columns,
}: LoadRequest): CsvOptions {
  return {
    ...(delimiter !== undefined && { delimiter }),
    ...(quote !== undefined && { quote }),
    ...(escaping !== undefined && { escape: escaping }),
    ...(encoding !== undefined && { encoding: parseEncoding(encoding) }),
    ...(columns !== undefined && { columns: parseColumns(columns) }),
  };
}

export function rowOptionsOf(request: LoadRequest): RowOptions & { map: ColumnMap } {
  const { timezone, dateFormat, nullMarkers, ignoreExtraColumns, allowMissingColumns } = request;
  return {
    ...(timezone !== undefined && { timezone }),
    ...(dateFormat !== undefined && { dateFormat }),
    ...(nullMarkers !== undefined && { nullMarkers }),
    map: parseMap(request.map),
    ignoreExtraColumns,
    allowMissingColumns,
  };
}

/** The tables that a request is for. */
export async function schemasOf(
  request: LoadRequest,
  env: { config: Config; cwd: string; clients(): Promise<GoogleClients> },
): Promise<TableSchema[]> {
  const schemas = request.schemas.map((file) => readTableSchema(resolve(env.cwd, file)));
  const { table } = request;
  if (table === undefined) return schemas.length > 0 ? schemas : [patientInfoSchema()];
  if (schemas.length > 1) {
    throw usageError({
      code: 'invalid-option',
      message: '--table names one table, but several schemas are given.',
      suggestion: 'Leave --table out: each schema names its table.',
    });
  }
  const [schema] = schemas;
  if (schema !== undefined) return [{ ...schema, spannerTable: table }];
  if (table === patientInfoSchema().spannerTable) return [patientInfoSchema()];
  const live = await readLiveTable(await openSpannerData(await env.clients(), env.config), table);
  if (live === undefined) {
    throw notReadyError({
      code: 'not-provisioned',
      message: `The Spanner table ${table} does not exist.`,
      suggestion:
        'Write its schema with "healthmon schema infer FILE.csv --output FILE.json", then run "healthmon provision --schema FILE.json".',
    });
  }
  return [schemaOfSpannerTable(live)];
}

function parseMap(pairs: readonly string[]): ColumnMap {
  const map: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const at = pair.lastIndexOf('=');
    if (at < 1 || at === pair.length - 1) {
      throw usageError({
        code: 'invalid-option',
        message: `The value "${pair}" of --map is not valid.`,
        suggestion: 'Write --map "name in the file=column of the table".',
      });
    }
    const from = pair.slice(0, at).trim();
    if (map[from] !== undefined) {
      throw usageError({
        code: 'invalid-option',
        message: `--map names the column "${from}" of the file twice.`,
        suggestion: 'Map each column of the file to one column of the table.',
      });
    }
    map[from] = pair.slice(at + 1).trim();
  }
  return map;
}
