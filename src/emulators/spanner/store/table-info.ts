import type { BqType } from '../../googlesql/syntax/types.js';
import { ServiceError } from '../../serving/service-error.js';
import {
  childrenOf,
  type ForeignKey,
  findColumn,
  findTable,
  type Index,
  indexesOf,
  type KeyPart,
  type Schema,
  type Table,
} from '../schema/model.js';
import { encodeKey, type KeyPartType } from '../values/key.js';
import { TupleLayout } from '../values/tuple.js';
import type { Row } from '../values/value.js';

/** Of the tree of a table, an index or what finds the rows of a foreign key. */
export type TreeId = string;

/** What the store works out about a table once for each schema. */
export class TableInfo {
  readonly treeId: TreeId;
  readonly layout: TupleLayout;
  readonly keyParts: readonly KeyPartType[];
  /** Places of the parts of the primary key among the columns. */
  readonly keyPlaces: readonly number[];
  readonly #placesByName: ReadonlyMap<string, number>;
  /** Those that the schema declares, and those that foreign keys need. */
  readonly indexes: readonly IndexInfo[];
  readonly references: readonly ReferenceInfo[] = [];
  readonly referencedBy: readonly ReferenceInfo[] = [];
  readonly children: readonly TableInfo[] = [];
  readonly parent: TableInfo | undefined;
  /** Whether values of the key may come from a default or be generated. */
  readonly makesKeys: boolean;

  constructor(
    readonly table: Table,
    indexes: readonly Index[],
  ) {
    this.treeId = `t${table.id}`;
    this.layout = new TupleLayout(table.columns);
    this.#placesByName = new Map(table.columns.map(({ name }, place) => [name.toLowerCase(), place]));
    this.keyPlaces = table.primaryKey.map(({ column }) => this.#placesByName.get(column.toLowerCase())!);
    this.keyParts = this.#partTypes(table.primaryKey);
    this.indexes = indexes.map((index) => IndexInfo.ofIndex(this, index));
    this.makesKeys = this.keyPlaces.some((place) => {
      const column = table.columns[place]!;
      return column.default !== undefined || column.generated !== undefined || column.identity !== undefined;
    });
  }

  get name(): string {
    return this.table.name;
  }

  /** Undefined for a name that is none of its columns. */
  place(name: string): number | undefined {
    return this.#placesByName.get(name.toLowerCase());
  }

  keyOf(row: Row): Row {
    return this.keyPlaces.map((place) => row[place]!);
  }

  encodedKeyOf(row: Row): string {
    return encodeKey(this.keyParts, this.keyOf(row));
  }

  get keyTypes(): BqType[] {
    return this.keyParts.map(({ type }) => type);
  }

  #partTypes(parts: readonly KeyPart[]): KeyPartType[] {
    return parts.map(({ column, descending }) => ({
      type: findColumn(this.table, column)!.type,
      descending,
    }));
  }
}

/** An ordering of the rows of a table: its entries are the parts, then the primary key. */
export class IndexInfo {
  readonly #partPlaces: readonly number[];
  /** Places of what is in the primary key and not among the parts. */
  readonly #restPlaces: readonly number[];
  readonly #entryParts: readonly KeyPartType[];
  readonly #notNullPlaces: readonly number[];
  readonly #columnNames: ReadonlySet<string>;

  private constructor(
    readonly treeId: TreeId,
    readonly table: TableInfo,
    readonly name: string,
    readonly isUnique: boolean,
    parts: readonly KeyPart[],
    notNull: readonly string[],
    storing: readonly string[],
  ) {
    this.#partPlaces = parts.map(({ column }) => table.place(column)!);
    this.#restPlaces = table.keyPlaces.filter((place) => !this.#partPlaces.includes(place));
    const typeOf = (place: number) => table.table.columns[place]!.type;
    this.#entryParts = [
      ...parts.map(({ descending }, index) => ({ type: typeOf(this.#partPlaces[index]!), descending })),
      ...this.#restPlaces.map((place) => table.keyParts[table.keyPlaces.indexOf(place)]!),
    ];
    this.#notNullPlaces = notNull.map((column) => table.place(column)!);
    this.#columnNames = new Set(
      [...parts, ...table.table.primaryKey]
        .map(({ column }) => column.toLowerCase())
        .concat(storing.map((column) => column.toLowerCase())),
    );
  }

  static ofIndex(table: TableInfo, index: Index): IndexInfo {
    const notNull = [
      ...index.notNullColumns,
      ...(index.nullFiltered ? index.parts.map(({ column }) => column) : []),
    ];
    return new IndexInfo(
      `i${index.id}`,
      table,
      index.name,
      index.unique,
      index.parts,
      notNull,
      index.storing,
    );
  }

  /** What finds rows by the columns of a foreign key. */
  static ofColumns(table: TableInfo, columns: readonly string[], isUnique: boolean): IndexInfo {
    const places = columns.map((column) => table.table.columns[table.place(column)!]!.id);
    const parts = columns.map((column) => ({ column, descending: false }));
    const treeId = `f${isUnique ? 'u' : ''}${table.table.id}:${places.join(',')}`;
    return new IndexInfo(
      treeId,
      table,
      `IDX_${table.name}_${columns.join('_')}`,
      isUnique,
      parts,
      columns,
      [],
    );
  }

  /** Types of the parts that the schema declares. */
  get partTypes(): readonly KeyPartType[] {
    return this.#entryParts.slice(0, this.#partPlaces.length);
  }

  has(column: string): boolean {
    return this.#columnNames.has(column.toLowerCase());
  }

  includes(row: Row): boolean {
    return this.#notNullPlaces.every((place) => row[place] !== null);
  }

  /** The key of its entry. */
  encodedEntryOf(row: Row): string {
    const values = this.#partPlaces.map((place) => row[place]!);
    for (const place of this.#restPlaces) values.push(row[place]!);
    return encodeKey(this.#entryParts, values);
  }

  partsOf(row: Row): Row {
    return this.#partPlaces.map((place) => row[place]!);
  }

  encodedPartsOf(row: Row): string {
    return encodeKey(this.#entryParts, this.partsOf(row));
  }
}

/** A foreign key with what finds the rows at both of its ends. */
export interface ReferenceInfo {
  foreignKey: ForeignKey;
  from: TableInfo;
  to: TableInfo;
  fromIndex: IndexInfo;
  /** Undefined when it refers to the whole primary key, in its order. */
  toIndex: IndexInfo | undefined;
}

/** What the store works out about a schema. */
export class SchemaInfo {
  static readonly #known = new WeakMap<Schema, SchemaInfo>();
  readonly #tables = new Map<Table, TableInfo>();

  static of(schema: Schema): SchemaInfo {
    let info = SchemaInfo.#known.get(schema);
    if (info === undefined) {
      info = new SchemaInfo(schema);
      SchemaInfo.#known.set(schema, info);
    }
    return info;
  }

  private constructor(readonly schema: Schema) {
    for (const table of schema.tables.values()) {
      this.#tables.set(table, new TableInfo(table, indexesOf(schema, table)));
    }
    for (const info of this.#tables.values()) this.#relate(info);
  }

  get tables(): Iterable<TableInfo> {
    return this.#tables.values();
  }

  /** @throws ServiceError NOT_FOUND. */
  table(name: string): TableInfo {
    const table = findTable(this.schema, name);
    if (table === undefined) throw new ServiceError('NOT_FOUND', `Table not found: ${name}`);
    return this.of(table);
  }

  of(table: Table): TableInfo {
    const info = this.#tables.get(table) ?? this.#tables.get(findTable(this.schema, table.name)!);
    if (info === undefined) throw new ServiceError('NOT_FOUND', `Table not found: ${table.name}`);
    return info;
  }

  #relate(info: TableInfo): void {
    const own = info as { -readonly [K in keyof TableInfo]: TableInfo[K] };
    const { interleave, foreignKeys } = info.table;
    const parent = interleave && findTable(this.schema, interleave.parent);
    own.parent = parent && this.#tables.get(parent);
    own.children = childrenOf(this.schema, info.table).map((child) => this.#tables.get(child)!);
    for (const foreignKey of foreignKeys) if (foreignKey.enforced) this.#relateReference(info, foreignKey);
  }

  #relateReference(from: TableInfo, foreignKey: ForeignKey): void {
    const to = this.table(foreignKey.referencedTable);
    const names = foreignKey.referencedColumns.map((name) => name.toLowerCase());
    const key = to.table.primaryKey.map(({ column }) => column.toLowerCase());
    const isKey = names.length === key.length && names.every((name, index) => name === key[index]);
    const reference: ReferenceInfo = {
      foreignKey,
      from,
      to,
      fromIndex: managed(from, foreignKey.columns, false),
      toIndex: isKey ? undefined : managed(to, foreignKey.referencedColumns, true),
    };
    (from.references as ReferenceInfo[]).push(reference);
    (to.referencedBy as ReferenceInfo[]).push(reference);
  }
}

/** The index that the store keeps for a foreign key; those over the same columns are one. */
function managed(table: TableInfo, columns: readonly string[], isUnique: boolean): IndexInfo {
  const index = IndexInfo.ofColumns(table, columns, isUnique);
  const same = table.indexes.find(({ treeId }) => treeId === index.treeId);
  if (same !== undefined) return same;
  (table.indexes as IndexInfo[]).push(index);
  return index;
}
