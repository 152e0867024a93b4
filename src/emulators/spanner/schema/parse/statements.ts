import type { BqType } from '../../../googlesql/syntax/types.js';
import type { DeleteAction, Generated, Interleave, KeyPart, RowDeletionPolicy } from '../model.js';

/** A statement of the data definition language as it is written; names as they stand there, named schemas included. */
export type DdlStatement =
  | CreateTable
  | { kind: 'alter-table'; name: string; ifExists: boolean; action: TableAction }
  | { kind: 'rename-tables'; renames: readonly { from: string; to: string }[] }
  | CreateIndex
  | { kind: 'alter-index'; name: string; action: 'add' | 'drop'; column: string }
  | { kind: 'create-view'; name: string; orReplace: boolean; security: 'INVOKER' | 'DEFINER'; query: string }
  | { kind: 'create-schema'; name: string; ifNotExists: boolean }
  | {
      kind: 'create-sequence';
      name: string;
      ifNotExists: boolean;
      clauses: SequenceClauses;
      options: Options;
    }
  | { kind: 'alter-sequence'; name: string; ifExists: boolean; change: SequenceChange }
  | { kind: 'alter-database'; options: Options }
  | { kind: 'drop'; what: Droppable; name: string; ifExists: boolean }
  | { kind: 'create-role'; name: string }
  | { kind: 'grant' | 'revoke'; grant: string; roles: readonly string[] }
  /** ANALYZE, and others that change nothing. */
  | { kind: 'nothing' };

export type Droppable = 'table' | 'index' | 'view' | 'sequence' | 'schema' | 'role';

/** Values by the name of the option; null unsets it. */
export type Options = ReadonlyMap<string, string | bigint | boolean | readonly string[] | null>;

export interface CreateTable {
  kind: 'create-table';
  name: string;
  ifNotExists: boolean;
  columns: readonly ColumnDefinition[];
  foreignKeys: readonly ForeignKeyDefinition[];
  checks: readonly CheckDefinition[];
  synonym?: string | undefined;
  primaryKey: readonly KeyPart[];
  interleave?: InterleaveClause | undefined;
  rowDeletionPolicy?: RowDeletionPolicy | undefined;
}

export interface ColumnType {
  type: BqType;
  maxLength?: number | undefined;
}

/** What `ALTER COLUMN` states anew. */
export interface ColumnAttributes extends ColumnType {
  notNull: boolean;
  default?: string | undefined;
  onUpdate?: string | undefined;
  generated?: Generated | undefined;
  identity?: SequenceClauses | undefined;
}

export interface ColumnDefinition extends ColumnAttributes {
  name: string;
  hidden: boolean;
  primaryKey: boolean;
  options: Options;
}

export interface InterleaveClause extends Omit<Interleave, 'onDelete'> {
  onDelete?: DeleteAction | undefined;
}

export interface ForeignKeyDefinition {
  name?: string | undefined;
  columns: readonly string[];
  referencedTable: string;
  referencedColumns: readonly string[];
  onDelete?: DeleteAction | undefined;
  enforced: boolean;
}

export interface CheckDefinition {
  name?: string | undefined;
  expression: string;
}

export type TableAction =
  | { kind: 'add-column'; column: ColumnDefinition; ifNotExists: boolean }
  | { kind: 'drop-column'; column: string }
  | { kind: 'alter-column'; column: string; change: ColumnChange }
  | { kind: 'add-foreign-key'; foreignKey: ForeignKeyDefinition }
  | { kind: 'add-check'; check: CheckDefinition }
  | { kind: 'drop-constraint'; name: string }
  | { kind: 'set-on-delete'; onDelete: DeleteAction }
  | { kind: 'set-interleave'; interleave: InterleaveClause }
  | { kind: 'add-row-deletion-policy' | 'replace-row-deletion-policy'; policy: RowDeletionPolicy }
  | { kind: 'drop-row-deletion-policy' }
  | { kind: 'rename'; to: string; synonym?: string | undefined }
  | { kind: 'add-synonym' | 'drop-synonym'; synonym: string };

export type ColumnChange =
  | ({ kind: 'attributes' } & ColumnAttributes)
  | { kind: 'set-options'; options: Options }
  | { kind: 'set-default' | 'set-on-update'; expression: string }
  | { kind: 'drop-default' | 'drop-on-update' | 'set-not-null' | 'drop-not-null' }
  | { kind: 'alter-identity'; change: SequenceChange };

export interface CreateIndex {
  kind: 'create-index';
  name: string;
  ifNotExists: boolean;
  unique: boolean;
  nullFiltered: boolean;
  table: string;
  parts: readonly KeyPart[];
  storing: readonly string[];
  notNullColumns: readonly string[];
  interleaveIn?: string | undefined;
}

export interface SequenceClauses {
  bitReversedPositive: boolean;
  skipRange?: { min: bigint; max: bigint } | undefined;
  startWithCounter?: bigint | undefined;
}

export type SequenceChange =
  | { kind: 'restart'; counter: bigint }
  | { kind: 'skip-range'; min: bigint; max: bigint }
  | { kind: 'no-skip-range' }
  | { kind: 'options'; options: Options };
