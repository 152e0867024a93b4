import type { ObjectName } from '../../googlesql/compile/scope/query-context.js';
import { BigQueryError } from '../errors.js';
import type { DatasetRef, ModelRef, RoutineRef, TableRef } from './entries.js';

/** A dataset as error messages name it. */
export function datasetName(ref: DatasetRef): string {
  return `${ref.projectId}:${ref.datasetId}`;
}

/** A table as error messages and resource ids name it. */
export function tableName(ref: TableRef): string {
  return `${datasetName(ref)}.${ref.tableId}`;
}

export function routineName(ref: RoutineRef): string {
  return `${datasetName(ref)}.${ref.routineId}`;
}

export function modelName(ref: ModelRef): string {
  return `${datasetName(ref)}.${ref.modelId}`;
}

/** A table or routine by the parts of its full name, as the compiler reports it. */
export function objectName(ref: TableRef | RoutineRef): ObjectName {
  return [ref.projectId, ref.datasetId, 'tableId' in ref ? ref.tableId : ref.routineId];
}

export function tableOfName([projectId, datasetId, tableId]: ObjectName): TableRef {
  return { projectId: projectId!, datasetId: datasetId!, tableId: tableId! };
}

export function routineOfName([projectId, datasetId, routineId]: ObjectName): RoutineRef {
  return { projectId: projectId!, datasetId: datasetId!, routineId: routineId! };
}

const DATASET_ID = /^[A-Za-z0-9_]{1,1024}$/;
// Letters, marks, numbers, connectors, dashes and spaces, as the documentation of table names lists them.
const TABLE_ID = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u;
const ROUTINE_OR_MODEL_ID = /^[A-Za-z0-9_]{1,1024}$/;
const PROJECT_ID = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,127}$/;

export function checkDatasetId(datasetId: string): void {
  if (!DATASET_ID.test(datasetId)) {
    throw new BigQueryError(
      'invalid',
      `Invalid dataset ID "${datasetId}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
      { location: datasetId },
    );
  }
}

export function checkTableId(tableId: string): void {
  if (!TABLE_ID.test(tableId) || Buffer.byteLength(tableId) > 1024) {
    throw new BigQueryError(
      'invalid',
      `Invalid table ID "${tableId}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long. Also, Table decorators cannot be used.`,
    );
  }
}

export function checkRoutineOrModelId(id: string, kind: 'routine' | 'model'): void {
  if (!ROUTINE_OR_MODEL_ID.test(id)) {
    throw new BigQueryError('invalid', `Invalid ${kind} ID "${id}".`);
  }
}

export function checkProjectId(projectId: string): void {
  if (!PROJECT_ID.test(projectId)) {
    throw new BigQueryError('invalid', `Invalid project ID '${projectId}'.`);
  }
}

/**
 * A case-sensitive name as a DuckDB identifier. DuckDB compares identifiers without regard to case, so the places
 * of the capitals follow behind a `~`, which no BigQuery name contains.
 */
export function caseSafe(name: string): string {
  let capitals = 0n;
  let index = 0;
  for (const character of name) {
    if (character !== character.toLowerCase()) capitals |= 1n << BigInt(index);
    index++;
  }
  return capitals === 0n ? name : `${name}~${capitals.toString(36)}`;
}
