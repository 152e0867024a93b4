import { EventEmitter } from 'node:events';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { BigQueryError } from '../errors.js';
import type {
  CatalogChange,
  CatalogEvent,
  DatasetEntry,
  DatasetRef,
  EntryTimes,
  ModelEntry,
  ModelRef,
  RoutineEntry,
  RoutineRef,
  StoredDataset,
  TableEntry,
  TableRef,
} from './entries.js';
import { CatalogFile } from './file.js';
import { caseSafe, datasetName, modelName, routineName, tableName } from './names.js';

/** Caller-supplied part of an entry; the catalog adds times and revision. */
export type NewEntry<T extends EntryTimes> = Omit<T, keyof EntryTimes> & Partial<EntryTimes>;
export type Changes<T extends EntryTimes> = Partial<Omit<T, 'ref' | keyof EntryTimes>>;

interface DatasetContents {
  entry: DatasetEntry;
  tables: Map<string, TableEntry>;
  routines: Map<string, RoutineEntry>;
  models: Map<string, ModelEntry>;
  /** By name; undefined after a change. */
  sortedTables: TableEntry[] | undefined;
  /** Grows with each change of the tables and of their rows. */
  tablesVersion: number;
}

export interface CatalogOptions {
  /** Folder of `catalog.json`; without it nothing is kept. */
  dataDir?: string;
  now?: () => number;
}

/**
 * Metadata of datasets, tables, views, routines and models. It holds no rows: `tables.ts` makes the DuckDB tables
 * that belong to the entries.
 *
 * Changes are synchronous; `flush` resolves once they are on disk. Datasets whose name starts with `_` are not
 * listed unless asked for. Those that hold query results are not kept.
 */
export class Catalog {
  readonly #datasets = new Map<string, DatasetContents>();
  readonly #dataVersions = new Map<string, number>();
  readonly #events = new EventEmitter();
  readonly #file: CatalogFile | undefined;
  readonly #now: () => number;
  readonly #startTime: number;
  #lastTime = 0;
  #version = 0;

  constructor(options: CatalogOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.#startTime = this.#now();
    if (options.dataDir !== undefined) {
      this.#file = new CatalogFile(options.dataDir, {
        all: () => this.#kept(),
        entry: (event) => this.#keptEntry(event),
      });
      const { datasets, changes } = this.#file.read();
      for (const stored of datasets) {
        this.#datasets.set(datasetKey(stored.dataset.ref), {
          ...emptyContents(stored.dataset),
          tables: new Map(stored.tables.map((table) => [table.ref.tableId, table])),
          routines: new Map(stored.routines.map((routine) => [routine.ref.routineId, routine])),
          models: new Map(stored.models.map((model) => [model.ref.modelId, model])),
        });
      }
      for (const change of changes) this.#restore(change);
    }
  }

  /** Grows with each change of metadata or data. */
  get version(): number {
    return this.#version;
  }

  onChange(listener: (event: CatalogEvent) => void): () => void {
    this.#events.on('change', listener);
    return () => this.#events.off('change', listener);
  }

  /** Waits until all changes of metadata so far are on disk. */
  async flush(): Promise<void> {
    await this.#file?.written();
  }

  /** Writes what is left; to be called once, at the end. */
  async close(): Promise<void> {
    await this.#file?.close();
  }

  projects(): string[] {
    const projects = new Set<string>();
    for (const { entry } of this.#datasets.values()) {
      if (!isHidden(entry.ref.datasetId)) projects.add(entry.ref.projectId);
    }
    return [...projects].sort();
  }

  // Datasets

  getDataset(ref: DatasetRef): DatasetEntry | undefined {
    return this.#datasets.get(datasetKey(ref))?.entry;
  }

  requireDataset(ref: DatasetRef): DatasetEntry {
    return this.#contents(ref).entry;
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
    return [...this.#datasets.values()]
      .map((contents) => contents.entry)
      .filter(
        (entry) => entry.ref.projectId === projectId && (includeHidden || !isHidden(entry.ref.datasetId)),
      )
      .sort((left, right) => compareText(left.ref.datasetId, right.ref.datasetId));
  }

  /** Every dataset that is kept, of all projects. */
  keptDatasets(): DatasetEntry[] {
    return [...this.#datasets.values()].map(({ entry }) => entry).filter((entry) => !entry.holdsResults);
  }

  refuseDataset(ref: DatasetRef): void {
    if (this.getDataset(ref) !== undefined) {
      throw new BigQueryError('duplicate', `Already Exists: Dataset ${datasetName(ref)}`);
    }
  }

  insertDataset(dataset: NewEntry<DatasetEntry>): DatasetEntry {
    this.refuseDataset(dataset.ref);
    const entry: DatasetEntry = { ...dataset, ...this.#times(dataset) };
    this.#datasets.set(datasetKey(entry.ref), emptyContents(entry));
    this.#changed({ kind: 'dataset', ref: entry.ref });
    return entry;
  }

  updateDataset(ref: DatasetRef, changes: Changes<DatasetEntry>): DatasetEntry {
    const contents = this.#contents(ref);
    contents.entry = this.#revised(contents.entry, changes);
    this.#changed({ kind: 'dataset', ref });
    return contents.entry;
  }

  /** Removes a dataset with all that it contains. */
  deleteDataset(ref: DatasetRef): void {
    const contents = this.#contents(ref);
    for (const routine of contents.routines.values()) this.deleteRoutine(routine.ref);
    for (const model of contents.models.values()) this.deleteModel(model.ref);
    for (const table of contents.tables.values()) this.deleteTable(table.ref);
    this.#datasets.delete(datasetKey(ref));
    this.#changed({ kind: 'dataset', ref });
  }

  // Tables and views

  /** A table that exists and has not expired. */
  getTable(ref: TableRef): TableEntry | undefined {
    const contents = this.#datasets.get(datasetKey(ref));
    if (contents === undefined) return undefined;
    const table = contents.tables.get(ref.tableId) ?? this.#tableInAnyCase(contents, ref.tableId);
    if (table?.expirationTime !== undefined && table.expirationTime <= this.#now()) return undefined;
    return table;
  }

  requireTable(ref: TableRef): TableEntry {
    this.#contents(ref);
    const table = this.getTable(ref);
    if (table === undefined) throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)}`);
    return table;
  }

  listTables(ref: DatasetRef): TableEntry[] {
    const now = this.#now();
    const contents = this.#contents(ref);
    contents.sortedTables ??= [...contents.tables.values()].sort((left, right) =>
      compareText(left.ref.tableId, right.ref.tableId),
    );
    return contents.sortedTables.filter(
      (table) => table.expirationTime === undefined || table.expirationTime > now,
    );
  }

  /** Text that is another one after each change of a dataset's tables. */
  tablesEtag(ref: DatasetRef): string {
    return `${this.#startTime}/${this.#contents(ref).tablesVersion}`;
  }

  /** Every table of a dataset, those whose time is over too. */
  allTables(ref: DatasetRef): TableEntry[] {
    return [...this.#contents(ref).tables.values()];
  }

  /** Tables whose time is over; whoever drops them calls `deleteTable`. */
  expiredTables(): TableEntry[] {
    const now = this.#now();
    const expired: TableEntry[] = [];
    for (const contents of this.#datasets.values()) {
      for (const table of contents.tables.values()) {
        if (table.expirationTime !== undefined && table.expirationTime <= now) expired.push(table);
      }
    }
    return expired;
  }

  tablesWithPartitionExpiration(): TableEntry[] {
    return [...this.#datasets.values()].flatMap((contents) =>
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
    return withDefaultExpiration({ ...table, ...this.#times(table) }, this.requireDataset(table.ref));
  }

  /** The entry that a table would have with these changes; a key given as `undefined` is cleared. Nothing changes. */
  revisedTable(ref: TableRef, changes: Partial<TableEntry>): TableEntry {
    const current = this.requireTable(ref);
    return this.#revised(current, { ...changes, ref: current.ref });
  }

  /** Puts the entry in its place, or in that of a table that has it under another name. */
  putTable(entry: TableEntry, renamedFrom?: TableRef): TableEntry {
    const { tables } = this.#contents(entry.ref);
    if (renamedFrom !== undefined) {
      tables.delete(renamedFrom.tableId);
      this.#changed({ kind: 'table', ref: renamedFrom });
    }
    tables.set(entry.ref.tableId, entry);
    this.#changed({ kind: 'table', ref: entry.ref });
    return entry;
  }

  deleteTable(ref: TableRef): void {
    const contents = this.#contents(ref);
    if (!contents.tables.delete(ref.tableId)) {
      throw new BigQueryError('notFound', `Not found: Table ${tableName(ref)}`);
    }
    this.#changed({ kind: 'table', ref });
  }

  /** To be called after rows of a table changed: cached results and sizes of it are stale from then on. */
  markDataChanged(ref: TableRef): void {
    const table = this.getTable(ref);
    if (table === undefined) return;
    table.lastModifiedTime = this.#time();
    this.#bumpData(table.ref);
    if (this.#isKept(table.ref)) this.#file?.scheduleLater({ kind: 'table', ref: table.ref });
  }

  /** Number that changes with every change of the table's rows or columns. */
  dataVersion(ref: TableRef): number {
    return this.#dataVersions.get(tableName(ref)) ?? 0;
  }

  // Routines

  getRoutine(ref: RoutineRef): RoutineEntry | undefined {
    return this.#datasets.get(datasetKey(ref))?.routines.get(ref.routineId);
  }

  requireRoutine(ref: RoutineRef): RoutineEntry {
    const routine = this.#contents(ref).routines.get(ref.routineId);
    if (routine === undefined) throw new BigQueryError('notFound', `Not found: Routine ${routineName(ref)}`);
    return routine;
  }

  listRoutines(ref: DatasetRef): RoutineEntry[] {
    return [...this.#contents(ref).routines.values()].sort((left, right) =>
      compareText(left.ref.routineId, right.ref.routineId),
    );
  }

  insertRoutine(routine: NewEntry<RoutineEntry>): RoutineEntry {
    const contents = this.#contents(routine.ref);
    if (contents.routines.has(routine.ref.routineId)) {
      throw new BigQueryError('duplicate', `Already Exists: Routine ${routineName(routine.ref)}`);
    }
    const entry: RoutineEntry = { ...routine, ...this.#times(routine) };
    contents.routines.set(entry.ref.routineId, entry);
    this.#changed({ kind: 'routine', ref: entry.ref });
    return entry;
  }

  updateRoutine(ref: RoutineRef, changes: Changes<RoutineEntry>): RoutineEntry {
    const entry = this.#revised(this.requireRoutine(ref), changes);
    this.#contents(ref).routines.set(ref.routineId, entry);
    this.#changed({ kind: 'routine', ref });
    return entry;
  }

  deleteRoutine(ref: RoutineRef): void {
    this.requireRoutine(ref);
    this.#contents(ref).routines.delete(ref.routineId);
    this.#changed({ kind: 'routine', ref });
  }

  // Models

  getModel(ref: ModelRef): ModelEntry | undefined {
    const model = this.#datasets.get(datasetKey(ref))?.models.get(ref.modelId);
    if (model?.expirationTime !== undefined && model.expirationTime <= this.#now()) return undefined;
    return model;
  }

  requireModel(ref: ModelRef): ModelEntry {
    this.#contents(ref);
    const model = this.getModel(ref);
    if (model === undefined) throw new BigQueryError('notFound', `Not found: Model ${modelName(ref)}`);
    return model;
  }

  listModels(ref: DatasetRef): ModelEntry[] {
    const now = this.#now();
    return [...this.#contents(ref).models.values()]
      .filter((model) => model.expirationTime === undefined || model.expirationTime > now)
      .sort((left, right) => compareText(left.ref.modelId, right.ref.modelId));
  }

  insertModel(model: NewEntry<ModelEntry>): ModelEntry {
    const contents = this.#contents(model.ref);
    const { modelId, ...dataset } = model.ref;
    const table: TableRef = { ...dataset, tableId: modelId };
    this.refuseModelNamed(table);
    if (this.getTable(table) !== undefined) {
      throw new BigQueryError('duplicate', `Already Exists: Table ${tableName(table)}`);
    }
    const entry: ModelEntry = { ...model, ...this.#times(model) };
    contents.models.set(entry.ref.modelId, entry);
    this.#changed({ kind: 'model', ref: entry.ref });
    return entry;
  }

  updateModel(ref: ModelRef, changes: Changes<ModelEntry>): ModelEntry {
    const entry = this.#revised(this.requireModel(ref), changes);
    this.#contents(ref).models.set(ref.modelId, entry);
    this.#changed({ kind: 'model', ref });
    return entry;
  }

  deleteModel(ref: ModelRef): void {
    this.requireModel(ref);
    this.#contents(ref).models.delete(ref.modelId);
    this.#changed({ kind: 'model', ref });
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

  #contents(ref: DatasetRef): DatasetContents {
    const contents = this.#datasets.get(datasetKey(ref));
    if (contents === undefined) throw new BigQueryError('notFound', `Not found: Dataset ${datasetName(ref)}`);
    return contents;
  }

  #tableInAnyCase(contents: DatasetContents, tableId: string): TableEntry | undefined {
    if (contents.entry.isCaseInsensitive !== true) return undefined;
    const wanted = tableId.toLowerCase();
    for (const table of contents.tables.values()) {
      if (table.ref.tableId.toLowerCase() === wanted) return table;
    }
    return undefined;
  }

  /** Never goes back, whatever the clock does. */
  #time(): number {
    this.#lastTime = Math.max(this.#now(), this.#lastTime);
    return this.#lastTime;
  }

  #times(given: Partial<EntryTimes>): EntryTimes {
    const now = this.#time();
    return {
      creationTime: given.creationTime ?? now,
      lastModifiedTime: given.lastModifiedTime ?? now,
      revision: (given.revision ?? 0) + 1,
    };
  }

  #revised<T extends EntryTimes>(entry: T, changes: Partial<NoInfer<T>>): T {
    return { ...entry, ...changes, lastModifiedTime: this.#time(), revision: entry.revision + 1 };
  }

  #bumpData(ref: TableRef): void {
    this.#version++;
    const contents = this.#datasets.get(datasetKey(ref));
    if (contents !== undefined) contents.tablesVersion = this.#version;
    // What is gone needs no version: a table that takes its place gets one that was never there.
    if (contents?.tables.has(ref.tableId)) this.#dataVersions.set(tableName(ref), this.#version);
    else this.#dataVersions.delete(tableName(ref));
  }

  #changed(event: CatalogEvent): void {
    this.#version++;
    if (event.kind === 'table') {
      this.#bumpData(event.ref);
      const contents = this.#datasets.get(datasetKey(event.ref));
      if (contents !== undefined) contents.sortedTables = undefined;
    }
    if (this.#isKept(event.ref)) this.#file?.schedule(event);
    this.#events.emit('change', event);
  }

  #isKept(ref: DatasetRef): boolean {
    return this.getDataset(ref)?.holdsResults !== true;
  }

  /** Does again what a line of the log says. */
  #restore({ entry, ...event }: CatalogChange): void {
    const contents = this.#datasets.get(datasetKey(event.ref));
    if (event.kind !== 'dataset') {
      if (contents === undefined) return;
      const [entries, name] = placeOf(contents, event);
      if (entry === undefined) entries.delete(name);
      else entries.set(name, entry);
    } else if (entry === undefined) this.#datasets.delete(datasetKey(event.ref));
    else if (contents === undefined) {
      this.#datasets.set(datasetKey(event.ref), emptyContents(entry as DatasetEntry));
    } else contents.entry = entry as DatasetEntry;
  }

  #keptEntry(event: CatalogEvent): EntryTimes | undefined {
    const contents = this.#datasets.get(datasetKey(event.ref));
    if (contents === undefined || event.kind === 'dataset') return contents?.entry;
    const [entries, name] = placeOf(contents, event);
    const entry = entries.get(name) as (EntryTimes & { physicalName?: string }) | undefined;
    return entry?.physicalName === undefined ? entry : undefined;
  }

  #kept(): StoredDataset[] {
    return [...this.#datasets.values()]
      .filter(({ entry }) => !entry.holdsResults)
      .map(({ entry, tables, routines, models }) => ({
        dataset: entry,
        tables: [...tables.values()].filter((table) => table.physicalName === undefined),
        routines: [...routines.values()],
        models: [...models.values()],
      }));
  }
}

function emptyContents(entry: DatasetEntry): DatasetContents {
  const none = { tables: new Map(), routines: new Map(), models: new Map() };
  return { entry, ...none, sortedTables: undefined, tablesVersion: 0 };
}

/** The entries of the kind that an event speaks of, and the name of its own among them. */
function placeOf(
  contents: DatasetContents,
  event: Exclude<CatalogEvent, { kind: 'dataset' }>,
): [Map<string, EntryTimes>, string] {
  if (event.kind === 'table') return [contents.tables, event.ref.tableId];
  if (event.kind === 'routine') return [contents.routines, event.ref.routineId];
  return [contents.models, event.ref.modelId];
}

/** https://cloud.google.com/bigquery/docs/datasets#hidden_datasets */
function isHidden(datasetId: string): boolean {
  return datasetId.startsWith('_');
}

/** Etag of a resource: changes with each revision and is the same after a restart. */
export function etagOf(entry: EntryTimes): string {
  return Buffer.from(`${entry.creationTime}/${entry.lastModifiedTime}/${entry.revision}`).toString('base64');
}

function datasetKey(ref: DatasetRef): string {
  return `${ref.projectId}.${ref.datasetId}`;
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
