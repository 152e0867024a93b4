import { didYouMean } from '../../core/closest.js';
import { shellQuoted } from '../../core/shell-quoted.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { CellOptions } from '../../schema/cell-parsers.js';
import { CellProblem, textProblem, type Value } from '../../schema/cell-problem.js';
import { columnChecks, MISSING, type Problem, problemOf } from '../../schema/row-validator.js';
import { type Field, inputFields, sourceLineField, type TableSchema } from '../../schema/table-schema.js';
import type { CsvRecord } from './csv/csv-parser.js';
import type { Source } from './source.js';

/** Columns that a reject file has besides those of its source; they are ignored when it is loaded again. */
export const REJECT_COLUMNS = ['_line', '_column', '_reason', '_hint'] as const;

export type ColumnMap = Readonly<Record<string, string>>;

export interface RowOptions extends CellOptions {
  /** Unquoted texts that mean NULL; the table schema's `missingValues` when undefined. */
  nullMarkers?: readonly string[];
  /** Column of the table by the name in the file; without a prototype, for names such as `constructor`. */
  map?: ColumnMap;
  ignoreExtraColumns?: boolean;
  /** Columns of the table that the file may lack, if they are optional. */
  allowMissingColumns?: boolean;
}

/** What a row may say of the file that it stands in. */
export type SourceName = Pick<Source, 'label' | 'stem'>;

interface Cell {
  /** Position in the file. */
  index: number;
  /** Position among the fields of the schema that rows bring. */
  target: number;
  name: string;
  isText: boolean;
  required: boolean;
  parse: (text: string) => Value | CellProblem;
}

/** Checks the rows of one file against the schema. `values` holds the last row, in the order of `fields`. */
export class RowChecker {
  /** Fields that the file brings, in the order of the schema. */
  readonly fields: readonly Field[];
  readonly values: Value[];
  readonly #cells: readonly Cell[];
  readonly #width: number;
  readonly #emptyIsNull: boolean;
  readonly #markers: ReadonlySet<string> | undefined;
  /** Where the name of file and line goes; -1 when the table has no column for it. */
  readonly #lineTarget: number;
  readonly #stem: string;

  constructor(schema: TableSchema, header: readonly string[], options: RowOptions, source: SourceName) {
    const markers = options.nullMarkers ?? schema.missingValues;
    this.#emptyIsNull = markers.includes('');
    const others = markers.filter((marker) => marker !== '');
    this.#markers = others.length === 0 ? undefined : new Set(others);
    this.#width = header.length;
    const positions = matchHeader(schema, header, options, source.label);
    const checks = columnChecks(schema, options).filter((check) => positions.has(check.field.name));
    const line = sourceLineField(schema);
    this.fields = [...checks.map((check) => check.field), ...(line === undefined ? [] : [line])];
    this.#lineTarget = line === undefined ? -1 : checks.length;
    // A row that was rejected and corrected stays the same row.
    this.#stem = source.stem.replace(/\.rejects$/, '');
    this.#cells = checks.map((check, target) => ({
      index: positions.get(check.field.name)!,
      target,
      name: check.field.name,
      isText: check.field.type === 'STRING' && !check.field.array,
      required: check.required,
      parse: check.parse,
    }));
    this.values = new Array<Value>(this.fields.length).fill(null);
  }

  /**
   * Checks a row and fills `values`. Gives every problem of it, or undefined when there is none.
   * @param line of the file that the row first stood in.
   */
  check(record: CsvRecord, suspicious: boolean, line = record.line): Problem[] | undefined {
    if (record.count !== this.#width) return [widthProblem(record.count, this.#width)];
    const { fields, quoted } = record;
    const { values } = this;
    let problems: Problem[] | undefined;
    for (const cell of this.#cells) {
      const text = fields[cell.index]!;
      let value: Value | CellProblem;
      if (text.length === 0 && !(cell.isText && (quoted[cell.index] === 1 || !this.#emptyIsNull))) {
        value = cell.required ? MISSING : null;
      } else if (this.#markers !== undefined && quoted[cell.index] === 0 && this.#markers.has(text)) {
        value = cell.required ? MISSING : null;
      } else {
        value = (suspicious ? textProblem(text) : undefined) ?? cell.parse(text);
      }
      if (value instanceof CellProblem) {
        problems ??= [];
        problems.push(problemOf(cell.name, value));
      } else values[cell.target] = value;
    }
    if (this.#lineTarget >= 0) values[this.#lineTarget] = `${this.#stem}:${line}`;
    return problems;
  }
}

/** Why a row of `count` fields is refused below a header of `width`. */
export function widthProblem(count: number, width: number): Problem {
  const few = count < width;
  return {
    column: '',
    reason: few ? 'fewer fields than the header' : 'more fields than the header',
    hint: few
      ? `it has ${count} of ${width} fields`
      : `it has ${count} fields instead of ${width}; a field that holds the delimiter needs quotes`,
  };
}

/**
 * The field that each column of the file brings, undefined for others: by the map, whose pairs are for the tables
 * that have their column, by its name, or by its title, where no other column has the name.
 */
export function headerFields(
  header: readonly string[],
  map: ColumnMap,
  fields: readonly Field[],
): (Field | undefined)[] {
  const names = new Map(fields.map((field) => [field.name, field]));
  const named = header.map((column) => names.get(map[column] ?? '') ?? names.get(column));
  const titles = new Map<string, Field | undefined>();
  for (const field of fields) {
    if (field.title === undefined || named.includes(field)) continue;
    titles.set(field.title, titles.has(field.title) ? undefined : field);
  }
  return header.map((column, index) => named[index] ?? titles.get(column));
}

/** Position in the file of each field of the schema. Throws when the header does not match. */
function matchHeader(
  schema: TableSchema,
  header: readonly string[],
  options: RowOptions,
  label: string,
): Map<string, number> {
  const wanted = inputFields(schema);
  const fields = headerFields(header, options.map ?? {}, wanted);
  const positions = new Map<string, number>();
  const extra: string[] = [];
  for (const [index, column] of header.entries()) {
    const name = fields[index]?.name;
    if (name !== undefined) {
      const other = positions.get(name);
      if (other !== undefined) throw collision(label, header[other]!, column, name);
      positions.set(name, index);
    } else if (!isIgnored(schema, column)) extra.push(column);
  }
  const missing = wanted.filter((field) => !positions.has(field.name));
  const fatal = missing.filter(
    (field) =>
      !options.allowMissingColumns || field.constraints.required || schema.primaryKey.includes(field.name),
  );
  if (fatal.length > 0 || (extra.length > 0 && !options.ignoreExtraColumns)) {
    throw headerMismatch(schema, label, fatal, extra, {
      refused: !options.ignoreExtraColumns,
      known: positions.size > 0,
    });
  }
  return positions;
}

/** Columns of reject files, nameless ones, and those that the pipeline fills itself. */
function isIgnored(schema: TableSchema, column: string): boolean {
  return (
    column === '' ||
    column === '_record' ||
    (REJECT_COLUMNS as readonly string[]).includes(column) ||
    schema.fields.some((field) => field.filledBy !== undefined && field.name === column)
  );
}

function headerMismatch(
  schema: TableSchema,
  label: string,
  missing: readonly Field[],
  extra: readonly string[],
  { refused, known }: { refused: boolean; known: boolean },
): Error {
  const free = new Set(extra);
  const pairs = missing.flatMap((field) => {
    const near =
      [...free].find((column) => squeeze(column) === squeeze(field.name)) ?? didYouMean(field.name, free);
    if (near === undefined) return [];
    free.delete(near);
    return [{ near, name: field.name }];
  });
  const lines: string[] = [];
  if (missing.length > 0) lines.push(`Missing: ${listed(missing.map((field) => field.name))}.`);
  if (refused && extra.length > 0) {
    // A file without a header line begins with values of a patient.
    const isHeader = known || pairs.length > 0;
    lines.push(
      isHeader
        ? `Extra: ${listed(extra)}.`
        : `None of the ${extra.length} columns of its first line has a name of the table.`,
    );
  }
  for (const { near, name } of pairs) lines.push(`Did you mean "${near}" for ${name}?`);
  const mapped = pairs.map(({ near, name }) => `--map ${shellQuoted(`${near}=${name}`)}`).join(' ');
  return usageError({
    code: 'header-mismatch',
    message: `The header of ${label} does not match the table ${schema.spannerTable}.`,
    detail: lines.join('\n'),
    suggestion:
      mapped !== ''
        ? `Add ${mapped}.`
        : missing.length > 0
          ? 'Correct the header, name the columns by --columns, or give another table schema by --schema.'
          : 'Add --ignore-extra-columns to leave them out, or add them to the table schema.',
  });
}

function squeeze(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Names in an error: as many as one still reads. */
const LISTED_NAMES = 20;

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, LISTED_NAMES)
    .map((name) => (name.length > 128 ? `${name.slice(0, 128)}…` : name))
    .join(', ');
  return names.length > LISTED_NAMES ? `${shown} and ${names.length - LISTED_NAMES} more` : shown;
}

function collision(label: string, first: string, second: string, name: string): Error {
  return usageError({
    code: 'invalid-option',
    message: `Two columns of ${label} become ${name}: ${first} and ${second}.`,
    suggestion: 'Leave one of both out of --map, and add --ignore-extra-columns if it is not needed.',
  });
}
