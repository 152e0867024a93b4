import type { PlannedStatement } from '../schema/ddl.js';
import type { Schema, SequenceSettings, Table } from '../schema/model.js';
import type { SqlSource } from '../sql/sql-request.js';
import { decodeKey } from '../values/key.js';
import type { Row } from '../values/value.js';
import { aborted, conflict } from './aborted.js';
import { type CommitHead, CommitWriter, type StoredWrite } from './commit-record.js';
import type { WriteSource } from './constraint-errors.js';
import { DroppedTrees } from './dropped-trees.js';
import type { Engine, OpenEngine } from './engine.js';
import { Fairness } from './fairness.js';
import { checkMutationCount, type FinishedWrite, finishWrites, indexChanges } from './finish-writes.js';
import { Garbage } from './garbage.js';
import type { RowScope } from './language.js';
import { Outcomes } from './outcomes.js';
import { retentionMicros } from './retention.js';
import { SchemaHistory, type SchemaStatement } from './schema-history.js';
import { type ReservedCounter, Sequences } from './sequences.js';
import { SnapshotView } from './snapshot-view.js';
import { type IndexInfo, SchemaInfo, type TreeId } from './table-info.js';
import { Timestamps } from './timestamps.js';
import { VersionTree } from './version-tree.js';
import type { Mutation, ReadView } from './view.js';
import { writeRows } from './write-rows.js';
import { WriteView } from './write-view.js';

export interface RowChange {
  key: Row;
  /** Undefined when it was deleted. */
  row: Row | undefined;
}

/** What a database is made with, and is again after a restart. */
export interface DatabaseSettings {
  /** `projects/p/instances/i/databases/d` */
  name: string;
  /** Of this one for the life of the store. */
  number: number;
  createdAtMs: number;
}

export interface DatabaseSurroundings {
  /** Milliseconds since the epoch. */
  now(): number;
  openEngine: OpenEngine;
  /** Resolves when the commit is durable. */
  keepCommit(payload: Buffer): Promise<void>;
  keepCounter(database: number, counter: ReservedCounter): void;
}

export interface CommitRequest {
  mutations: readonly Mutation[];
  /** What a read-write transaction read and wrote before; without it nothing can be in the way. */
  view?: WriteView | undefined;
  /** Of the transaction; empty for one without. */
  transaction: string;
}

export interface CommitResult {
  timestampMicros: number;
  mutationCount: number;
}

/** One database: its schema and rows, at every time of the retention period. */
export class Database implements SqlSource {
  readonly name: string;
  readonly number: number;
  readonly createdAtMs: number;
  readonly timestamps: Timestamps;
  readonly sequences: Sequences;
  readonly outcomes = new Outcomes();
  readonly fairness = new Fairness();
  readonly #trees = new Map<TreeId, VersionTree>();
  readonly #garbage: Garbage;
  readonly #engine: Engine;
  readonly #schemas = new SchemaHistory();
  readonly #dropped: DroppedTrees;
  /** Settles when nobody changes anything. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Settles when all that is committed is durable; undefined when it is. */
  #durable: Promise<void> | undefined;
  /** Keys of each table that changed since somebody asked first, in the order of their times. */
  readonly #logs = new Map<TreeId, { startMicros: number; changes: { timestamp: number; key: string }[] }>();

  constructor(
    { name, number, createdAtMs }: DatabaseSettings,
    private readonly surroundings: DatabaseSurroundings,
  ) {
    this.name = name;
    this.number = number;
    this.createdAtMs = createdAtMs;
    this.timestamps = new Timestamps(surroundings.now);
    this.sequences = new Sequences((counter) => surroundings.keepCounter(number, counter));
    this.#garbage = new Garbage(() => this.horizon);
    this.#dropped = new DroppedTrees(
      () => this.horizon,
      (id) => this.#trees.delete(id),
    );
    this.#engine = surroundings.openEngine(this);
  }

  get schema(): Schema {
    return this.#schemas.current;
  }

  /** Those that made the schema, of all its life. */
  get statements(): readonly SchemaStatement[] {
    return this.#schemas.statements;
  }

  /** Of the tables that are there, and of those that were and may still be read. */
  get tableIds(): number[] {
    const dropped = this.#dropped.readable.filter(([id]) => id.startsWith('t'));
    const current = [...this.schema.tables.values()];
    return [...current.map(({ id }) => id), ...dropped.map(([id]) => Number(id.slice(1)))];
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** Nobody may read what was before, in microseconds. */
  get horizon(): number {
    return this.timestamps.now() - retentionMicros(this.schema);
  }

  async close(): Promise<void> {
    this.#garbage.close();
    this.#dropped.close();
    await this.#engine.close();
  }

  // Reading

  /** All that is committed. */
  strongView(): ReadView {
    return this.viewAt(this.timestamps.read());
  }

  /** The rows of a time, by the schema that there was then. */
  viewAt(timestampMicros: number): SnapshotView {
    return new SnapshotView(this.#schemas.at(timestampMicros), timestampMicros, this.treeOf);
  }

  /** For a transaction that reads, writes and then commits. */
  writeView(timestampMicros: number, source: WriteSource, remembersReads = true): WriteView {
    return new WriteView({
      schema: this.schema,
      timestampMicros,
      treeOf: this.treeOf,
      remembersReads,
      apply: (view, mutations) =>
        writeRows({ view, source, language: this.#engine, scope: this.rowScope() }, mutations),
    });
  }

  /** Resolves when nothing that can be read can be lost any more. */
  whenDurable(): Promise<void> | undefined {
    return this.#durable;
  }

  readonly treeOf = (id: TreeId): VersionTree | undefined => this.#trees.get(id);

  /** When rows of the table changed last, in microseconds; 0 for never. */
  lastChange(table: Table): number {
    return this.#trees.get(`t${table.id}`)?.lastChange ?? 0;
  }

  /**
   * Rows of the table that changed after `sinceMicros` and up to `untilMicros`, as they are then, in no order. There
   * is one reader of them: changes up to `sinceMicros` are forgotten.
   */
  *changes(table: Table, sinceMicros: number, untilMicros: number): Generator<RowChange, void, void> {
    const info = SchemaInfo.of(this.schema).of(table);
    const tree = this.#trees.get(info.treeId);
    if (tree === undefined) return;
    for (const { key, row } of this.#changedKeys(info.treeId, tree, sinceMicros, untilMicros)) {
      yield {
        key: decodeKey(info.keyParts, key),
        row: row === undefined ? undefined : info.layout.decode(row),
      };
    }
  }

  #changedKeys(id: TreeId, tree: VersionTree, since: number, until: number) {
    const log = this.#logs.get(id) ?? { startMicros: this.timestamps.last, changes: [] };
    log.changes = log.changes.filter(({ timestamp }) => timestamp > since);
    this.#logs.set(id, log);
    if (since < log.startMicros) return tree.changes(since, until);
    const keys = new Set(log.changes.filter(({ timestamp }) => timestamp <= until).map(({ key }) => key));
    return [...keys].flatMap((key) => tree.change(key, since, until) ?? []);
  }

  // Writing

  rowScope(): RowScope {
    return {
      schema: this.schema,
      nowNanos: BigInt(this.surroundings.now()) * 1_000_000n,
      nextSequenceValue: (sequence) => this.nextSequenceValue(sequence),
    };
  }

  nextSequenceValue(sequence: SequenceSettings): bigint {
    return this.sequences.next(sequence);
  }

  sequenceState(sequence: SequenceSettings): bigint | null {
    return this.sequences.state(sequence);
  }

  /** Carries out what changes anything, one after another. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /**
   * Commits in one step; resolves when it is durable.
   * @throws ServiceError ABORTED when something that the transaction read has changed; whatever rows refuse.
   */
  async commit(request: CommitRequest): Promise<CommitResult> {
    let durable: Promise<void> | undefined;
    const result = await this.exclusively(async () => {
      const committed = await this.#commit(request);
      durable = committed.durable;
      return committed.result;
    });
    await durable;
    return result;
  }

  async #commit({ view, mutations, transaction }: CommitRequest) {
    if (view !== undefined && view.schema !== this.schema) {
      throw aborted('Transaction was aborted: the schema was changed meanwhile.');
    }
    if (view?.reads.changedSince(view.timestampMicros, this.treeOf) === true) throw conflict();
    const now = view?.rebased(this.schema) ?? this.writeView(Number.POSITIVE_INFINITY, 'mutation', false);
    if (mutations.length > 0) {
      const context = {
        view: now,
        source: 'mutation' as const,
        language: this.#engine,
        scope: this.rowScope(),
      };
      await writeRows(context, mutations);
    }
    const timestampMicros = this.timestamps.commit();
    const writes = finishWrites(now, timestampMicros, this.treeOf);
    const changes = writes.map(indexChanges);
    const mutationCount = now.mutationCount + changes.reduce((sum, { length }) => sum + length, 0);
    if (mutations.length > 0) checkMutationCount(mutationCount);
    for (const [index, write] of writes.entries()) this.apply(write, changes[index]!, timestampMicros);
    if (transaction !== '') this.outcomes.set(transaction, timestampMicros);
    const durable = this.#keep(writes, { database: this.number, timestamp: timestampMicros, transaction });
    return { durable, result: { timestampMicros, mutationCount } };
  }

  apply(write: FinishedWrite, changes: ReturnType<typeof indexChanges>, timestamp: number): void {
    this.put(write.info.treeId, write.key, timestamp, write.tuple);
    for (const { tree, key, row } of changes) this.put(tree, key, timestamp, row);
    this.#logs.get(write.info.treeId)?.changes.push({ timestamp, key: write.key });
  }

  #keep(writes: readonly FinishedWrite[], head: CommitHead): Promise<void> {
    const durable = this.surroundings.keepCommit(encodeWrites(writes, head));
    this.#durable = durable;
    // Whoever commits hears of a failure; it must not end the process besides.
    durable
      .catch(() => {})
      .finally(() => {
        if (this.#durable === durable) this.#durable = undefined;
      });
    return durable;
  }

  put(treeId: TreeId, key: string, timestamp: number, row: string | undefined): void {
    let tree = this.#trees.get(treeId);
    if (tree === undefined) {
      tree = new VersionTree();
      this.#trees.set(treeId, tree);
    }
    if (tree.put(key, timestamp, row, this.#lastHorizon())) this.#garbage.add({ tree, key, timestamp });
  }

  #horizonAt = 0;
  #horizon = 0;

  /** Not asked for anew with every row. */
  #lastHorizon(): number {
    const now = this.timestamps.last;
    if (now !== this.#horizonAt) {
      this.#horizonAt = now;
      this.#horizon = this.horizon;
    }
    return this.#horizon;
  }

  // Schema

  /** Makes a planned schema the current one, with rows that its statement changed. */
  setSchema({ statement, query, plan }: PlannedStatement, timestampMicros: number): SchemaStatement {
    const kept: SchemaStatement = { statement, query, timestampMicros };
    const before = treesOf(this.schema);
    this.#schemas.add(kept, plan.schema);
    for (const work of plan.work) {
      if (work.kind === 'start-sequence') this.sequences.start(work.sequence);
      else if (work.kind === 'drop-sequence') this.sequences.drop(work.sequence);
    }
    const after = treesOf(plan.schema);
    for (const id of before) {
      if (after.has(id)) continue;
      // Nobody reads by those of foreign keys, and another foreign key may have the same again.
      if (id.startsWith('f')) this.#trees.delete(id);
      else this.#dropped.add(id, timestampMicros);
    }
    return kept;
  }

  /** Fills the indexes that have no tree yet. @param schema the one that has them. */
  buildIndexes(schema: Schema): IndexInfo[] {
    const built: IndexInfo[] = [];
    for (const info of SchemaInfo.of(schema).tables) {
      for (const index of info.indexes) {
        if (this.#trees.has(index.treeId)) continue;
        this.#build(index);
        built.push(index);
      }
    }
    return built;
  }

  /** After a restart: all indexes that are there, and those that were and may still be read. */
  rebuildIndexes(): void {
    this.buildIndexes(this.schema);
    for (const [id, atMicros] of this.#dropped.readable) {
      const tables = [...SchemaInfo.of(this.#schemas.at(atMicros - 1)).tables];
      const index = tables.flatMap(({ indexes }) => indexes).find(({ treeId }) => treeId === id);
      if (index !== undefined) this.#build(index);
    }
  }

  #build(index: IndexInfo): void {
    this.#trees.set(index.treeId, new VersionTree());
    this.#fill(index);
  }

  dropTree(id: TreeId): void {
    this.#trees.delete(id);
  }

  #fill(index: IndexInfo): void {
    const { table } = index;
    let lastKey: string | undefined;
    let entry: string | undefined;
    for (const { key, timestamp, row } of this.#trees.get(table.treeId)?.versions(this.horizon) ?? []) {
      if (key !== lastKey) entry = undefined;
      lastKey = key;
      const values = row === undefined ? undefined : table.layout.decode(row);
      const next = values !== undefined && index.includes(values) ? index.encodedEntryOf(values) : undefined;
      if (next === entry) continue;
      if (entry !== undefined) this.put(index.treeId, entry, timestamp, undefined);
      if (next !== undefined) this.put(index.treeId, next, timestamp, key);
      entry = next;
    }
  }

  // Restoring

  /** Writes again what the journal has; indexes are built when all of it is read. */
  restore({ table, key, timestamp, row }: StoredWrite): void {
    this.timestamps.pass(timestamp);
    this.put(`t${table}`, key, timestamp, row);
  }
}

function treesOf(schema: Schema): Set<TreeId> {
  const infos = [...SchemaInfo.of(schema).tables];
  return new Set(infos.flatMap((info) => [info.treeId, ...info.indexes.map(({ treeId }) => treeId)]));
}

export function encodeWrites(writes: readonly FinishedWrite[], head: CommitHead): Buffer {
  const writer = new CommitWriter(head);
  for (const { info, key, tuple } of writes) writer.add({ table: info.table.id, key, row: tuple });
  return writer.done();
}
