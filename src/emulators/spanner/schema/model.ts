import type { BqType } from '../../googlesql/syntax/types.js';

/**
 * A schema as it is at one time; a change makes a new one that shares what stayed. Maps are keyed by the name in lower
 * case, with that of its named schema before it (`sales.orders`), and keep the order of creation.
 */
export interface Schema {
  readonly tables: ReadonlyMap<string, Table>;
  readonly indexes: ReadonlyMap<string, Index>;
  readonly views: ReadonlyMap<string, View>;
  readonly sequences: ReadonlyMap<string, Sequence>;
  readonly namedSchemas: ReadonlyMap<string, NamedSchema>;
  /** Options of the database by their names, in lower case. */
  readonly options: ReadonlyMap<string, OptionValue>;
  /** Roles and what is granted to them, as it is printed; nothing is enforced. */
  readonly roles: ReadonlyMap<string, Role>;
  /** The id that the next object has. */
  readonly nextId: number;
}

export type OptionValue = string | number | boolean;

export interface Table {
  /** Of this table for the life of the database, whatever it is called. */
  readonly id: number;
  /** As it was written, with the named schema: `sales.Orders`. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** Empty for a table of at most one row. */
  readonly primaryKey: readonly KeyPart[];
  readonly interleave?: Interleave | undefined;
  readonly checks: readonly Check[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly rowDeletionPolicy?: RowDeletionPolicy | undefined;
  /** Another name by which the table is known. */
  readonly synonym?: string | undefined;
  /** The id that the next column has. */
  readonly nextColumnId: number;
}

export interface Column {
  /** Of this column for the life of the table: rows are stored by it. */
  readonly id: number;
  readonly name: string;
  /** Without its length. */
  readonly type: BqType;
  /** Of a STRING in characters, of BYTES in bytes, of their arrays for each element. Absent is MAX. */
  readonly maxLength?: number | undefined;
  readonly notNull: boolean;
  readonly hidden?: boolean | undefined;
  /** The text of the expression, without the parentheses around it. */
  readonly default?: string | undefined;
  /** The text of the expression, without the parentheses; it is that of `default` too. */
  readonly onUpdate?: string | undefined;
  readonly generated?: Generated | undefined;
  readonly identity?: SequenceSettings | undefined;
  /** Absent when the option was never set, or set to NULL. */
  readonly allowCommitTimestamp?: boolean | undefined;
}

export interface Generated {
  /** Without the parentheses around it. */
  readonly expression: string;
  readonly stored: boolean;
}

export interface KeyPart {
  readonly column: string;
  readonly descending: boolean;
}

export interface Interleave {
  /** Name of the table. */
  readonly parent: string;
  /** `INTERLEAVE IN PARENT`: a row needs its parent; without `PARENT` it only lies beside it. */
  readonly enforced: boolean;
  readonly onDelete: DeleteAction;
}

export type DeleteAction = 'CASCADE' | 'NO ACTION';

export interface Check {
  readonly name: string;
  /** False when the service made the name, which is then not printed. */
  readonly isNamed: boolean;
  /** Without the parentheses around it. */
  readonly expression: string;
}

export interface ForeignKey {
  readonly name: string;
  /** False when the service made the name, which is then not printed. */
  readonly isNamed: boolean;
  readonly columns: readonly string[];
  readonly referencedTable: string;
  readonly referencedColumns: readonly string[];
  readonly enforced: boolean;
  /** Absent when it was not written, which means `NO ACTION`. */
  readonly onDelete?: DeleteAction | undefined;
  /** The managed index of its columns; absent when the primary key serves, and when it is not enforced. */
  readonly index?: string | undefined;
  /** The unique managed index of the columns that it refers to; absent likewise. */
  readonly referencedIndex?: string | undefined;
}

export interface RowDeletionPolicy {
  readonly column: string;
  readonly olderThanDays: number;
}

export interface Index {
  readonly id: number;
  /** With its named schema. */
  readonly name: string;
  /** Name of the table. */
  readonly table: string;
  readonly parts: readonly KeyPart[];
  readonly storing: readonly string[];
  readonly unique: boolean;
  /** Rows with a NULL in any part are not in it. */
  readonly nullFiltered: boolean;
  /** Columns that are not NULL in rows that are in it: `WHERE a IS NOT NULL AND …`. */
  readonly notNullColumns: readonly string[];
  readonly interleaveIn?: string | undefined;
  /** Made for a foreign key, without being written; it goes when no foreign key needs it. */
  readonly isManaged?: boolean | undefined;
}

export interface View {
  readonly id: number;
  readonly name: string;
  readonly security: 'INVOKER' | 'DEFINER';
  readonly query: string;
  readonly columns: readonly ViewColumn[];
  /** Names in lower case of the tables, views and sequences that it reads. */
  readonly dependencies: readonly string[];
}

export interface ViewColumn {
  readonly name: string;
  readonly type: BqType;
}

/** Of a sequence, or of an identity column, which has one of its own. */
export interface SequenceSettings {
  /** Of the counter, for the life of the database. */
  readonly id: number;
  /** Whether `bit_reversed_positive`, the only kind there is, was written, or is the default of the database. */
  readonly kindIsWritten: boolean;
  readonly skipRange?: { readonly min: bigint; readonly max: bigint } | undefined;
  readonly startWithCounter?: bigint | undefined;
}

export interface Sequence extends SequenceSettings {
  readonly name: string;
  /** Settings as `OPTIONS (…)`, or as words of the statement; they are printed as they were written. */
  readonly writtenAsOptions: boolean;
}

export interface NamedSchema {
  readonly name: string;
}

export interface Role {
  readonly name: string;
  /** Statements without `GRANT` and `TO ROLE …`, as `SELECT ON TABLE Orders`. */
  readonly grants: readonly string[];
}

export const EMPTY_SCHEMA: Schema = {
  tables: new Map(),
  indexes: new Map(),
  views: new Map(),
  sequences: new Map(),
  namedSchemas: new Map(),
  options: new Map(),
  roles: new Map(),
  nextId: 1,
};

/** Of tables by their names and synonyms. */
export function findTable(schema: Schema, name: string): Table | undefined {
  const key = name.toLowerCase();
  const table = schema.tables.get(key);
  if (table !== undefined) return table;
  for (const other of schema.tables.values()) if (other.synonym?.toLowerCase() === key) return other;
  return undefined;
}

export function findColumn(table: Table, name: string): Column | undefined {
  const key = name.toLowerCase();
  return table.columns.find((column) => column.name.toLowerCase() === key);
}

export function indexesOf(schema: Schema, table: Table): Index[] {
  return [...schema.indexes.values()].filter((index) => isNamed(index.table, table));
}

/** Tables that are interleaved in this one, directly. */
export function childrenOf(schema: Schema, table: Table): Table[] {
  return [...schema.tables.values()].filter(
    ({ interleave }) => interleave !== undefined && isNamed(interleave.parent, table),
  );
}

/** Foreign keys of any table that refer to this one. */
export function referencesTo(schema: Schema, table: Table): { table: Table; foreignKey: ForeignKey }[] {
  return [...schema.tables.values()].flatMap((other) =>
    other.foreignKeys
      .filter((foreignKey) => isNamed(foreignKey.referencedTable, table))
      .map((foreignKey) => ({ table: other, foreignKey })),
  );
}

function isNamed(name: string, table: Table): boolean {
  return name.toLowerCase() === table.name.toLowerCase();
}
