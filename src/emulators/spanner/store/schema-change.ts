import { ServiceError } from '../../serving/service-error.js';
import type { PlannedStatement, SchemaWork } from '../schema/ddl.js';
import type { Column } from '../schema/model.js';
import { keyText, timestampText } from '../values/format.js';
import { encodeKey } from '../values/key.js';
import { TupleLayout } from '../values/tuple.js';
import type { Row, Value } from '../values/value.js';
import { checkViolated, parentMissing, referenceMissing } from './constraint-errors.js';
import type { Database } from './database.js';
import { type FinishedWrite, finishWrites } from './finish-writes.js';
import type { PendingRow } from './language.js';
import { checkLength } from './row-checks.js';
import type { DecodedRow } from './snapshot-view.js';
import { type IndexInfo, SchemaInfo, type TableInfo } from './table-info.js';
import { WriteView } from './write-view.js';

/** Rows completed at once. */
const BATCH_ROWS = 10_000;
const ALL = { start: '', end: undefined };

type Work<K extends SchemaWork['kind']> = Extract<SchemaWork, { kind: K }>;

/**
 * Does to the rows what a statement asks, without making its schema the current one.
 * @returns rows that it changes
 * @throws ServiceError when rows refuse it; then nothing is done
 */
export async function prepareSchemaChange(
  database: Database,
  { plan }: PlannedStatement,
  timestampMicros: number,
): Promise<FinishedWrite[]> {
  const view = new WriteView({
    schema: plan.schema,
    timestampMicros: Number.POSITIVE_INFINITY,
    treeOf: database.treeOf,
    remembersReads: false,
    apply: () => Promise.reject(new Error('A schema is changed by no mutations')),
  });
  const change = new SchemaChange(database, SchemaInfo.of(plan.schema), view);
  for (const work of plan.work) await change.fill(work);
  const built = database.buildIndexes(plan.schema);
  try {
    for (const index of built) if (index.isUnique) checkUnique(view, index);
    for (const work of plan.work) await change.verify(work);
  } catch (error) {
    for (const { treeId } of built) database.dropTree(treeId);
    throw error;
  }
  return finishWrites(view, timestampMicros, database.treeOf);
}

class SchemaChange {
  constructor(
    private readonly database: Database,
    private readonly info: SchemaInfo,
    private readonly view: WriteView,
  ) {}

  async fill(work: SchemaWork): Promise<void> {
    if (work.kind === 'fill-column') await this.#fillColumn(work);
    else if (work.kind === 'convert-column') this.#convertColumn(work);
  }

  async verify(work: SchemaWork): Promise<void> {
    switch (work.kind) {
      case 'check-length':
        this.#checkLength(work);
        return;
      case 'check-not-null':
        this.#checkNotNull(work);
        return;
      case 'check-commit-timestamps':
        this.#checkCommitTimestamps(work);
        return;
      case 'check-constraint':
        await this.#checkConstraint(work);
        return;
      case 'check-foreign-key':
        this.#checkForeignKey(work);
        return;
      case 'check-interleaving':
        this.#checkInterleaving(this.info.of(work.table));
        return;
    }
  }

  async #fillColumn({ table, column }: Work<'fill-column'>): Promise<void> {
    const info = this.info.of(table);
    const place = info.place(column.name)!;
    const given = info.table.columns.map((_, other) => other !== place);
    const scope = { ...this.database.rowScope(), schema: this.info.schema };
    let batch: (PendingRow & { key: string })[] = [];
    const flush = async () => {
      await this.database.engine.complete(scope, info.table, batch);
      for (const { key, values } of batch) this.view.write(info, key, values);
      batch = [];
    };
    for (const { key, row } of [...this.view.rowsIn(info, ALL)]) {
      batch.push({ key, values: [...row], given, isInsert: true });
      if (batch.length === BATCH_ROWS) await flush();
    }
    if (batch.length > 0) await flush();
  }

  #convertColumn({ table, column, from }: Work<'convert-column'>): void {
    const info = this.info.of(table);
    const place = info.place(column.name)!;
    const columns = info.table.columns.map((other, index) => (index === place ? from : other));
    const before = new TupleLayout(columns);
    const tree = this.database.treeOf(info.treeId);
    for (const { key, row } of [...(tree?.rows('', undefined, Number.POSITIVE_INFINITY) ?? [])]) {
      const values = before.decode(row);
      const converted = convert(values[place]!);
      if (converted === undefined) {
        throw failed(
          `Alteration of column ${column.name} is not allowed because it has an invalid UTF-8 character at key: ${shownKey(info, values)}`,
        );
      }
      values[place] = converted;
      this.view.write(info, key, values);
    }
  }

  #checkLength({ table, column }: Work<'check-length'>): void {
    for (const { info, row, value } of this.#values(table.name, column)) {
      try {
        checkLength(info, column, value);
      } catch (error) {
        const size = /size: (\d+)/.exec(String(error))?.[1];
        throw failed(
          `Reducing the length of column ${column.name} to ${column.maxLength} is not allowed because it has a value of length ${size} at key: ${shownKey(info, row)}`,
        );
      }
    }
  }

  #checkNotNull({ table, column }: Work<'check-not-null'>): void {
    for (const { info, row, value } of this.#values(table.name, column)) {
      if (value !== null) continue;
      throw failed(
        `Cannot specify a null value for column: ${column.name} in table: ${table.name} referenced by key: ${shownKey(info, row)}`,
      );
    }
  }

  #checkCommitTimestamps({ table, column }: Work<'check-commit-timestamps'>): void {
    const { nowNanos } = this.database.rowScope();
    for (const { info, row, value } of this.#values(table.name, column)) {
      if (value === null || (value as bigint) <= nowNanos) continue;
      const time = timestampText(value as bigint).replace('Z', '+00:00');
      throw failed(
        `Setting allow_commit_timestamp option on column ${column.name} is not allowed because it has a timestamp in the future at key: ${shownKey(info, row)} ${time}`,
      );
    }
  }

  *#values(
    table: string,
    column: Column,
  ): Generator<{ info: TableInfo; row: Row; value: Value }, void, void> {
    const info = this.info.table(table);
    const place = info.place(column.name)!;
    for (const { row } of this.view.rowsIn(info, ALL)) yield { info, row, value: row[place]! };
  }

  async #checkConstraint({ table, check }: Work<'check-constraint'>): Promise<void> {
    const info = this.info.of(table);
    const rows = [...this.view.rowsIn(info, ALL)].map(({ row }) => row);
    const scope = { ...this.database.rowScope(), schema: this.info.schema };
    const violation = await this.database.engine.violatedCheck(scope, info.table, rows, [check]);
    if (violation !== undefined) throw checkViolated(info, check.name, info.keyOf(violation.row));
  }

  #checkForeignKey({ table, foreignKey }: Work<'check-foreign-key'>): void {
    const info = this.info.of(table);
    const reference = info.references.find((other) => other.foreignKey.name === foreignKey.name);
    // One that is not enforced has none.
    if (reference === undefined) return;
    const { to, toIndex, fromIndex } = reference;
    for (const { row } of this.view.rowsIn(info, ALL)) {
      if (!fromIndex.includes(row)) continue;
      const values = fromIndex.partsOf(row);
      const isThere =
        toIndex === undefined
          ? this.view.getEncoded(to, encodeKey(to.keyParts, values)) !== undefined
          : this.view.committedKeys(toIndex, encodeKey(toIndex.partTypes, values)).length > 0;
      if (!isThere) throw referenceMissing(foreignKey, info);
    }
  }

  #checkInterleaving(info: TableInfo): void {
    const { parent } = info;
    if (parent === undefined) return;
    for (const { row } of this.view.rowsIn(info, ALL)) {
      const key = info.keyOf(row).slice(0, parent.keyParts.length);
      if (this.view.getEncoded(parent, encodeKey(parent.keyParts, key)) === undefined) {
        throw parentMissing(parent, info, key);
      }
    }
  }
}

function checkUnique(view: WriteView, index: IndexInfo): void {
  let last: string | undefined;
  for (const { row } of view.indexedRowsIn(index, ALL) as Iterable<DecodedRow>) {
    const parts = index.encodedPartsOf(row);
    if (parts === last) {
      const types = index.partTypes.map(({ type }) => type);
      throw failed(
        `Found uniqueness violation on index ${index.name},  duplicate key: ${keyText(types, index.partsOf(row))}`,
      );
    }
    last = parts;
  }
}

/** Between STRING and BYTES, and their arrays; undefined for bytes that are no text. */
function convert(value: Value): Value | undefined {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (Buffer.isBuffer(value)) {
    const text = value.toString('utf8');
    return Buffer.from(text, 'utf8').equals(value) ? text : undefined;
  }
  if (!Array.isArray(value)) return value;
  const items = (value as Row).map(convert);
  return items.some((item) => item === undefined) ? undefined : (items as Value[]);
}

function shownKey(info: TableInfo, row: Row): string {
  return keyText(info.keyTypes, info.keyOf(row));
}

function failed(message: string): ServiceError {
  return new ServiceError('FAILED_PRECONDITION', message);
}
