import { ServiceError } from '../../../serving/service-error.js';
import type { TableRef } from '../../catalog/entries.js';

const TABLE = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)/;

/** `projects/p/datasets/d/tables/t`, with more behind it or not. */
export function tableOf(name: string, field: string): { ref: TableRef; rest: string } {
  const [head = '', projectId, datasetId, tableId] = TABLE.exec(name) ?? [];
  if (projectId === undefined) {
    throw new ServiceError('INVALID_ARGUMENT', `The ${field} is not the name of a table: ${name}`);
  }
  return {
    ref: { projectId, datasetId: datasetId!, tableId: tableId! },
    rest: name.slice(head.length).replace(/^\//, ''),
  };
}

export function nameOf({ projectId, datasetId, tableId }: TableRef): string {
  return `projects/${projectId}/datasets/${datasetId}/tables/${tableId}`;
}
