import { type CellOptions, cellParser } from '../../schema/cell-parsers.js';
import { type CellParser, CellProblem, type Value } from '../../schema/cell-problem.js';
import type { ColumnType, Field } from '../../schema/table-schema.js';
import type { CsvRecord } from './csv/csv-parser.js';
import { exceeds } from './load-errors.js';
import type { MaxRejects } from './max-rejects.js';

/** A type that a column may have, and how it is declared. */
export interface Candidate {
  type: ColumnType;
  declared: string;
  storageType?: string;
  /** What its values are called. */
  values: string;
}

/** Most special first: the first type that every value has is the column's. */
const CANDIDATES: readonly Candidate[] = [
  { type: 'BOOL', declared: 'boolean', values: 'true or false' },
  { type: 'INT64', declared: 'integer', values: 'whole numbers' },
  { type: 'NUMERIC', declared: 'number', storageType: 'NUMERIC', values: 'numbers' },
  { type: 'FLOAT64', declared: 'number', values: 'numbers' },
  { type: 'DATE', declared: 'date', values: 'dates' },
  { type: 'TIMESTAMP', declared: 'datetime', values: 'times' },
  { type: 'JSON', declared: 'object', values: 'JSON' },
];

/** Values that are not of a type do not speak against it as long as they are at most this share. */
const FEW = 0.2;
/** More numbers with leading zeros than this share tell that all of the column are codes. */
const FEW_CODES = 0.01;
/** So many misfits are always looked at: a file may begin with them. */
const SAMPLE = 20_000;
/** Distinct values kept to propose an enumeration. */
const MAX_CHOICES = 12;

/** Values that are not of a type, of one kind. */
interface Misfit {
  count: number;
  line: number;
  text: string;
  problem: CellProblem;
}

/** What keeps a column from a type that nearly all of its values have. */
export interface TypeException {
  /** Name in the file. */
  column: string;
  /** Type in Table Schema. */
  type: string;
  values: number;
  fitting: number;
  /** First line of the most frequent kind. */
  line: number;
  /** What stands there: the value itself if it may be shown, or else its form, letters as a and digits as 9. */
  found: string;
  valueShown: boolean;
  /** What `load` would say of it. */
  reason: string;
  hint: string;
  /** The column keeps the type, and `load` rejects the rows. */
  kept: boolean;
  /** What the values of the type are called. */
  called: string;
}

/** What speaks for and against one type. */
class Evidence {
  misfits = 0;
  readonly #kinds = new Map<string, Misfit>();
  /** Undefined when the column is of another type beyond doubt. */
  parse: CellParser | undefined;

  constructor(
    readonly candidate: Candidate,
    header: string,
    options: CellOptions,
  ) {
    const field: Field = {
      name: header,
      type: candidate.type,
      array: false,
      role: undefined,
      filledBy: undefined,
      constraints: {},
    };
    this.parse = cellParser(field, options);
  }

  look(text: string, line: number, values: number): void {
    if (this.parse === undefined) return;
    const problem = misfit(this.candidate.type, text, this.parse);
    if (problem === undefined) return;
    this.misfits++;
    const kind = problem.isOfType ? problem.hint : '';
    const seen = this.#kinds.get(kind);
    if (seen === undefined) this.#kinds.set(kind, { count: 1, line, text, problem });
    else seen.count++;
    if (this.misfits > SAMPLE && !this.isNear(values)) this.parse = undefined;
  }

  /** Nearly all values are of the type, however they are written. */
  isNear(values: number): boolean {
    const strange = this.#kinds.get('')?.count ?? 0;
    return strange <= values * FEW && this.codes <= values * FEW_CODES;
  }

  get codes(): number {
    return this.#kinds.get(LIKE_A_CODE.hint)?.count ?? 0;
  }

  get mostFrequent(): Misfit {
    return [...this.#kinds.values()].sort((a, b) => b.count - a.count)[0]!;
  }
}

/** One column of a file, and what its values say of its type. */
export class Column {
  values = 0;
  missing = 0;
  longest = 0;
  choices: Set<string> | undefined = new Set();
  readonly #evidence: readonly Evidence[];
  readonly #form = new Form();
  #settled: Evidence | undefined;
  #near: Evidence | undefined;

  constructor(
    readonly header: string,
    readonly index: number,
    options: CellOptions,
  ) {
    this.#evidence = CANDIDATES.map((candidate) => new Evidence(candidate, header, options));
  }

  look({ fields, line }: CsvRecord): void {
    const text = fields[this.index]!;
    if (text === '') {
      this.missing++;
      return;
    }
    this.values++;
    this.longest = Math.max(this.longest, text.length);
    if (this.choices !== undefined) {
      this.choices.add(text);
      if (this.choices.size > MAX_CHOICES) this.choices = undefined;
    }
    this.#form.look(text);
    for (const evidence of this.#evidence) evidence.look(text, line, this.values);
  }

  /** Looks like what identifies something: UUIDs, codes with one prefix, or numbers that count up by one. */
  get isIdentifying(): boolean {
    return this.#form.isIdentifying;
  }

  /** Undefined for text. */
  get type(): Candidate | undefined {
    return this.#settled?.candidate;
  }

  /** Nearly all values are dates or times. */
  get isTemporal(): boolean {
    const { type } = (this.#settled ?? this.#near)?.candidate ?? {};
    return type === 'DATE' || type === 'TIMESTAMP';
  }

  /**
   * Decides the type, after the last row.
   * @param tolerate how many values may lack it; none when undefined.
   */
  settle(tolerate: MaxRejects | undefined): void {
    if (this.values === 0) return;
    this.#settled = this.#evidence.find(({ parse, misfits }) => parse !== undefined && misfits === 0);
    if (this.#settled !== undefined) return;
    const isTolerated = ({ misfits, codes }: Evidence) =>
      tolerate !== undefined &&
      codes === 0 &&
      // A few rows of text are not a few mistakes in a column of numbers.
      misfits < this.values / 2 &&
      !exceeds({ rowsRead: this.values, rowsRejected: misfits }, tolerate);
    this.#near = this.#evidence
      .filter((each) => each.parse !== undefined && (each.isNear(this.values) || isTolerated(each)))
      .sort((a, b) => a.misfits - b.misfits)[0];
    if (this.#near !== undefined && isTolerated(this.#near)) this.#settled = this.#near;
  }

  /** What keeps the column from the type that the fewest values lack, or would have without the tolerance. */
  exception(showValues: boolean): TypeException | undefined {
    const near = this.#near;
    if (near === undefined) return undefined;
    const { line, text, problem } = near.mostFrequent;
    return {
      column: this.header,
      type: near.candidate.declared,
      values: this.values,
      fitting: this.values - near.misfits,
      line,
      found: showValues ? text : formOf(text),
      valueShown: showValues,
      reason: problem.reason,
      hint: problem.isOfType ? problem.hint : '',
      kept: this.#settled !== undefined,
      called: near.candidate.values,
    };
  }

  /** The value as it would be stored: 1.5 and 1.50 are the same key. */
  valueOf({ fields }: CsvRecord): Value {
    const text = fields[this.index]!;
    if (text === '') return null;
    const value = this.#settled?.parse?.(text) ?? text;
    return value instanceof CellProblem ? text : value;
  }
}

/** Letters as a, digits as 9: says how a value is written and not what it is. */
function formOf(text: string): string {
  const form = text.slice(0, 40).replaceAll(/\p{L}/gu, 'a').replaceAll(/\p{N}/gu, '9');
  return text.length > 40 ? `${form}…` : form;
}

const UUID = /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;
const CODE = /^([A-Za-z]{1,8}[-_.]?)\d[\w-]*$/;

/** Two numbers may follow each other by chance. */
const SHORTEST_COUNT = 3;

/** How all values of a column are written. */
class Form {
  #isUuid = true;
  /** Letters that every value begins with; undefined when they differ. */
  #prefix: string | undefined;
  #next: string | undefined;
  #count = 0;

  look(text: string): void {
    const isFirst = this.#count++ === 0;
    if (this.#isUuid && !UUID.test(text)) this.#isUuid = false;
    if (isFirst || this.#prefix !== undefined) {
      const prefix = CODE.exec(text)?.[1];
      this.#prefix = isFirst || prefix === this.#prefix ? prefix : undefined;
    }
    if (isFirst || this.#next !== undefined) {
      this.#next =
        (isFirst || text === this.#next) && /^\d{1,15}$/.test(text) ? String(Number(text) + 1) : undefined;
    }
  }

  get isIdentifying(): boolean {
    const counts = this.#next !== undefined && this.#count >= SHORTEST_COUNT;
    return this.#count > 0 && (this.#isUuid || this.#prefix !== undefined || counts);
  }
}

/** A leading zero is part of a code, such as a postal code, and a plus sign part of a phone number. */
const IS_CODE = /^\s*(?:[+-]?0\d|\+\d{7})/;

/** A double keeps 17 digits at most, so a longer number is more likely one that identifies something. */
function hasLostDigits(text: string): boolean {
  const digits = text.replace(/[eE].*$/, '').replaceAll(/\D/g, '');
  return digits.replace(/^0+/, '').length > 17;
}

/** Digits with separators and a currency. */
const AMOUNT = /^[+-]?\s*[$€£]?\s*\d[\d.,'\s]*[$€£%]?$/;

const LIKE_A_CODE = new CellProblem(
  'written like a code, with a leading zero or a plus sign',
  'as text it keeps them',
  true,
);
const OF_ANOTHER_TYPE = new CellProblem('of another type', 'correct the value');

/** Why a text is not of the type; undefined when it is. */
function misfit(type: ColumnType, text: string, parse: CellParser): CellProblem | undefined {
  switch (type) {
    case 'BOOL':
      // 0 and 1, Y and N are more often codes than truths.
      if (!/^(?:true|false)$/i.test(text)) return OF_ANOTHER_TYPE;
      break;
    case 'INT64':
    case 'NUMERIC':
      if (IS_CODE.test(text)) return LIKE_A_CODE;
      if (/[eE]/.test(text)) return OF_ANOTHER_TYPE;
      break;
    case 'FLOAT64':
      if (IS_CODE.test(text)) return LIKE_A_CODE;
      if (hasLostDigits(text)) return OF_ANOTHER_TYPE;
      break;
    case 'JSON':
      if (!/^[[{]/.test(text)) return OF_ANOTHER_TYPE;
      break;
  }
  const value = parse(text);
  if (!(value instanceof CellProblem)) return undefined;
  // A time and an address hold separators, too.
  return value.isOfType && /INT64|NUMERIC|FLOAT64/.test(type) && !AMOUNT.test(text) ? OF_ANOTHER_TYPE : value;
}
