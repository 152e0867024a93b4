import { afterPrefix, encodeKey } from '../values/key.js';
import type { Row } from '../values/value.js';
import { hasChildren } from './constraint-errors.js';
import { type DecodedRow, encodeRange } from './snapshot-view.js';
import type { ReferenceInfo, TableInfo } from './table-info.js';
import type { Verifier } from './verifier.js';
import type { KeySet } from './view.js';
import type { WriteView } from './write-view.js';

/** @returns the rows that were there. */
export function deleteKeys(view: WriteView, info: TableInfo, keys: KeySet, verifier: Verifier): Row[] {
  const deleted: Row[] = [];
  const remove = (row: DecodedRow) => {
    deleteRow(view, info, row, verifier);
    deleted.push(row.row);
  };
  const ranges = keys.all ? [{}] : keys.ranges;
  view.mutationCount += keys.keys.length + ranges.length;
  for (const key of keys.keys) {
    const encoded = encodeKey(info.keyParts, key);
    const row = view.getEncoded(info, encoded);
    if (row !== undefined) remove({ key: encoded, row });
  }
  for (const range of ranges) {
    for (const row of [...view.rowsIn(info, encodeRange(info.keyParts, range))]) {
      // Gone with its parent, or by a range before.
      if (view.getEncoded(info, row.key) !== undefined) remove(row);
    }
  }
  return deleted;
}

/** Deletes a row with what has to go with it. */
export function deleteRow(view: WriteView, info: TableInfo, row: DecodedRow, verifier: Verifier): void {
  for (const child of info.children) deleteChildren(view, info, child, row, verifier);
  verifier.touch(info, row.key);
  view.write(info, row.key, undefined);
  for (const reference of info.referencedBy) {
    if (reference.foreignKey.onDelete === 'CASCADE') deleteReferencing(view, reference, row.row, verifier);
  }
}

function deleteChildren(
  view: WriteView,
  info: TableInfo,
  child: TableInfo,
  { key, row }: DecodedRow,
  verifier: Verifier,
): void {
  const { enforced, onDelete } = child.table.interleave!;
  if (!enforced) return;
  const range = { start: key, end: afterPrefix(key) };
  for (const found of [...view.rowsIn(child, range)]) {
    if (onDelete !== 'CASCADE') throw hasChildren(info, child, info.keyOf(row));
    if (view.getEncoded(child, found.key) !== undefined) deleteRow(view, child, found, verifier);
  }
}

function deleteReferencing(view: WriteView, reference: ReferenceInfo, row: Row, verifier: Verifier): void {
  const { from, to, fromIndex, foreignKey } = reference;
  const values = foreignKey.referencedColumns.map((column) => row[to.place(column)!]!);
  const prefix = encodeKey(fromIndex.partTypes, values);
  const range = { start: prefix, end: afterPrefix(prefix) };
  for (const found of [...view.indexedRowsIn(fromIndex, range)]) {
    if (view.getEncoded(from, found.key) !== undefined) deleteRow(view, from, found, verifier);
  }
}
