import { ServiceError } from '../../serving/service-error.js';
import type { Column } from '../schema/model.js';
import { encodeKey } from '../values/key.js';
import type { Row, Value } from '../values/value.js';
import {
  columnMissing,
  generatedColumn,
  parentMissing,
  rowExists,
  rowMissing,
  valueMissing,
  type WriteSource,
} from './constraint-errors.js';
import { deleteKeys, deleteRow } from './delete-rows.js';
import type { Language, PendingRow, RowScope } from './language.js';
import { checkKeySize, checkRow } from './row-checks.js';
import { SchemaInfo, type TableInfo } from './table-info.js';
import { Verifier } from './verifier.js';
import type { Mutation, WriteKind } from './view.js';
import type { WriteView } from './write-view.js';

export interface WriteContext {
  view: WriteView;
  language: Language;
  scope: RowScope;
  source: WriteSource;
}

/**
 * Carries out mutations one after the other on what a transaction has written so far, then verifies what rows must
 * hold together.
 * @returns rows as they are after it, of deletions as they were
 * @throws ServiceError
 */
export async function writeRows(context: WriteContext, mutations: readonly Mutation[]): Promise<Row[]> {
  const info = SchemaInfo.of(context.view.schema);
  const verifier = new Verifier(context);
  const results: Row[] = [];
  for (const mutation of mutations) {
    const table = info.table(mutation.table);
    if (mutation.kind === 'delete') results.push(...deleteKeys(context.view, table, mutation.keys, verifier));
    else {
      const batch = new WriteBatch(context, verifier, table, mutation.kind, mutation.columns);
      for (const row of mutation.rows) {
        const full = batch.add(row);
        if (full !== undefined) await full;
      }
      const flushed = batch.flush();
      if (flushed !== undefined) await flushed;
      results.push(...batch.written);
    }
  }
  const verified = verifier.verify();
  if (verified !== undefined) await verified;
  return results;
}

/** Places of the columns of a mutation. @throws ServiceError for names that are none, or come twice. */
export function placesOf(info: TableInfo, columns: readonly string[]): number[] {
  const places: number[] = [];
  for (const name of columns) {
    const place = info.place(name);
    if (place === undefined) throw columnMissing(info.name, name);
    const column = info.table.columns[place]!;
    if (column.generated !== undefined) throw generatedColumn(info.table, column);
    if (places.includes(place)) {
      throw new ServiceError('INVALID_ARGUMENT', `Multiple values for column ${column.name}.`);
    }
    places.push(place);
  }
  return places;
}

function isMade(column: Column): boolean {
  return column.default !== undefined || column.generated !== undefined || column.identity !== undefined;
}

/**
 * Columns that are written; where any has a default or is generated, those too, and those of the key once more. See
 * notes 3 and 10 of https://cloud.google.com/spanner/quotas.
 */
function mutationsPerRow(info: TableInfo, given: readonly boolean[]): number {
  const written = given.filter(Boolean).length;
  const made = info.table.columns.filter((column, place) => !given[place] && isMade(column));
  return made.length === 0 ? written : written + made.length + info.keyParts.length;
}

interface Waiting extends PendingRow {
  /** Undefined while it depends on what the language makes of the row. */
  key: string | undefined;
}

/** Rows of one mutation, completed many at a time. */
class WriteBatch {
  readonly written: Row[] = [];
  readonly #places: readonly number[];
  readonly #given: readonly boolean[];
  readonly #keysArePlain: boolean;
  readonly #mutationsPerRow: number;
  /** A column that must have a value and is given none. */
  readonly #missing: Column | undefined;
  #waiting: Waiting[] = [];
  #keys = new Set<string>();
  #lastParent = '';

  constructor(
    private readonly context: WriteContext,
    private readonly verifier: Verifier,
    private readonly info: TableInfo,
    private readonly kind: WriteKind,
    columns: readonly string[],
  ) {
    this.#places = placesOf(info, columns);
    this.#given = info.table.columns.map((_, place) => this.#places.includes(place));
    this.#missing = info.table.columns.find(
      (column, place) => column.notNull && !this.#given[place] && !isMade(column),
    );
    this.#mutationsPerRow = mutationsPerRow(info, this.#given);
    this.#keysArePlain = !info.makesKeys || info.keyPlaces.every((place) => this.#given[place]);
  }

  /** @returns a promise when rows before it had to be written first, and take time. */
  add(row: Row): void | Promise<void> {
    this.context.view.mutationCount += this.#mutationsPerRow;
    const values = this.#spread(row);
    if (!this.#keysArePlain) {
      this.#waiting.push({ values, given: this.#given, isInsert: true, key: undefined });
      // A key that is made is not known to be new before it is there.
      return this.flush();
    }
    const key = this.info.encodedKeyOf(values);
    if (!this.#keys.has(key)) {
      this.#prepare(values, key);
      return undefined;
    }
    const flushed = this.flush();
    if (flushed === undefined) {
      this.#prepare(values, key);
      return undefined;
    }
    return flushed.then(() => this.#prepare(values, key));
  }

  /** Completes, checks and writes the rows that wait. */
  flush(): void | Promise<void> {
    const rows = this.#waiting;
    if (rows.length === 0) return undefined;
    this.#waiting = [];
    this.#keys.clear();
    const { language, scope } = this.context;
    const completed = language.complete(scope, this.info.table, rows);
    if (completed === undefined) return this.#settle(rows);
    return completed.then(() => this.#settle(rows));
  }

  #spread(row: Row): Value[] {
    const places = this.#places;
    const values = new Array<Value>(this.info.table.columns.length);
    for (let place = 0; place < values.length; place++) values[place] = null;
    for (let index = 0; index < places.length; index++) values[places[index]!] = row[index]!;
    return values;
  }

  #prepare(values: Value[], key: string): void {
    const existing = this.context.view.getEncoded(this.info, key);
    const isInsert = this.#decide(existing, values, key);
    if (!isInsert) this.#keepOthers(values, existing!);
    this.#keys.add(key);
    this.#waiting.push({ values, given: this.#given, isInsert, key });
  }

  /** @returns whether the row is written as a new one. */
  #decide(existing: Row | undefined, values: Row, key: string): boolean {
    const { info, kind } = this;
    if (kind === 'update') {
      if (existing === undefined) throw rowMissing(info, info.keyOf(values));
      return false;
    }
    if (existing === undefined) return true;
    // As the service documents it: what the row needs is given even where it is there already.
    if (kind === 'insert-or-update' && this.#missing !== undefined) {
      throw valueMissing(info.table, this.#missing);
    }
    if (kind === 'insert') throw rowExists(info, info.keyOf(values), this.context.source);
    if (kind === 'insert-or-update') return false;
    deleteRow(this.context.view, info, { key, row: existing }, this.verifier);
    return true;
  }

  #keepOthers(values: Value[], existing: Row): void {
    for (let place = 0; place < values.length; place++) {
      if (!this.#given[place]) values[place] = existing[place]!;
    }
  }

  #settle(rows: readonly Waiting[]): void | Promise<void> {
    for (const row of rows) {
      if (row.key !== undefined) {
        this.#write(row, row.key);
        continue;
      }
      const key = this.info.encodedKeyOf(row.values);
      const existing = this.context.view.getEncoded(this.info, key);
      const isInsert = this.#decide(existing, row.values, key);
      if (isInsert) this.#write(row, key);
      else {
        this.#keepOthers(row.values, existing!);
        this.#waiting.push({ ...row, isInsert, key });
        return this.flush();
      }
    }
    return undefined;
  }

  #write(row: Waiting, key: string): void {
    const { info } = this;
    checkRow(info, row, this.context.scope.nowNanos);
    checkKeySize(info, key);
    if (row.isInsert) this.#checkParent(row.values);
    this.verifier.touch(info, key);
    this.context.view.write(info, key, row.values);
    this.written.push(row.values);
  }

  #checkParent(row: Row): void {
    const { parent, table } = this.info;
    if (parent === undefined || table.interleave?.enforced !== true) return;
    const parentKey = this.info.keyOf(row).slice(0, parent.keyParts.length);
    const encoded = encodeKey(parent.keyParts, parentKey);
    // Children come together: one look for each run of them is enough.
    if (encoded === this.#lastParent) return;
    if (this.context.view.getEncoded(parent, encoded) === undefined) {
      throw parentMissing(parent, this.info, parentKey);
    }
    this.#lastParent = encoded;
  }
}
