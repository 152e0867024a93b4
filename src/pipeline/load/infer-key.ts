import { usageError } from '../../errors/healthmon-error.js';
import type { CsvOptions } from './csv/csv-parser.js';
import { readCsv } from './csv/csv-reader.js';
import type { Column } from './infer-column.js';
import { KeyIndex } from './key-index.js';
import { keyText } from './key-text.js';
import { type Source, textBytes } from './source.js';

/** Spanner takes 16; a key of more than this is none. */
const MAX_KEY_COLUMNS = 10;
/** Longer texts are no keys. */
export const LONGEST_KEY = 2048;

/** Words that a name of what identifies a row ends with. */
const IDENTIFIES = new Set(
  'id key pk uuid guid mrn ssn nr ref reference identifier rowid accession barcode'.split(' '),
);
/** A number or code identifies when it is of one of these, or of nothing: a phone number does not. */
const NUMBERED =
  /^(?:(?:patient|person|subject|case|record|chart|encounter|visit|admission|hospital|medical|order|sample|specimen|study|row|line|serial|account|claim) ?)*(?:record )?(?:number|num|no|code)$/;
/** Words that together with an id tell rows apart. */
const DISTINGUISHES = new Set(
  'code type kind test parameter variable analyte measure measurement category visit period day week month year hour seq sequence line position item'.split(
    ' ',
  ),
);

/** The words of a column's name, in small letters: `Patient_ID`, `patientId` and `PATIENT ID` are the same. */
function wordsOf(header: string): string[] {
  return header
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function isNamedLikeId(header: string): boolean {
  const words = wordsOf(header);
  const last = words.at(-1) ?? '';
  return (
    IDENTIFIES.has(last) ||
    (words.length > 1 && words[0] === 'id') ||
    /^(?:patient|person|subject|encounter|visit|case|record|sample|order)id$/.test(last) ||
    NUMBERED.test(words.join(' '))
  );
}

function isAble({ missing, type, longest }: Column): boolean {
  return missing === 0 && longest <= LONGEST_KEY && !/FLOAT64|JSON|BOOL/.test(type?.type ?? '');
}

export interface FoundKey {
  columns: Column[];
  /** It holds more than ids, times and codes, so rows that are alike may come with the next file. */
  isGuess: boolean;
}

/**
 * A column without repeats that looks like an id by its name, or else by its values; or else as few as possible of
 * the ids, times and codes that together have none; or else those and others. A measurement alone is no key, however
 * different it is in each row.
 * @param kept columns that stay in a key of several: a row of one patient must not replace a like row of another.
 */
export async function findKey(
  source: Source,
  columns: readonly Column[],
  csv: CsvOptions,
  kept: ReadonlySet<Column>,
): Promise<FoundKey> {
  const able = columns.filter(isAble);
  const named = able.filter(({ header }) => isNamedLikeId(header));
  const formed = able.filter((column) => column.isIdentifying && !named.includes(column));
  const ids = [...named, ...formed];
  const isId = (column: Column) => ids.includes(column) || kept.has(column);
  const isPart = (column: Column) =>
    isId(column) || column.isTemporal || DISTINGUISHES.has(wordsOf(column.header).at(-1) ?? '');
  const parts = able.filter(isPart);
  const ordered = [...parts, ...able.filter((column) => !isPart(column))].slice(0, MAX_KEY_COLUMNS);
  const prefixes = ordered
    .map((_, index) => ordered.slice(0, index + 1))
    .filter((prefix) => prefix.length > 1 && prefix.some(isId));
  let key = await firstUnique(source, [...ids.map((column) => [column]), ...prefixes], csv);
  if (key === undefined) throw noKey(source);
  const isGuess = !key.every(isPart);
  for (const column of key.slice(0, -1).reverse()) {
    const without: Column[] = key.filter((other) => other !== column);
    if (kept.has(column) || !without.some(isId) || (isGuess && isPart(column))) continue;
    key = (await firstUnique(source, [without], csv)) ?? key;
  }
  return { columns: key, isGuess };
}

function noKey(source: Source): Error {
  return usageError({
    code: 'no-key-found',
    message: `Nothing in ${source.label} looks like a key: no id, alone or with other columns, is different in every row.`,
    suggestion:
      'Name the columns that identify a row by --key "A,B", or add --key-from-row if two rows may be alike.',
  });
}

/** Whether the columns are different in every row. */
export async function isUnique(
  source: Source,
  columns: readonly Column[],
  csv: CsvOptions,
): Promise<boolean> {
  return (await firstUnique(source, [[...columns]], csv)) !== undefined;
}

async function firstUnique(
  source: Source,
  candidates: readonly Column[][],
  csv: CsvOptions,
): Promise<Column[] | undefined> {
  const indexes = candidates.map(() => new KeyIndex());
  let width = 0;
  try {
    await readCsv(textBytes(source), csv, source.label, {
      open({ header }) {
        width = header.length;
      },
      record(record) {
        if (record.count !== width) return;
        for (const [which, candidate] of candidates.entries()) {
          const values = candidate.map((column) => column.valueOf(record));
          const key = keyText(values, [...values.keys()]);
          if (key !== undefined) indexes[which]!.add(key);
        }
      },
      broken() {},
    });
    return candidates.find((_, which) => !indexes[which]!.hasSuspects());
  } finally {
    for (const index of indexes) index.close();
  }
}
