import type { RestType, TableField } from '../../catalog/entries.js';
import { quoteString } from '../../duck/database.js';
import type { CsvOptions } from './load-options.js';
import type { SourceFile } from './source-files.js';

/**
 * How DuckDB's CSV reader takes a column: the type it parses, and a check of what it would take more kindly than
 * BigQuery. `$` stands for the column. Types that are missing here go the careful way.
 */
const READERS: Partial<Record<RestType, { type: string; select: string }>> = {
  STRING: { type: 'VARCHAR', select: '$' },
  FLOAT: { type: 'DOUBLE', select: '$' },
  BOOLEAN: { type: 'BOOLEAN', select: '$' },
  NUMERIC: { type: 'DECIMAL(38,9)', select: '$' },
  TIME: { type: 'TIME', select: '$' },
  // DuckDB rounds `1.5` to 2.
  INTEGER: {
    type: 'VARCHAR',
    select: "CASE WHEN $::DOUBLE <> $::BIGINT THEN error('no integer') ELSE $::BIGINT END",
  },
  // DuckDB takes `epoch`, `infinity` and dates with a time of day.
  DATE: {
    type: 'VARCHAR',
    select: "CASE WHEN strlen($) > 10 OR $ >= ':' THEN error('no date') ELSE $::DATE END",
  },
  DATETIME: {
    type: 'VARCHAR',
    select: "CASE WHEN $ >= ':' OR NOT contains($, '-') THEN error('no datetime') ELSE $::TIMESTAMP END",
  },
  // The cast that knows zones is slow, and most files are in UTC.
  TIMESTAMP: {
    type: 'VARCHAR',
    select: `CASE WHEN $ >= ':' OR NOT contains($, '-') THEN error('no timestamp')
      WHEN suffix($, ' UTC') OR suffix($, 'Z') OR (strlen($) = 19 AND substr($, 17, 1) = ':')
      THEN make_timestamptz(epoch_us($::TIMESTAMP)) ELSE $::TIMESTAMPTZ END`,
  },
};

const SINGLE_LINE = "CASE WHEN contains($, chr(10)) THEN error('newline in quotes') ELSE $ END";

/**
 * SELECT that reads clean CSV files with DuckDB's own reader; it fails on anything that is not clean, and then the
 * careful reader finds out what is wrong. Undefined when columns or options are beyond it.
 */
export function fastCsvSelect(
  files: readonly SourceFile[],
  fields: readonly TableField[],
  csv: CsvOptions,
): string | undefined {
  const readers = fields.map((field) => (isPlain(field) ? READERS[field.type] : undefined));
  if (fields.length === 0 || readers.some((reader) => reader === undefined)) return undefined;
  if (csv.nullMarkers.length > 1 || csv.matchNames || csv.allowJaggedRows) return undefined;
  if (Buffer.byteLength(csv.delimiter) > 4 || Buffer.byteLength(csv.quote) > 1) return undefined;
  const columns = readers.map((reader, index) => `'c${index}': '${reader!.type}'`);
  const selected = readers.map((reader, index) => {
    const multiline = fields[index]!.type === 'STRING' && !csv.allowQuotedNewlines && csv.quote !== '';
    return (multiline ? SINGLE_LINE : reader!.select).replaceAll('$', `c${index}`);
  });
  const options = [
    'auto_detect = false',
    'header = false',
    `skip = ${csv.skipLeadingRows}`,
    `columns = {${columns.join(', ')}}`,
    `delim = ${quoteString(csv.delimiter)}`,
    `quote = ${quoteString(csv.quote)}`,
    `escape = ${quoteString(csv.quote)}`,
    `nullstr = ${quoteString(csv.nullMarkers[0]!)}`,
    'allow_quoted_nulls = false',
  ];
  const paths = files.map(({ path }) => quoteString(path)).join(', ');
  return `SELECT ${selected.join(', ')} FROM read_csv([${paths}], ${options.join(', ')})`;
}

/** Neither repeated, nor required, nor bounded in length or digits. */
function isPlain(field: TableField): boolean {
  return (
    field.mode === 'NULLABLE' &&
    field.maxLength === undefined &&
    field.precision === undefined &&
    field.scale === undefined
  );
}
