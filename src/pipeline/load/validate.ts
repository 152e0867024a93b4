import type { Problem } from '../../schema/row-validator.js';
import type { Field, TableSchema } from '../../schema/table-schema.js';
import { KeyIndex } from './key-index.js';
import { keyText } from './key-text.js';
import { repetitionOf } from './refusal.js';
import { type ScanOptions, type ScanVisitor, scanTable, type TableInput } from './scan.js';

/** How often one reason occurred. Holds no data of any row. */
export interface ReasonCount {
  column: string;
  reason: string;
  count: number;
}

export class Reasons {
  readonly #counts = new Map<string, ReasonCount>();

  add(problems: readonly Problem[]): void {
    for (const { column, reason } of problems) {
      const key = `${column}\0${reason}`;
      const entry = this.#counts.get(key);
      if (entry === undefined) this.#counts.set(key, { column, reason, count: 1 });
      else entry.count++;
    }
  }

  /** Most frequent first. */
  top(limit: number): ReasonCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count).slice(0, limit);
  }
}

/** What a reading of all rows found, before anything is written. */
export interface Validation {
  rowsRead: number;
  rowsRejected: number;
  reasons: Reasons;
  duplicates: Duplicates;
  /** Some record could not be cut into the fields of the header. */
  hasBrokenRecords: boolean;
}

export interface ValidateProgress {
  rows: number;
  rejected: number;
}

interface UniqueSet {
  fields: readonly string[];
  index: KeyIndex;
  positions: number[];
}

/** Reads all rows and checks them, also against each other. */
export async function validateTable(
  input: TableInput,
  options: ScanOptions,
  onProgress?: (progress: ValidateProgress) => void,
): Promise<Validation> {
  const sets = uniqueSets(input.schema);
  const reasons = new Reasons();
  let rowsRead = 0;
  let rowsRejected = 0;
  let hasBrokenRecords = false;
  try {
    await scanTable(input, options, {
      open: (_source, _file, fields) => locate(sets, fields),
      good({ values }) {
        rowsRead++;
        for (const { index, positions } of sets) {
          const key = keyText(values, positions);
          if (key !== undefined) index.add(key);
        }
      },
      bad({ broken }, problems) {
        rowsRead++;
        rowsRejected++;
        reasons.add(problems);
        hasBrokenRecords ||= broken;
      },
      pause() {
        onProgress?.({ rows: rowsRead, rejected: rowsRejected });
        return undefined;
      },
    });
    const suspected = sets.filter(({ index }) => index.hasSuspects());
    const duplicates = await findDuplicates(input, options, suspected, reasons);
    return {
      rowsRead,
      rowsRejected: rowsRejected + duplicates.count,
      reasons,
      duplicates,
      hasBrokenRecords,
    };
  } finally {
    for (const { index } of sets) index.close();
  }
}

function uniqueSets(schema: TableSchema): UniqueSet[] {
  const unique = schema.fields.filter(
    ({ name, constraints }) => constraints.unique && schema.primaryKey.join() !== name,
  );
  return [schema.primaryKey, ...unique.map(({ name }) => [name])].map((fields) => ({
    fields,
    index: new KeyIndex(),
    positions: [],
  }));
}

function locate(sets: readonly UniqueSet[], fields: readonly Field[]): void {
  for (const set of sets) {
    set.positions = set.fields.map((name) => fields.findIndex((field) => field.name === name));
    // A unique column that the file does not bring has no values to repeat.
    if (set.positions.includes(-1)) set.positions = [];
  }
}

/** Lines of one file; place of a row as one number, source by source. */
const LINES_PER_SOURCE = 2 ** 40;

/** Rows that repeat the key of an earlier good row. Holds numbers only: there may be as many as rows. */
export class Duplicates {
  count = 0;
  /** For each set of unique columns: place of the first row with the key, by number of the row that repeats it. */
  readonly #firsts: Map<number, number>[];

  constructor(
    private readonly sources: TableInput['sources'],
    private readonly columns: readonly string[],
  ) {
    this.#firsts = columns.map(() => new Map());
  }

  add(number: number, repeated: readonly { which: number; place: number }[]): void {
    this.count++;
    for (const { which, place } of repeated) this.#firsts[which]!.set(number, place);
  }

  /** Problems of a row, by its number; undefined when it repeats nothing. */
  get(number: number): Problem[] | undefined {
    let problems: Problem[] | undefined;
    for (const [which, firsts] of this.#firsts.entries()) {
      const place = firsts.get(number);
      if (place === undefined) continue;
      const file =
        this.sources.length > 1 ? `${this.sources[Math.floor(place / LINES_PER_SOURCE)]!.label}, ` : '';
      problems ??= [];
      problems.push(repetitionOf(this.columns[which]!, `${file}line ${place % LINES_PER_SOURCE}`));
    }
    return problems;
  }
}

/** Looks at the keys themselves of all rows whose hashes met. The first good row with a key wins. */
async function findDuplicates(
  input: TableInput,
  options: ScanOptions,
  sets: readonly UniqueSet[],
  reasons: Reasons,
): Promise<Duplicates> {
  const duplicates = new Duplicates(
    input.sources,
    sets.map(({ fields }) => fields.join(', ')),
  );
  if (sets.length === 0) return duplicates;
  const seen = sets.map(() => new Map<string, number>());
  let source = -1;
  const visitor: ScanVisitor = {
    open(_source, _file, fields) {
      locate(sets, fields);
      source++;
    },
    good({ number, record, values }) {
      const repeated: { which: number; place: number }[] = [];
      const fresh: [Map<string, number>, string][] = [];
      for (const [which, set] of sets.entries()) {
        const key = keyText(values, set.positions);
        if (key === undefined || !set.index.isSuspect(key)) continue;
        const place = seen[which]!.get(key);
        if (place === undefined) fresh.push([seen[which]!, key]);
        else repeated.push({ which, place });
      }
      if (repeated.length > 0) {
        duplicates.add(number, repeated);
        reasons.add(duplicates.get(number)!);
      } else for (const [keys, key] of fresh) keys.set(key, source * LINES_PER_SOURCE + record.line);
    },
    bad() {},
  };
  await scanTable(input, options, visitor);
  return duplicates;
}
