import { usageError } from '../errors/healthmon-error.js';
import {
  COLUMN_TYPES,
  type ColumnType,
  type Constraints,
  type Field,
  type TableSchema,
} from './table-schema.js';

/** What of a live table a schema can be made from. */
export interface SpannerTableLayout {
  name: string;
  columns: readonly {
    name: string;
    type: string;
    nullable: boolean;
    hasDefault: boolean;
    generated: boolean;
    commitTimestamp: boolean;
  }[];
  primaryKey: readonly string[];
}

/** A schema for a table that exists, so that it can be loaded without one. Generated columns are left out. */
export function schemaOfSpannerTable(table: SpannerTableLayout): TableSchema {
  return {
    name: table.name,
    fields: table.columns
      .filter(({ generated }) => !generated)
      .map((column): Field => {
        const { type, array, maxLength } = parseType(table.name, column.name, column.type);
        const constraints: Constraints = {};
        if (!column.nullable && !column.hasDefault) constraints.required = true;
        if (maxLength !== undefined && !array) constraints.maxLength = maxLength;
        return {
          name: column.name,
          type,
          array,
          role: undefined,
          filledBy: column.commitTimestamp ? 'commit-timestamp' : undefined,
          constraints,
        };
      }),
    primaryKey: table.primaryKey,
    foreignKeys: [],
    missingValues: [''],
    spannerTable: table.name,
    bigqueryTable: table.name.toLowerCase(),
    partitionBy: undefined,
    clusterBy: [],
    bigtableFamily: undefined,
  };
}

function parseType(
  table: string,
  column: string,
  spannerType: string,
): { type: ColumnType; array: boolean; maxLength: number | undefined } {
  const match = /^(ARRAY<)?([A-Z0-9]+)(?:\((\d+|MAX)\))?>?$/.exec(spannerType);
  const type = match?.[2] as ColumnType | undefined;
  if (type === undefined || !COLUMN_TYPES.includes(type)) {
    throw usageError({
      code: 'unsupported-type',
      message: `The column ${column} of ${table} has the type ${spannerType}, which cannot be loaded from CSV.`,
      suggestion: 'Give a table schema without this column by --schema.',
    });
  }
  const length = match![3];
  return {
    type,
    array: match![1] !== undefined,
    maxLength: length === undefined || length === 'MAX' ? undefined : Number(length),
  };
}
