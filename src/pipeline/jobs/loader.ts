import { usageError } from '../../errors/healthmon-error.js';
import type { Value } from '../../schema/cell-problem.js';
import type { Problem } from '../../schema/row-validator.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { type CsvFile, type CsvOptions, CsvParser } from '../load/csv/csv-parser.js';
import { otherFormat } from '../load/csv/other-format.js';
import { keyText } from '../load/key-text.js';
import { exceeds } from '../load/load-errors.js';
import type { MaxRejects } from '../load/max-rejects.js';
import { isRowFault, refusalOf, repetitionOf } from '../load/refusal.js';
import { RejectLines, recordOf } from '../load/reject-lines.js';
import type { RowOptions } from '../load/row-checker.js';
import { RECORD_COLUMN, RowScanner, type ScannedRow } from '../load/row-scanner.js';

/** What a job that loads files is told once. */
export interface LoaderSettings {
  schema: TableSchema;
  csv: CsvOptions;
  rows: RowOptions;
  /** Column that gets the time of the commit; null when there is none. */
  commitTimestamp: string | null;
  /** Rows of other files are told apart by their label. */
  severalFiles: boolean;
  /** Null takes any number. */
  maxRejects: MaxRejects | null;
}

export interface BeginFile {
  label: string;
  /** Without folder and `.csv`. */
  stem: string;
  /** The first bytes, a character for each. */
  sample: string;
  /** The first text, with the whole header line; bytes that are no UTF-8 are U+DC80 to U+DCFF. */
  text: string;
}

/** A row as it stood in its file. */
export interface KeptRow {
  line: number;
  raw: string;
}

/** A row that is not loaded, and why. */
export interface RefusedRow extends KeptRow {
  broken: boolean;
  problems: Problem[];
}

/** What a piece of text held. Rows are JSON within, because whoever moves them need not look into them. */
export interface FoundRows {
  /** Key, number within the file, `KeptRow`, and the values as Spanner takes them. */
  good: [key: string, number: number, row: string, values: string][];
  /** `RefusedRow`. */
  bad: [number: number, row: string][];
  /** Columns of the values; null before the header line. */
  columns: string[] | null;
  /** `CsvFile`, once it is known. */
  file: string | null;
}

export interface RejectPage {
  file: CsvFile;
  /** Some file of the load has a record that could not be cut. */
  withRecords: boolean;
  /** The header line comes before the rows. */
  withHeader: boolean;
  rows: RefusedRow[];
}

const COMMIT_TIMESTAMP = 'spanner.commit_timestamp()';
const FOREIGN = /[\0\uDC80-\uDCFF]/;
const BEYOND_ASCII = /[\x80-\u{dbff}\u{e000}-\u{10ffff}]/u;

/**
 * Everything that is decided of a file of rows, as `healthmon load` decides it, for engines that have nothing but
 * JavaScript itself: they move bytes from Cloud Storage to here, and from here to Spanner.
 */
export function openLoader(settings: LoaderSettings) {
  const { schema, csv, commitTimestamp, severalFiles, maxRejects } = settings;
  const options = { ...settings.rows, map: Object.assign(Object.create(null), settings.rows.map) };
  const decoded = { encoding: 'utf-8' as const, suspicious: false, sawMultibyte: false };
  let parser: CsvParser;
  let found: FoundRows;
  const keep = ({ record: { line, raw } }: ScannedRow): KeptRow => ({ line, raw });
  const look = (text: string) => {
    decoded.suspicious = FOREIGN.test(text);
    decoded.sawMultibyte ||= BEYOND_ASCII.test(text);
    return text;
  };
  const take = (): FoundRows => {
    const taken = found;
    found = { ...taken, good: [], bad: [] };
    return taken;
  };
  return {
    begin({ label, stem, sample, text }: BeginFile): FoundRows {
      refuseOthers(sample, csv, label);
      Object.assign(decoded, { suspicious: false, sawMultibyte: false });
      found = { good: [], bad: [], columns: null, file: null };
      let positions: number[] = [];
      const scanner = new RowScanner(
        schema,
        options,
        { label, stem },
        {
          open(file, fields) {
            refuseRecords(file, label);
            const columns = fields.map(({ name }) => name);
            positions = schema.primaryKey.map((name) => columns.indexOf(name));
            found.columns = commitTimestamp === null ? columns : [...columns, commitTimestamp];
            found.file = JSON.stringify(file);
          },
          good(row) {
            const values = commitTimestamp === null ? row.values : [...row.values, COMMIT_TIMESTAMP];
            const key = keyText(row.values, positions)!;
            found.good.push([key, row.number, JSON.stringify(keep(row)), valuesText(values)]);
          },
          bad(row, problems) {
            const refused: RefusedRow = { ...keep(row), broken: row.broken, problems };
            found.bad.push([row.number, JSON.stringify(refused)]);
          },
        },
        0,
      );
      parser = new CsvParser(scanner, csv, decoded, look(text), label);
      return take();
    },
    push(text: string): FoundRows {
      parser.push(look(text));
      return take();
    },
    /** The file has ended. @param rest of the text */
    end(rest: string): FoundRows {
      parser.end(look(rest));
      parser.check();
      return take();
    },
    /** Why a row is refused whose key another row has, which stands there. */
    repeated({ label, line }: { label: string; line: number }): Problem {
      return repetitionOf(schema.primaryKey.join(', '), `${severalFiles ? `${label}, ` : ''}line ${line}`);
    },
    /** Why Spanner refused a row; null when the row is not at fault. @param message `5 NOT_FOUND: …` */
    refused({ code, message }: { code: number; message: string }): Problem | null {
      return isRowFault(code, message) ? refusalOf(code, message) : null;
    },
    /** Whether so many rows are refused that none is to be written. */
    exceeds(counts: { rowsRead: number; rowsRejected: number }): boolean {
      return exceeds(counts, maxRejects ?? undefined);
    },
    /** Text of a reject file. */
    rejects({ file, withRecords, withHeader, rows }: RejectPage): string {
      const lines = new RejectLines(file, withRecords);
      const text = rows.map(({ line, raw, broken, problems }) =>
        lines.row({ record: recordOf(raw, line, file), broken }, problems),
      );
      return (withHeader ? lines.header : '') + text.join('');
    },
  };
}

function refuseOthers(sample: string, csv: CsvOptions, label: string): void {
  const other = otherFormat(sample, csv.columns === undefined, label);
  if (other !== undefined) throw other;
  if (!/^(?:\xff\xfe|\xfe\xff)|\0/.test(sample)) return;
  throw usageError({
    code: 'unsupported',
    message: `${label} is not UTF-8, and jobs read nothing else.`,
    suggestion: 'Use "healthmon load", or convert the file to UTF-8.',
  });
}

function refuseRecords({ header }: CsvFile, label: string): void {
  if (!header.includes(RECORD_COLUMN)) return;
  throw usageError({
    code: 'unsupported',
    message: `${label} is a reject file with a column ${RECORD_COLUMN}, which jobs do not read.`,
    suggestion: 'Use "healthmon load".',
  });
}

/** Values as JSON that any reader takes for what they are: what JSON has no numbers for is text, as in Spanner's API. */
function valuesText(values: readonly Value[]): string {
  return `[${values.map(valueText).join(',')}]`;
}

function valueText(value: Value): string {
  if (Array.isArray(value)) return valuesText(value);
  if (typeof value !== 'number') return JSON.stringify(value);
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0.0' : String(value);
}
