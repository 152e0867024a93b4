import { type HealthmonError, usageError } from '../../../errors/healthmon-error.js';

const DECOMPRESS = 'Decompress it first, or compress it with gzip.';
const EXPORT = 'Export it as CSV first.';

/** First bytes of what is given by mistake, as Latin-1, what it is and what to do with it. */
const SIGNATURES: readonly [string, string, string][] = [
  [
    'PK\x03\x04',
    'a ZIP archive or an Excel workbook',
    'Unpack the archive, or save the sheet as CSV (UTF-8).',
  ],
  ['\xd0\xcf\x11\xe0', 'an old Excel or Word file', 'Save the sheet as CSV (UTF-8).'],
  ['\x1f\x8b', 'compressed by gzip twice', 'Decompress it once with gunzip.'],
  ['\xfd7zXZ', 'compressed by xz', DECOMPRESS],
  ['BZh91AY&SY', 'compressed by bzip2', DECOMPRESS],
  ['\x28\xb5\x2f\xfd', 'compressed by zstd', DECOMPRESS],
  ['PAR1', 'a Parquet file', EXPORT],
  ['Obj\x01', 'an Avro file', EXPORT],
  ['SQLite format 3', 'an SQLite database', EXPORT],
  ['%PDF-', 'a PDF document', EXPORT],
];

/** What begins a text that is no CSV, as far as no column is called so. */
const TEXTS: readonly [RegExp, string, string][] = [
  [
    /^\s*<(?:!doctype|html|\?xml)/i,
    'an HTML or XML document',
    'If it was downloaded, it may be a page to sign in; otherwise export it as CSV first.',
  ],
  [/^\s*(?:\[\s*)?\{\s*["}]/, 'JSON', 'Convert it to CSV first.'],
];

/**
 * The error for bytes that are no CSV but something known; undefined for all others.
 * @param text the first bytes of a file, decompressed, as Latin-1.
 * @param withHeader the file is said to begin with a header line.
 */
export function otherFormat(text: string, withHeader: boolean, label: string): HealthmonError | undefined {
  const found =
    SIGNATURES.find(([signature]) => text.startsWith(signature)) ??
    (withHeader ? TEXTS.find(([pattern]) => pattern.test(text)) : undefined);
  if (found === undefined) return undefined;
  const [, what, suggestion] = found;
  return usageError({
    code: 'other-format',
    message: `${label} is no CSV file: it is ${what}.`,
    suggestion,
  });
}
