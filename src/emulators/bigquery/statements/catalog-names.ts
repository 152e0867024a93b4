import { randomUUID } from 'node:crypto';
import type {
  CatalogColumn,
  CatalogRoutine,
  CatalogTable,
  JavaScriptCode,
  NameResolver,
} from '../../googlesql/compile/scope/query-context.js';
import { invalidQuery, notImplemented } from '../../googlesql/errors.js';
import type { ObjectPath } from '../../googlesql/syntax/ast.js';
import { DATE, TIMESTAMP } from '../../googlesql/syntax/types.js';
import type { Catalog } from '../catalog/catalog.js';
import type { DatasetRef, RoutineEntry, RoutineRef, TableEntry, TableRef } from '../catalog/entries.js';
import { checkDatasetId, objectName, routineName, tableName } from '../catalog/names.js';
import { fromTableField } from '../catalog/rest-types.js';
import { type Caller, rowFilters } from '../catalog/row-access.js';
import { fromStandardType } from '../catalog/standard-types.js';
import { namedRows } from '../catalog/stored-table.js';
import { BigQueryError } from '../errors.js';
import { wildcardTable } from './wildcard-table.js';

/** Where a statement runs: what fills in the names that are not given in full. */
export interface Surroundings {
  catalog: Catalog;
  project: string;
  defaultDataset?: DatasetRef;
  /** Given with the job; tables elsewhere are not found then. */
  location?: string;
  /** Whose rows are seen. */
  caller: Caller;
}

/** The fourth part of the name of a table whose rows are read in spite of its policies: nobody can write it. */
const ALL_ROWS = `rows_${randomUUID().replaceAll('-', '')}`;

/** A query for the rows of a table for which one of the conditions holds. */
export function filteredRows(
  { projectId, datasetId, tableId }: TableRef,
  filters: readonly string[],
): string {
  const conditions = filters.map((filter) => `(${filter}\n)`).join(' OR ');
  return `SELECT * FROM \`${projectId}.${datasetId}.${tableId}.${ALL_ROWS}\` WHERE ${conditions || 'FALSE'}`;
}

/** Names of BigQuery's tables and routines, as the compiler asks for them. */
export function catalogNames(around: Surroundings): NameResolver {
  return {
    table: (path) => table(path, around),
    routine: (parts) => routine(parts, around),
  };
}

function table(whole: ObjectPath, around: Surroundings): CatalogTable {
  const { catalog, caller } = around;
  const isUnfiltered = whole.parts.length === 4 && whole.parts[3] === ALL_ROWS;
  const path = isUnfiltered ? { ...whole, parts: whole.parts.slice(0, 3) } : whole;
  const ref = tableRef(path, around);
  if (ref.tableId.endsWith('*')) {
    catalog.datasetFor(ref, around.location);
    return wildcardTable(ref, catalog, caller);
  }
  const entry = requireTable(ref, around);
  const filters = isUnfiltered ? undefined : rowFilters(entry, caller);
  if (filters !== undefined) {
    return {
      kind: 'view',
      name: objectName(entry.ref),
      shownName: tableName(entry.ref),
      query: filteredRows(entry.ref, filters),
      columnNames: entry.fields.map((field) => field.name),
    };
  }
  if (entry.type !== 'VIEW' && entry.type !== 'MATERIALIZED_VIEW') {
    return {
      kind: 'table',
      name: objectName(entry.ref),
      sql: namedRows(catalog, entry),
      columns: columnsOf(entry),
    };
  }
  if (entry.useLegacySql) throw notImplemented('Legacy SQL');
  return {
    kind: 'view',
    name: objectName(entry.ref),
    shownName: tableName(entry.ref),
    query: entry.viewQuery ?? '',
    columnNames: entry.fields.map((field) => field.name),
  };
}

/** The table that a path names, with the project and default dataset of the request filled in. */
function tableRef(path: ObjectPath, { project, defaultDataset }: Surroundings): TableRef {
  const { parts } = path;
  if (parts.length === 1) {
    if (defaultDataset === undefined) {
      throw new BigQueryError(
        'invalid',
        `Table "${parts[0]}" must be qualified with a dataset (e.g. dataset.table).`,
        { location: parts[0]! },
      );
    }
    return { ...defaultDataset, tableId: parts[0]! };
  }
  if (parts.length === 2) return { projectId: project, datasetId: parts[0]!, tableId: parts[1]! };
  if (parts.length === 3) return { projectId: parts[0]!, datasetId: parts[1]!, tableId: parts[2]! };
  throw invalidQuery(`Invalid table name: ${parts.join('.')}`, path.pos);
}

/** The catalog's entry, or BigQuery's error for what is missing. */
function requireTable(ref: TableRef, { catalog, project, location }: Surroundings): TableEntry {
  if (ref.projectId !== project && !catalog.projects().includes(ref.projectId)) {
    const name = tableName(ref);
    throw new BigQueryError(
      'accessDenied',
      `Access Denied: Table ${name}: User does not have permission to query table ${name}, or perhaps it does not exist.`,
    );
  }
  if (/[^\w-]/.test(ref.datasetId)) checkDatasetId(ref.datasetId);
  const dataset = catalog.datasetFor(ref, location);
  const entry = catalog.getTable(ref);
  if (entry === undefined) {
    throw new BigQueryError(
      'notFound',
      `Not found: Table ${tableName(ref)} was not found in location ${dataset.location}`,
    );
  }
  return entry;
}

/** Columns of a stored table, with the pseudo columns of ingestion-time partitioning. */
function columnsOf(entry: TableEntry): CatalogColumn[] {
  const columns: CatalogColumn[] = entry.fields.map((field) => {
    const { name, type } = fromTableField(field);
    return { name, physicalName: name, type };
  });
  if (entry.timePartitioning !== undefined && entry.timePartitioning.field === undefined) {
    const physicalName = '_PARTITIONTIME';
    columns.push({ name: '_PARTITIONTIME', physicalName, type: TIMESTAMP, pseudo: true });
    if (entry.timePartitioning.type === 'DAY') {
      columns.push({ name: '_PARTITIONDATE', physicalName, type: DATE, cast: 'DATE', pseudo: true });
    }
  }
  return markFiltered(columns, entry);
}

/** Marks the partitioning columns of a table that is read with a filter over them only. */
function markFiltered(columns: CatalogColumn[], entry: TableEntry): CatalogColumn[] {
  if (entry.requirePartitionFilter !== true) return columns;
  const field = entry.timePartitioning?.field ?? entry.rangePartitioning?.field;
  return columns.map((column) => {
    const partitioning =
      field === undefined ? column.pseudo === true : column.name.toLowerCase() === field.toLowerCase();
    return partitioning ? { ...column, needsFilter: true } : column;
  });
}

/** The routine that a name means, by its one to three parts. */
function routine(parts: readonly string[], around: Surroundings): CatalogRoutine | undefined {
  const { catalog } = around;
  const ref = routineRef(parts, around);
  if (ref === undefined || catalog.getDataset(ref) === undefined) return undefined;
  const entry = catalog.getRoutine(ref);
  return entry === undefined ? undefined : fromEntry(entry);
}

function routineRef(
  parts: readonly string[],
  { project, defaultDataset }: Surroundings,
): RoutineRef | undefined {
  const routineId = parts.at(-1)!;
  if (parts.length === 1) return defaultDataset === undefined ? undefined : { ...defaultDataset, routineId };
  if (parts.length === 2) return { projectId: project, datasetId: parts[0]!, routineId };
  if (parts.length === 3) return { projectId: parts[0]!, datasetId: parts[1]!, routineId };
  return undefined;
}

const KINDS = {
  SCALAR_FUNCTION: 'function',
  AGGREGATE_FUNCTION: 'function',
  TABLE_VALUED_FUNCTION: 'tableFunction',
  PROCEDURE: 'procedure',
} as const;

function fromEntry(entry: RoutineEntry): CatalogRoutine {
  return {
    kind: KINDS[entry.routineType],
    ref: objectName(entry.ref),
    name: routineName(entry.ref).replace(':', '.'),
    arguments: entry.arguments.map((argument) => ({
      name: String(argument['name']),
      type: fromStandardType(argument['dataType']),
    })),
    returns: fromStandardType(entry.returnType),
    body: entry.definitionBody,
    aggregate: entry.routineType === 'AGGREGATE_FUNCTION',
    code: entry.language === 'JAVASCRIPT' ? codeOf(entry) : undefined,
  };
}

function codeOf(entry: RoutineEntry): JavaScriptCode {
  return {
    libraries: entry.importedLibraries ?? [],
    deterministic: entry.determinismLevel === 'DETERMINISTIC',
    notAggregate: entry.arguments.map((argument) => argument['isAggregate'] === false),
  };
}
