import { invalidQuery } from '../../googlesql/errors.js';
import type { ExportData } from '../../googlesql/syntax/ast.js';
import {
  applyOptions,
  booleanOption,
  evaluateOptions,
  type Option,
  type OptionSetters,
  type OptionValue,
  textOption,
} from './ddl/options.js';
import type { ExecuteResult } from './execution.js';
import { runQuery } from './queries.js';
import type { ExportTarget } from './services.js';
import type { Session } from './session.js';

const FORMATS = ['AVRO', 'CSV', 'JSON', 'PARQUET'] as const;
const COMPRESSIONS = ['DEFLATE', 'GZIP', 'NONE', 'SNAPPY', 'ZSTD'];

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/export-statements#export_data_statement */
export async function runExportData(statement: ExportData, session: Session): Promise<ExecuteResult> {
  const options = await evaluateOptions(statement.options, session);
  const target = applyOptions<Partial<ExportTarget>>({}, options, SETTERS, 'EXPORT DATA');
  const { uri, format } = target;
  if (uri === undefined) throw invalidQuery("Option 'uri' is required for EXPORT DATA", statement.pos);
  if (format === undefined) throw invalidQuery("Option 'format' is required for EXPORT DATA", statement.pos);
  if (!uri.includes('*')) throw invalidQuery("Option 'uri' value must be a wild card URI.", statement.pos);
  const { query, pos, end } = statement;
  const { resultTable, schema, ...result } = await runQuery(
    { kind: 'QueryStatement', query, pos, end },
    session,
  );
  const exported: ExecuteResult = {
    ...result,
    statementType: 'EXPORT_DATA',
    cacheable: false,
    totalRows: undefined,
  };
  if (resultTable === undefined) return exported;
  try {
    await session.services.exportRows(
      resultTable,
      schema ?? [],
      { ...target, uri, format },
      session.request.signal,
    );
  } finally {
    await session.run(`DROP TABLE ${resultTable}`);
  }
  return { ...exported, exportData: { fileCount: 1, rowCount: result.totalRows ?? 0 } };
}

const SETTERS: OptionSetters<Partial<ExportTarget>> = {
  uri: (target, value, option) => {
    target.uri = textOption(value, option);
  },
  format: (target, value, option) => {
    target.format = chosen(value, option, FORMATS);
  },
  compression: (target, value, option) => {
    target.compression = chosen(value, option, COMPRESSIONS);
  },
  field_delimiter: (target, value, option) => {
    target.delimiter = textOption(value, option);
  },
  header: (target, value, option) => {
    target.header = booleanOption(value, option);
  },
  overwrite: (target, value, option) => {
    target.overwrite = booleanOption(value, option);
  },
  use_avro_logical_types: (target, value, option) => {
    target.logicalTypes = booleanOption(value, option);
  },
};

function chosen<T extends string>(value: OptionValue, option: Option, choices: readonly T[]): T {
  const text = textOption(value, option) ?? '';
  const found = choices.find((choice) => choice === text.toUpperCase());
  if (found !== undefined) return found;
  throw invalidQuery(
    `'${text}' is not a valid value; failed to set '${option.node.name.name}' in EXPORT DATA OPTIONS`,
  );
}
