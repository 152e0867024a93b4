import type { Problem } from '../../schema/row-validator.js';
import type { Field, TableSchema } from '../../schema/table-schema.js';
import { KeyIndex, keyText } from './key-index.js';
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
  /** Problems of rows that repeat the key of an earlier good row, by row number. */
  duplicates: ReadonlyMap<number, Problem[]>;
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
    const duplicates = suspected.length === 0 ? new Map() : await findDuplicates(input, options, suspected);
    for (const problems of duplicates.values()) reasons.add(problems);
    return {
      rowsRead,
      rowsRejected: rowsRejected + duplicates.size,
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

/** Looks at the keys themselves of all rows whose hashes met. The first good row with a key wins. */
async function findDuplicates(
  input: TableInput,
  options: ScanOptions,
  sets: readonly UniqueSet[],
): Promise<Map<number, Problem[]>> {
  const duplicates = new Map<number, Problem[]>();
  const seen = sets.map(() => new Map<string, string>());
  let place = '';
  const visitor: ScanVisitor = {
    open(source, _file, fields) {
      locate(sets, fields);
      place = input.sources.length > 1 ? `${source.label}, line ` : 'line ';
    },
    good({ number, record, values }) {
      let problems: Problem[] | undefined;
      const fresh: [Map<string, string>, string][] = [];
      for (const [which, set] of sets.entries()) {
        const key = keyText(values, set.positions);
        if (key === undefined || !set.index.isSuspect(key)) continue;
        const first = seen[which]!.get(key);
        if (first === undefined) fresh.push([seen[which]!, key]);
        else {
          problems ??= [];
          problems.push({
            column: set.fields.join(', '),
            reason: 'repeats the key of an earlier row',
            hint: `the first is on ${first}; remove one of both or give it its own key`,
          });
        }
      }
      if (problems !== undefined) duplicates.set(number, problems);
      else for (const [keys, key] of fresh) keys.set(key, place + record.line);
    },
    bad() {},
  };
  await scanTable(input, options, visitor);
  return duplicates;
}
