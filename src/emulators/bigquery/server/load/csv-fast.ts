import { quoteString } from '../../../googlesql/duck/quote.js';
import type { RestType, TableField } from '../../catalog/entries.js';
import type { CsvOptions } from './load-options.js';
import type { SourceFile } from './source-files.js';

const DIGIT = '[0-9]';
const DATE_GLOB = `${DIGIT.repeat(4)}-[01]${DIGIT}-[0-3]${DIGIT}`;
/** Years begin with 1; also refuses what DuckDB would take for a sign or a space before the year. */
const FROM_YEAR_1 = "$ >= '0001'";

/** Whether text is a time of day between `prefix` and one of the suffixes; a pattern alone cannot say "at most 23". */
function clockGlobs(prefix: string, suffixes: readonly string[]): string {
  const patterns = suffixes.flatMap((suffix) =>
    [`[01]${DIGIT}`, '2[0-3]'].map((hour) => `${prefix}${hour}:[0-5]${DIGIT}:[0-5]${DIGIT}${suffix}`),
  );
  return `(${patterns.map((pattern) => `$ GLOB '${pattern}'`).join(' OR ')})`;
}

const CLOCK = clockGlobs('', ['*']);
const MOMENT = `${FROM_YEAR_1} AND ${clockGlobs(`${DATE_GLOB}[ T]`, ['*'])}`;
/** The usual forms on their own, as two globs take less time than one and a regular expression for the rest. */
const UTC_MOMENT = `${FROM_YEAR_1} AND ${clockGlobs(`${DATE_GLOB}[ T]`, ['Z', '', ' UTC'])}`;
const FRACTION = '([.][0-9]{1,6})?';

const UTC_CAST = 'make_timestamptz(epoch_us($::TIMESTAMP))';

function behind(position: number, pattern: string): string {
  return `regexp_full_match(substr($, ${position}), '${pattern}')`;
}

/**
 * How text becomes a value with DuckDB's casts: the first condition that holds names the cast, and text for which
 * none holds is left to the careful reader. The casts alone take more than BigQuery does (`1_000`, `0x1F`, `10:20:3Z`,
 * 24 o'clock, rounding of `1.5`). `$` stands for the column. Types that are missing here go the careful way.
 */
const CASTS: Partial<Record<RestType, readonly (readonly [condition: string, cast: string])[]>> = {
  BOOLEAN: [['true', '$::BOOLEAN']],
  // The plain form is told by printing it again, which is quicker than any pattern.
  INTEGER: [["$::BIGINT::VARCHAR = $ OR regexp_full_match($, ' *[+-]?[0-9]{1,18} *')", '$::BIGINT']],
  FLOAT: [["NOT contains($, '_') AND $ >= ','", '$::DOUBLE']],
  NUMERIC: [["regexp_full_match($, '-?[0-9]{1,29}([.][0-9]{1,9})?')", '$::DECIMAL(38,9)']],
  DATE: [
    [
      `${FROM_YEAR_1} AND ($ GLOB '${DATE_GLOB}' OR regexp_full_match($, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}'))`,
      '$::DATE',
    ],
  ],
  TIME: [[`${CLOCK} AND ${behind(9, FRACTION)}`, '$::TIME']],
  DATETIME: [[`${MOMENT} AND ${behind(20, FRACTION)}`, '$::TIMESTAMP']],
  TIMESTAMP: [
    [UTC_MOMENT, UTC_CAST],
    [`${MOMENT} AND ${behind(20, `${FRACTION}(Z| UTC)?`)}`, UTC_CAST],
    // The cast that knows zones is slow, and most files are in UTC.
    [`${MOMENT} AND ${behind(20, `${FRACTION}[+-](0[0-9]|1[0-3]):[0-5][0-9]`)}`, '$::TIMESTAMPTZ'],
  ],
};

const REFUSED = "error('not plain')";

/**
 * SELECT that reads regular CSV files (see `regularRows`) with DuckDB's own reader; it fails on values that are not
 * plain, and then the careful reader finds out what is wrong. Undefined when columns or options are beyond it.
 */
export function fastCsvSelect(
  files: readonly SourceFile[],
  fields: readonly TableField[],
  csv: CsvOptions,
): string | undefined {
  const values = fields.map((field, index) => valueSql(field, `c${index}`));
  if (fields.length === 0 || values.includes(undefined)) return undefined;
  if (csv.nullMarkers.length > 1 || csv.matchNames || csv.allowJaggedRows) return undefined;
  if (Buffer.byteLength(csv.delimiter) > 1 || Buffer.byteLength(csv.quote) > 1) return undefined;
  const options = [
    'auto_detect = false',
    'header = false',
    `skip = ${csv.skipLeadingRows}`,
    `columns = {${fields.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ')}}`,
    `delim = ${quoteString(csv.delimiter)}`,
    `quote = ${quoteString(csv.quote)}`,
    `escape = ${quoteString(csv.quote)}`,
    `nullstr = ${quoteString(csv.nullMarkers[0]!)}`,
    'allow_quoted_nulls = false',
  ];
  const paths = files.map(({ path }) => quoteString(path)).join(', ');
  return `SELECT ${values.join(', ')} FROM read_csv([${paths}], ${options.join(', ')})`;
}

/** The value of a column; undefined for one that is repeated, required, bounded, or of another type. */
function valueSql(field: TableField, column: string): string | undefined {
  const { maxLength, precision, scale } = field;
  if (field.mode !== 'NULLABLE' || (maxLength ?? precision ?? scale) !== undefined) return undefined;
  if (field.type === 'STRING') return column;
  const casts = CASTS[field.type]?.map(([condition, cast]) => `WHEN ${condition} THEN ${cast}`);
  if (casts === undefined) return undefined;
  return `CASE ${casts.join(' ')} WHEN $ IS NULL THEN NULL ELSE ${REFUSED} END`.replaceAll('$', column);
}
