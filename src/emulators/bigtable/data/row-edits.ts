import { WireReader } from '../../../core/wire-reader.js';
import { ServiceError } from '../../serving/service-error.js';
import { bytesField, textField } from '../../wire/writer.js';
import { compileFilter } from '../filters/filter.js';
import { type FilterTree, readFilter } from '../filters/filter-tree.js';
import { int64Bytes } from '../rows/aggregate.js';
import { type Column, compareColumns } from '../rows/family.js';
import type { Cell } from '../rows/row.js';
import { laterOf, type Table } from '../rows/table.js';
import type { Store } from '../store.js';
import { begin, inRow, keyError, noMutations } from './row-writes.js';
import { encodeRow } from './wire-messages.js';

/** Numbers of the fields of a `CheckAndMutateRowRequest`. */
const TRUE_MUTATIONS = 4;
const FALSE_MUTATIONS = 5;

/**
 * Carries out a `CheckAndMutateRowRequest`.
 * @param random from 0 to 1, for predicates that sample.
 * @returns whether the predicate matched, and what was done as a `MutateRowRequest`: it is the same when the request
 *   is carried out again, which the predicate need not be. Undefined when there was nothing to do.
 */
export function checkAndMutateRow(
  store: Store,
  request: Buffer,
  timeMs: number,
  random: () => number,
): { matched: boolean; mutateRow: Buffer | undefined } {
  const { table, batch } = begin(store, request, 9, timeMs);
  const { key, predicate } = readCheck(request);
  const refusal = keyError(key);
  if (refusal !== undefined) throw refusal;
  const filter = predicate === undefined ? undefined : compileFilter(predicate, random);
  const chosen = new Map<number, { from: number; to: number; fields: Buffer[] }>();
  for (const field of [TRUE_MUTATIONS, FALSE_MUTATIONS]) {
    const from = batch.count;
    const fields = readMutations(store, request, table, field, key);
    chosen.set(field, { from, to: batch.count, fields });
  }
  if (batch.count === 0) throw noMutations();
  const cells = table.rows.get(key)?.live(table.nowMicros) ?? [];
  const matched = (filter === undefined ? cells : filter(cells, { key, sunk: [] })).length > 0;
  const { from, to, fields } = chosen.get(matched ? TRUE_MUTATIONS : FALSE_MUTATIONS)!;
  table.apply(key, batch, from, to);
  batch.clear();
  if (fields.length === 0) return { matched, mutateRow: undefined };
  const head = [textField(1, table.name), bytesField(2, Buffer.from(key, 'latin1'))];
  return { matched, mutateRow: Buffer.concat([...head, ...fields]) };
}

function readCheck(request: Buffer): { key: string; predicate: FilterTree | undefined } {
  let key = '';
  let predicate: FilterTree | undefined;
  const reader = new WireReader(request);
  while (reader.next()) {
    if (reader.isBytes(2)) key = reader.latin1();
    else if (reader.isBytes(6)) predicate = readFilter(reader);
    else reader.skip();
  }
  return { key, predicate };
}

/** Puts the mutations of a field into the batch. @returns them as fields of a `MutateRowRequest`. */
function readMutations(store: Store, request: Buffer, table: Table, field: number, key: string): Buffer[] {
  const fields: Buffer[] = [];
  const reader = new WireReader(request);
  while (reader.next()) {
    if (!reader.isBytes(field)) {
      reader.skip();
      continue;
    }
    const start = reader.at;
    fields.push(bytesField(3, reader.slice()));
    reader.at = start;
    try {
      store.batch.read(reader, table, fields.length - 1, false);
    } catch (error) {
      throw error instanceof ServiceError ? inRow(error, key, table) : error;
    }
  }
  return fields;
}

interface Rule {
  family: string;
  qualifier: string;
  append: Buffer | undefined;
  increment: bigint | undefined;
}

/** Carries out a `ReadModifyWriteRowRequest`, all of its rules or none. @returns the response. */
export function readModifyWriteRow(store: Store, request: Buffer, timeMs: number): Buffer {
  const { table } = begin(store, request, 6, timeMs);
  const { key, rules } = readRules(request);
  const refusal = keyError(key);
  if (refusal !== undefined) throw refusal;
  if (rules.length === 0) throw new ServiceError('INVALID_ARGUMENT', 'No rules provided');
  const cells = new Map<Column, Cell>();
  for (const [element, rule] of rules.entries()) {
    try {
      const cell = modified(table, key, cells, rule, element);
      cells.set(cell.column, cell);
    } catch (error) {
      throw error instanceof ServiceError ? inRow(error, key, table) : error;
    }
  }
  const changed = [...cells.values()].sort((a, b) => compareColumns(a.column, b.column));
  table.change(key, (row) => {
    for (const { column, high, low, bytes } of changed) table.setCell(row, column, high, low, bytes);
  });
  return bytesField(1, encodeRow(Buffer.from(key, 'latin1'), changed));
}

function readRules(request: Buffer): { key: string; rules: Rule[] } {
  let key = '';
  const rules: Rule[] = [];
  const reader = new WireReader(request);
  while (reader.next()) {
    if (reader.isBytes(2)) key = reader.latin1();
    else if (reader.isBytes(3)) rules.push(readRule(reader));
    else reader.skip();
  }
  return { key, rules };
}

function readRule(reader: WireReader): Rule {
  const rule: Rule = { family: '', qualifier: '', append: undefined, increment: undefined };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.isBytes(1)) rule.family = reader.text();
    else if (reader.isBytes(2)) rule.qualifier = reader.latin1();
    else if (reader.isBytes(3)) {
      rule.append = reader.slice();
      rule.increment = undefined;
    } else if (reader.isVarint(4)) {
      reader.int64();
      rule.increment = (BigInt(reader.high) << 32n) | BigInt(reader.low >>> 0);
      rule.append = undefined;
    } else reader.skip();
  }
  reader.leave(outer);
  return rule;
}

/** The cell that a rule makes of the newest one of its column, or of the one that a rule before it made. */
function modified(
  table: Table,
  key: string,
  cells: ReadonlyMap<Column, Cell>,
  rule: Rule,
  element: number,
): Cell {
  const family = table.family(rule.family);
  const where = `Error in field 'rules' : Error in element #${element} : `;
  if (family.aggregator !== undefined) {
    throw new ServiceError('INVALID_ARGUMENT', `${where}'${rule.family}' is an aggregate family`);
  }
  const column = family.column(rule.qualifier);
  const before =
    cells.get(column) ??
    table.rows
      .get(key)
      ?.live(table.nowMicros)
      .find((cell) => cell.column === column);
  const value = before?.bytes.subarray(before.start, before.end) ?? Buffer.alloc(0);
  const { high, low } = laterOf(table.now, before);
  const bytes = newValue(rule, value, where);
  return { column, high, low, bytes, start: 0, end: bytes.length, labels: undefined };
}

function newValue({ append, increment }: Rule, value: Buffer, where: string): Buffer {
  if (append !== undefined) return Buffer.concat([value, append]);
  if (increment === undefined) throw new ServiceError('INVALID_ARGUMENT', `${where}no rule is set`);
  if (value.length !== 0 && value.length !== 8) {
    throw new ServiceError(
      'FAILED_PRECONDITION',
      `${where}increment needs a value of 8 bytes, but it has ${value.length}`,
    );
  }
  return int64Bytes(BigInt.asIntN(64, (value.length === 0 ? 0n : value.readBigInt64BE()) + increment));
}
