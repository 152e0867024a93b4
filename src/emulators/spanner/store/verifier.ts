import { encodeKey } from '../values/key.js';
import type { Row } from '../values/value.js';
import { checkViolated, notUnique, referenceMissing, stillReferenced } from './constraint-errors.js';
import type { Language, RowScope } from './language.js';
import type { IndexInfo, ReferenceInfo, TableInfo } from './table-info.js';
import type { WriteView } from './write-view.js';

export interface VerifierContext {
  view: WriteView;
  language: Language;
  scope: RowScope;
}

/** What rows must hold together, once a statement or all mutations of a commit are carried out. */
export class Verifier {
  /** Keys of rows that were written, deleted ones among them. */
  readonly #touched = new Map<TableInfo, Set<string>>();
  /** Keys of rows that the transaction wrote, by what an index has of them. */
  readonly #own = new Map<IndexInfo, Map<string, string[]>>();

  constructor(private readonly context: VerifierContext) {}

  touch(info: TableInfo, key: string): void {
    let keys = this.#touched.get(info);
    if (keys === undefined) {
      keys = new Set();
      this.#touched.set(info, keys);
    }
    keys.add(key);
  }

  /**
   * @returns a promise only when a CHECK cannot be told at once
   * @throws ServiceError
   */
  verify(): void | Promise<void> {
    for (const [info, keys] of this.#touched) {
      for (const index of info.indexes) if (index.isUnique) this.#checkUnique(info, index, keys);
      for (const reference of info.references) this.#checkReferences(reference, keys);
      for (const reference of info.referencedBy) this.#checkReferenced(reference, keys);
    }
    return this.#verifyChecks();
  }

  #verifyChecks(): void | Promise<void> {
    let waiting: Promise<void> | undefined;
    for (const [info, keys] of this.#touched) {
      const { checks } = info.table;
      if (checks.length === 0) continue;
      const rows = this.#rows(info, keys);
      const { language, scope } = this.context;
      const check = () => language.violatedCheck(scope, info.table, rows, checks);
      const refuse = (violation: Awaited<ReturnType<typeof check>>) => {
        if (violation !== undefined) {
          throw checkViolated(info, violation.check.name, info.keyOf(violation.row));
        }
      };
      if (waiting !== undefined) waiting = waiting.then(check).then(refuse);
      else {
        const violation = check();
        if (violation instanceof Promise) waiting = violation.then(refuse);
        else refuse(violation);
      }
    }
    return waiting;
  }

  #rows(info: TableInfo, keys: Iterable<string>): Row[] {
    const writes = this.context.view.writes.get(info);
    const rows: Row[] = [];
    for (const key of keys) {
      const row = writes?.get(key)?.row;
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  #checkUnique(info: TableInfo, index: IndexInfo, keys: ReadonlySet<string>): void {
    const writes = this.context.view.writes.get(info)!;
    for (const key of keys) {
      const row = writes.get(key)?.row;
      if (row === undefined || !index.includes(row)) continue;
      const parts = index.encodedPartsOf(row);
      const before = this.context.view.committed(info, key);
      const isSame = before !== undefined && index.includes(before) && index.encodedPartsOf(before) === parts;
      if (!isSame && this.#holders(index, parts).some((other) => other !== key)) {
        throw notUnique(index, index.partsOf(row));
      }
    }
  }

  #checkReferences(reference: ReferenceInfo, keys: ReadonlySet<string>): void {
    const { from, to, fromIndex, toIndex, foreignKey } = reference;
    let last = '';
    for (const row of this.#rows(from, keys)) {
      if (!fromIndex.includes(row)) continue;
      const values = fromIndex.partsOf(row);
      const parts = encodeKey(toIndex?.partTypes ?? to.keyParts, values);
      if (parts === last) continue;
      const isThere =
        toIndex === undefined
          ? this.context.view.getEncoded(to, parts) !== undefined
          : this.#holders(toIndex, parts).length > 0;
      if (!isThere) throw referenceMissing(foreignKey, from);
      last = parts;
    }
  }

  /** That nobody refers to a row which is not there any more. */
  #checkReferenced(reference: ReferenceInfo, keys: ReadonlySet<string>): void {
    const { to, from, fromIndex, toIndex, foreignKey } = reference;
    const { view } = this.context;
    const columns = foreignKey.referencedColumns.map((column) => to.place(column)!);
    for (const key of keys) {
      const before = view.committed(to, key);
      if (before === undefined) continue;
      const values = columns.map((place) => before[place]!);
      if (values.some((value) => value === null)) continue;
      const after = view.writes.get(to)?.get(key)?.row;
      const isSame =
        after !== undefined &&
        encodeKey(
          fromIndex.partTypes,
          columns.map((place) => after[place]!),
        ) === encodeKey(fromIndex.partTypes, values);
      // Another row may have taken over what this one was referred to by.
      if (
        isSame ||
        (toIndex !== undefined && this.#holders(toIndex, encodeKey(toIndex.partTypes, values)).length > 0)
      ) {
        continue;
      }
      if (this.#holders(fromIndex, encodeKey(fromIndex.partTypes, values)).length > 0) {
        throw stillReferenced(from);
      }
    }
  }

  /** Keys of rows with these parts in an index, as the transaction leaves them. */
  #holders(index: IndexInfo, parts: string): string[] {
    const { view } = this.context;
    const writes = view.writes.get(index.table);
    const committed = view.committedKeys(index, parts);
    if (writes === undefined) return committed;
    return [...committed.filter((key) => !writes.has(key)), ...(this.#ownBy(index).get(parts) ?? [])];
  }

  #ownBy(index: IndexInfo): Map<string, string[]> {
    let own = this.#own.get(index);
    if (own !== undefined) return own;
    own = new Map();
    for (const [key, { row }] of this.context.view.writes.get(index.table) ?? []) {
      if (row === undefined || !index.includes(row)) continue;
      const parts = index.encodedPartsOf(row);
      const keys = own.get(parts);
      if (keys === undefined) own.set(parts, [key]);
      else keys.push(key);
    }
    this.#own.set(index, own);
    return own;
  }
}
