import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { BigQueryError } from '../errors.js';
import { CatalogContents, type CatalogOptions, type DatasetContents } from './catalog-contents.js';
import type {
  CatalogEvent,
  DatasetEntry,
  DatasetRef,
  EntryTimes,
  ModelEntry,
  ModelRef,
  RoutineEntry,
  RoutineRef,
  TableEntry,
  TableRef,
} from './entries.js';
import { caseSafe, datasetName, modelName, routineName, tableName } from './names.js';

/** Caller-supplied part of an entry; the catalog adds times and revision. */
export type NewEntry<T extends EntryTimes> = Omit<T, keyof EntryTimes> & Partial<EntryTimes>;
export type Changes<T extends EntryTimes> = Partial<Omit<T, 'ref' | keyof EntryTimes>>;

/**
 * Metadata of datasets, tables, views, routines and models. It holds no rows: `table-store.ts` makes the DuckDB tables
 * that belong to the entries.
 *
 * Changes are synchronous; `flush` resolves once they are on disk. Datasets whose name starts with `_` are not
 * listed unless asked for.
 */
export class Catalog {
  readonly #all: CatalogContents;

  constructor(options: CatalogOptions = {}) {
    this.#all = new CatalogContents(options);
  }

  /** Grows with each change of metadata or data. */
  get version(): number {
    return this.#all.version;
  }

  onChange(listener: (event: CatalogEvent) => void): () => void {
    return this.#all.onChange(listener);
  }

  /** Waits until all changes of metadata so far are on disk. */
  async flush(): Promise<void> {
    await this.#all.written();
  }

  /** Writes what is left; to be called once, at the end. */
  async close(): Promise<void> {
    await this.#all.close();
  }

  projects(): string[] {
    const projects = new Set<string>();
    for (const { entry } of this.#all.datasets.values()) {
      if (!isHidden(entry.ref.datasetId)) projects.add(entry.ref.projectId);
    }
    return [...projects].sort();
  }

  // Datasets

  getDataset(ref: DatasetRef): DatasetEntry | undefined {
    return this.#all.find(ref)?.entry;
  }

  requireDataset(ref: DatasetRef): DatasetEntry {
    return this.#all.require(ref).entry;
  }

  /** The dataset for a job: one that was given a location has the datasets there only. Errors are in queries' words. */
  datasetFor(ref: DatasetRef, location: string | undefined): DatasetEntry {
    const entry = this.getDataset(ref);
    const isElsewhere =
      location !== undefined &&
      entry?.location.toLowerCase() !== location.toLowerCase() &&
      entry?.holdsResults !== true;
    if (entry !== undefined && !isElsewhere) return entry;
    throw new BigQueryError(
      'notFound',
      `Not found: Dataset ${datasetName(ref)} was not found in location ${location ?? 'US'}`,
    );
  }

  /** Datasets of a project, by name; hidden ones only on request. */
  listDatasets(projectId: string, includeHidden = false): DatasetEntry[] {
    return [...this.#all.datasets.values()]
      .map((contents) => contents.entry)
      .filter(
        (entry) => entry.ref.projectId === projectId && (includeHidden || !isHidden(entry.ref.datasetId)),
      )
      .sort((left, right) => compareText(left.ref.datasetId, right.ref.datasetId));
  }

  /** Every dataset that is kept, of all projects. */
  keptDatasets(): DatasetEntry[] {
    return [...this.#all.datasets.values()].map(({ entry }) => entry).filter((entry) => !entry.holdsResults);
  }

  refuseDataset(ref: DatasetRef): void {
    if (this.getDataset(ref) !== undefined) {
      throw new BigQueryError('duplicate', `Already Exists: Dataset ${datasetName(ref)}`);
    }
  }

  insertDataset(dataset: NewEntry<DatasetEntry>): DatasetEntry {
    this.refuseDataset(dataset.ref);
    const entry: DatasetEntry = { ...dataset, ...this.#all.times(dataset) };
    this.#all.add(entry);
    this.#all.changed({ kind: 'dataset', ref: entry.ref });
    return entry;
  }

  updateDataset(ref: DatasetRef, changes: Changes<DatasetEntry>): DatasetEntry {
    const contents = this.#all.require(ref);
    contents.entry = this.#all.revised(contents.entry, changes);
    this.#all.changed({ kind: 'dataset', ref });
    return contents.entry;
  }

  /** Removes a dataset with all that it contains. */
  deleteDataset(ref: DatasetRef): void {
    const contents = this.#all.require(ref);
    for (const routine of contents.routines.values()) this.deleteRoutine(routine.ref);
    for (const model of contents.models.values()) this.deleteModel(model.ref);
    for (const table of contents.tables.values()) this.deleteTable(table.ref);
    this.#all.remove(ref);
    this.#all.changed({ kind: 'dataset', ref });
  }

  // Tables and views

  /** A table that exists and has not expired. */
  getTable(ref: TableRef): TableEntry | undefined {
    const contents = this.#all.find(ref);
    if (contents === undefined) return undefined;
    const table = contents.tables.get(ref.tableId) ?? tableInAnyCase(contents, ref.tableId);
    if (table?.expirationTime !== undefined && table.expirationTime <= this.#all.now()) return undefined;
    return table;
  }

  requireTable(ref: TableRef): TableEntry {
    this.#all.require(ref);
    const table = this.getTable(ref);
    if (table === undefined) throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)}`);
    return table;
  }

  listTables(ref: DatasetRef): TableEntry[] {
    const now = this.#all.now();
    const contents = this.#all.require(ref);
    contents.sortedTables ??= [...contents.tables.values()].sort((left, right) =>
      compareText(left.ref.tableId, right.ref.tableId),
    );
    return contents.sortedTables.filter(
      (table) => table.expirationTime === undefined || table.expirationTime > now,
    );
  }

  /** Text that is another one after each change of a dataset's tables. */
  tablesEtag(ref: DatasetRef): string {
    return `${this.#all.startTime}/${this.#all.require(ref).tablesVersion}`;
  }

  /** Every table of a dataset, those whose time is over too. */
  allTables(ref: DatasetRef): TableEntry[] {
    return [...this.#all.require(ref).tables.values()];
  }

  /** Tables whose time is over; whoever drops them calls `deleteTable`. */
  expiredTables(): TableEntry[] {
    const now = this.#all.now();
    const expired: TableEntry[] = [];
    for (const contents of this.#all.datasets.values()) {
      for (const table of contents.tables.values()) {
        if (table.expirationTime !== undefined && table.expirationTime <= now) expired.push(table);
      }
    }
    return expired;
  }

  tablesWithPartitionExpiration(): TableEntry[] {
    return [...this.#all.datasets.values()].flatMap((contents) =>
      [...contents.tables.values()].filter(
        (table) => table.type === 'TABLE' && table.timePartitioning?.expirationMs !== undefined,
      ),
    );
  }

  /** Tables and models of a dataset share their names. */
  refuseModelNamed({ tableId, ...dataset }: TableRef): void {
    const ref: ModelRef = { ...dataset, modelId: tableId };
    if (this.getModel(ref) !== undefined) {
      throw new BigQueryError('duplicate', `Already Exists: Model ${modelName(ref)}`);
    }
  }

  /** @throws BigQueryError when a table or a model has the name. */
  refuseTable(ref: TableRef): void {
    this.refuseModelNamed(ref);
    if (this.getTable(ref) !== undefined) {
      throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(ref)}`);
    }
  }

  insertTable(table: NewEntry<TableEntry>): TableEntry {
    this.refuseTable(table.ref);
    return this.putTable(this.newTable(table));
  }

  /** The entry that a new table would have; nothing changes. */
  newTable(table: NewEntry<TableEntry>): TableEntry {
    return withDefaultExpiration({ ...table, ...this.#all.times(table) }, this.requireDataset(table.ref));
  }

  /** The entry that a table would have with these changes; a key given as `undefined` is cleared. Nothing changes. */
  revisedTable(ref: TableRef, changes: Partial<TableEntry>): TableEntry {
    const current = this.requireTable(ref);
    return this.#all.revised(current, { ...changes, ref: current.ref });
  }

  /** Puts the entry in its place, or in that of a table that has it under another name. */
  putTable(entry: TableEntry, renamedFrom?: TableRef): TableEntry {
    const { tables } = this.#all.require(entry.ref);
    if (renamedFrom !== undefined) {
      tables.delete(renamedFrom.tableId);
      this.#all.changed({ kind: 'table', ref: renamedFrom });
    }
    tables.set(entry.ref.tableId, entry);
    this.#all.changed({ kind: 'table', ref: entry.ref });
    return entry;
  }

  deleteTable(ref: TableRef): void {
    const contents = this.#all.require(ref);
    if (!contents.tables.delete(ref.tableId)) {
      throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)}`);
    }
    this.#all.changed({ kind: 'table', ref });
  }

  /** To be called after rows of a table changed: cached results and sizes of it are stale from then on. */
  markDataChanged(ref: TableRef): void {
    const table = this.getTable(ref);
    if (table === undefined) return;
    table.lastModifiedTime = this.#all.time();
    this.#all.dataChanged(table.ref);
  }

  /** Number that changes with every change of the table's rows or columns. */
  dataVersion(ref: TableRef): number {
    return this.#all.dataVersion(ref);
  }

  // Routines

  getRoutine(ref: RoutineRef): RoutineEntry | undefined {
    return this.#all.find(ref)?.routines.get(ref.routineId);
  }

  requireRoutine(ref: RoutineRef): RoutineEntry {
    const routine = this.#all.require(ref).routines.get(ref.routineId);
    if (routine === undefined) throw new BigQueryError('notFound', `Not found: Routine ${routineName(ref)}`);
    return routine;
  }

  listRoutines(ref: DatasetRef): RoutineEntry[] {
    return [...this.#all.require(ref).routines.values()].sort((left, right) =>
      compareText(left.ref.routineId, right.ref.routineId),
    );
  }

  insertRoutine(routine: NewEntry<RoutineEntry>): RoutineEntry {
    const contents = this.#all.require(routine.ref);
    if (contents.routines.has(routine.ref.routineId)) {
      throw new BigQueryError('duplicate', `Already Exists: Routine ${routineName(routine.ref)}`);
    }
    const entry: RoutineEntry = { ...routine, ...this.#all.times(routine) };
    contents.routines.set(entry.ref.routineId, entry);
    this.#all.changed({ kind: 'routine', ref: entry.ref });
    return entry;
  }

  updateRoutine(ref: RoutineRef, changes: Changes<RoutineEntry>): RoutineEntry {
    const entry = this.#all.revised(this.requireRoutine(ref), changes);
    this.#all.require(ref).routines.set(ref.routineId, entry);
    this.#all.changed({ kind: 'routine', ref });
    return entry;
  }

  deleteRoutine(ref: RoutineRef): void {
    this.requireRoutine(ref);
    this.#all.require(ref).routines.delete(ref.routineId);
    this.#all.changed({ kind: 'routine', ref });
  }

  // Models

  getModel(ref: ModelRef): ModelEntry | undefined {
    const model = this.#all.find(ref)?.models.get(ref.modelId);
    if (model?.expirationTime !== undefined && model.expirationTime <= this.#all.now()) return undefined;
    return model;
  }

  requireModel(ref: ModelRef): ModelEntry {
    this.#all.require(ref);
    const model = this.getModel(ref);
    if (model === undefined) throw new BigQueryError('notFound', `Not found: Model ${modelName(ref)}`);
    return model;
  }

  listModels(ref: DatasetRef): ModelEntry[] {
    const now = this.#all.now();
    return [...this.#all.require(ref).models.values()]
      .filter((model) => model.expirationTime === undefined || model.expirationTime > now)
      .sort((left, right) => compareText(left.ref.modelId, right.ref.modelId));
  }

  insertModel(model: NewEntry<ModelEntry>): ModelEntry {
    const contents = this.#all.require(model.ref);
    const { modelId, ...dataset } = model.ref;
    const table: TableRef = { ...dataset, tableId: modelId };
    this.refuseModelNamed(table);
    if (this.getTable(table) !== undefined) {
      throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(table)}`);
    }
    const entry: ModelEntry = { ...model, ...this.#all.times(model) };
    contents.models.set(entry.ref.modelId, entry);
    this.#all.changed({ kind: 'model', ref: entry.ref });
    return entry;
  }

  updateModel(ref: ModelRef, changes: Changes<ModelEntry>): ModelEntry {
    const entry = this.#all.revised(this.requireModel(ref), changes);
    this.#all.require(ref).models.set(ref.modelId, entry);
    this.#all.changed({ kind: 'model', ref });
    return entry;
  }

  deleteModel(ref: ModelRef): void {
    this.requireModel(ref);
    this.#all.require(ref).models.delete(ref.modelId);
    this.#all.changed({ kind: 'model', ref });
  }

  // Names

  /** Quoted DuckDB schema of a dataset. */
  physicalSchema(ref: DatasetRef): string {
    return quoteIdentifier(caseSafe(`${ref.projectId}.${ref.datasetId}`));
  }

  /** Quoted DuckDB name of a table, whether it exists or not. */
  physicalName(ref: TableRef): string {
    const entry = this.getTable(ref);
    if (entry?.physicalName !== undefined) return entry.physicalName;
    const tableId = entry?.ref.tableId ?? ref.tableId;
    return `${this.physicalSchema(ref)}.${quoteIdentifier(caseSafe(tableId))}`;
  }
}

/** https://cloud.google.com/bigquery/docs/datasets#hidden_datasets */
function isHidden(datasetId: string): boolean {
  return datasetId.startsWith('_');
}

/** Etag of a resource: changes with each revision and is the same after a restart. */
export function etagOf(entry: EntryTimes): string {
  return Buffer.from(`${entry.creationTime}/${entry.lastModifiedTime}/${entry.revision}`).toString('base64');
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A new table with the expiration its dataset gives: of its partitions where there is one, else of the whole. */
function withDefaultExpiration(table: TableEntry, dataset: DatasetEntry): TableEntry {
  const { timePartitioning } = table;
  const { defaultPartitionExpirationMs, defaultTableExpirationMs } = dataset;
  if (timePartitioning !== undefined && defaultPartitionExpirationMs !== undefined) {
    const expirationMs = timePartitioning.expirationMs ?? defaultPartitionExpirationMs;
    return { ...table, timePartitioning: { ...timePartitioning, expirationMs } };
  }
  if (table.expirationTime !== undefined || defaultTableExpirationMs === undefined) return table;
  return { ...table, expirationTime: table.creationTime + defaultTableExpirationMs };
}

function tableInAnyCase({ entry, tables }: DatasetContents, tableId: string): TableEntry | undefined {
  if (entry.isCaseInsensitive !== true) return undefined;
  const wanted = tableId.toLowerCase();
  for (const table of tables.values()) if (table.ref.tableId.toLowerCase() === wanted) return table;
  return undefined;
}
