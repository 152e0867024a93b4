import { EventEmitter } from 'node:events';
import { BigQueryError } from '../errors.js';
import type {
  CatalogChange,
  CatalogEvent,
  DatasetEntry,
  DatasetRef,
  EntryTimes,
  ModelEntry,
  RoutineEntry,
  StoredDataset,
  TableEntry,
  TableRef,
} from './entries.js';
import { CatalogFile } from './file.js';
import { datasetName, tableName } from './names.js';

/** A dataset with all that it contains. */
export interface DatasetContents {
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
 * What a catalog holds, on disk and in memory: datasets with their contents, when each was changed, and who is told.
 * Those that hold query results are not kept.
 */
export class CatalogContents {
  readonly datasets = new Map<string, DatasetContents>();
  readonly startTime: number;
  readonly now: () => number;
  readonly #dataVersions = new Map<string, number>();
  readonly #events = new EventEmitter();
  readonly #file: CatalogFile | undefined;
  #lastTime = 0;
  #version = 0;

  constructor(options: CatalogOptions = {}) {
    this.now = options.now ?? Date.now;
    this.startTime = this.now();
    if (options.dataDir !== undefined) {
      this.#file = new CatalogFile(options.dataDir, {
        all: () => this.#kept(),
        entry: (event) => this.#keptEntry(event),
      });
      const { datasets, changes } = this.#file.read();
      for (const stored of datasets) {
        this.datasets.set(datasetKey(stored.dataset.ref), {
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

  async written(): Promise<void> {
    await this.#file?.written();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  find(ref: DatasetRef): DatasetContents | undefined {
    return this.datasets.get(datasetKey(ref));
  }

  /** @throws BigQueryError when there is no such dataset. */
  require(ref: DatasetRef): DatasetContents {
    const contents = this.find(ref);
    if (contents === undefined) throw new BigQueryError('notFound', `Not found: Dataset ${datasetName(ref)}`);
    return contents;
  }

  add(entry: DatasetEntry): void {
    this.datasets.set(datasetKey(entry.ref), emptyContents(entry));
  }

  remove(ref: DatasetRef): void {
    this.datasets.delete(datasetKey(ref));
  }

  /** Never goes back, whatever the clock does. */
  time(): number {
    this.#lastTime = Math.max(this.now(), this.#lastTime);
    return this.#lastTime;
  }

  times(given: Partial<EntryTimes>): EntryTimes {
    const now = this.time();
    return {
      creationTime: given.creationTime ?? now,
      lastModifiedTime: given.lastModifiedTime ?? now,
      revision: (given.revision ?? 0) + 1,
    };
  }

  revised<T extends EntryTimes>(entry: T, changes: Partial<NoInfer<T>>): T {
    return { ...entry, ...changes, lastModifiedTime: this.time(), revision: entry.revision + 1 };
  }

  /** Tells of a change of metadata, and puts it on disk. */
  changed(event: CatalogEvent): void {
    this.#version++;
    if (event.kind === 'table') {
      this.#bumpData(event.ref);
      const contents = this.find(event.ref);
      if (contents !== undefined) contents.sortedTables = undefined;
    }
    if (this.#isKept(event.ref)) this.#file?.schedule(event);
    this.#events.emit('change', event);
  }

  /** Rows of a table changed. */
  dataChanged(ref: TableRef): void {
    this.#bumpData(ref);
    if (this.#isKept(ref)) this.#file?.scheduleLater({ kind: 'table', ref });
  }

  dataVersion(ref: TableRef): number {
    return this.#dataVersions.get(tableName(ref)) ?? 0;
  }

  #bumpData(ref: TableRef): void {
    this.#version++;
    const contents = this.find(ref);
    if (contents !== undefined) contents.tablesVersion = this.#version;
    // What is gone needs no version: a table that takes its place gets one that was never there.
    if (contents?.tables.has(ref.tableId)) this.#dataVersions.set(tableName(ref), this.#version);
    else this.#dataVersions.delete(tableName(ref));
  }

  #isKept(ref: DatasetRef): boolean {
    return this.find(ref)?.entry.holdsResults !== true;
  }

  /** Does again what a line of the log says. */
  #restore({ entry, ...event }: CatalogChange): void {
    const contents = this.find(event.ref);
    if (event.kind !== 'dataset') {
      if (contents === undefined) return;
      const [entries, name] = placeOf(contents, event);
      if (entry === undefined) entries.delete(name);
      else entries.set(name, entry);
    } else if (entry === undefined) this.remove(event.ref);
    else if (contents === undefined) {
      this.add(entry as DatasetEntry);
    } else contents.entry = entry as DatasetEntry;
  }

  #keptEntry(event: CatalogEvent): EntryTimes | undefined {
    const contents = this.find(event.ref);
    if (contents === undefined || event.kind === 'dataset') return contents?.entry;
    const [entries, name] = placeOf(contents, event);
    const entry = entries.get(name) as (EntryTimes & { physicalName?: string }) | undefined;
    return entry?.physicalName === undefined ? entry : undefined;
  }

  #kept(): StoredDataset[] {
    return [...this.datasets.values()]
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

function datasetKey(ref: DatasetRef): string {
  return `${ref.projectId}.${ref.datasetId}`;
}
