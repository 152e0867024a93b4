/** Types that Spanner and BigQuery share. */
export const COLUMN_TYPES = [
  'STRING',
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BOOL',
  'DATE',
  'TIMESTAMP',
  'JSON',
  'BYTES',
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/**
 * What a field means to the model. `feature`: it may learn from it. `label`: what it predicts. `later`: known
 * only after the outcome, so never a feature. `metadata`: about the row, not about the patient.
 */
export const ROLES = ['identifier', 'time', 'feature', 'label', 'later', 'metadata'] as const;
export type Role = (typeof ROLES)[number];

/** When a value is known for the first time, where that is not when the row begins. */
export const KNOWN_AT = ['discharge'] as const;
export type KnownAt = (typeof KNOWN_AT)[number];

export const FILLED_BY = ['commit-timestamp', 'worker', 'source-line'] as const;
export type FilledBy = (typeof FILLED_BY)[number];

/** Constraints of Table Schema. Bounds are decimal or ISO 8601 text, so that none passes through a double. */
export interface Constraints {
  required?: boolean;
  unique?: boolean;
  /** Unicode characters of a string, bytes of BYTES, elements of an array. */
  minLength?: number;
  maxLength?: number;
  minimum?: string;
  maximum?: string;
  exclusiveMinimum?: string;
  exclusiveMaximum?: string;
  enum?: readonly string[];
  /** A regular expression of RE2 that the whole value must match. */
  pattern?: string;
}

export interface Field {
  name: string;
  type: ColumnType;
  /** The column is an array of `type`: a JSON array in the text, or a list separated by `delimiter`. */
  array: boolean;
  delimiter?: string;
  role: Role | undefined;
  /** `discharge`: a prediction during the stay cannot use it. */
  knownAt?: KnownAt | undefined;
  title?: string;
  description?: string;
  /** UCUM code of the unit of a measured value. */
  unit?: string | undefined;
  /** LOINC codes of a measured value: the first is written, the others are understood too. */
  loinc?: readonly string[] | undefined;
  /** LOINC code of the panel whose component it is. */
  loincPanel?: string | undefined;
  /** Format of dates and times in the input, as in Table Schema: `default` or a strptime pattern. */
  format?: string;
  /**
   * Set when rows do not bring the value themselves: `commit-timestamp` is set by Spanner, `worker` by the
   * streaming worker, `source-line` by the loader: name of the file and number of the line, such as `readings:17`.
   */
  filledBy: FilledBy | undefined;
  /** Spellings of BOOL; undefined means the usual ones. */
  trueValues?: readonly string[];
  falseValues?: readonly string[];
  constraints: Constraints;
}

export interface ForeignKey {
  fields: readonly string[];
  /** `name` of the other table schema; the empty string means this one. */
  resource: string;
  referencedFields: readonly string[];
}

/** One table, the source of every derivation: validation, Spanner DDL, BigQuery schema, Bigtable columns. */
export interface TableSchema {
  name: string;
  title?: string;
  description?: string;
  fields: readonly Field[];
  primaryKey: readonly string[];
  foreignKeys: readonly ForeignKey[];
  /** Unquoted texts that mean NULL. */
  missingValues: readonly string[];
  spannerTable: string;
  bigqueryTable: string;
  partitionBy: string | undefined;
  clusterBy: readonly string[];
  bigtableFamily: string | undefined;
}

/** Fields that a row of the input brings. */
export function inputFields(schema: TableSchema): Field[] {
  return schema.fields.filter((field) => field.filledBy === undefined);
}

/** The field that names the line of the file, if there is one. */
export function sourceLineField(schema: TableSchema): Field | undefined {
  return schema.fields.find((field) => field.filledBy === 'source-line');
}
