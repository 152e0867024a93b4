import type { DuckDBConnection } from '@duckdb/node-api';
import { invalidQuery } from '../../googlesql/errors.js';
import type { ObjectPath } from '../../googlesql/syntax/ast.js';
import type { ModelRef } from '../catalog/entries.js';
import { checkRoutineOrModelId } from '../catalog/names.js';
import type { StatementContext } from '../statements/statement-context.js';

/** What statements about models (CREATE MODEL, DROP MODEL, …) need from the engine. */
export interface MlStatementContext {
  context: StatementContext;
  /** Connection of the statement: it sees the session's temporary tables, and training data lives in it. */
  connection: DuckDBConnection;
  signal?: AbortSignal;
  /** Check options and columns only. */
  dryRun?: boolean;
}

/** The model that a path names, with project and dataset filled in from where the query runs. */
export function resolveModelRef(
  path: ObjectPath,
  context: Pick<StatementContext, 'project' | 'defaultDataset'>,
): ModelRef {
  const { parts } = path;
  const modelId = parts.at(-1)!;
  if (parts.length > 3) throw invalidQuery(`Invalid model path: ${parts.join('.')}`, path.pos);
  checkRoutineOrModelId(modelId, 'model');
  if (parts.length === 3) return { projectId: parts[0]!, datasetId: parts[1]!, modelId };
  if (parts.length === 2) return { projectId: context.project, datasetId: parts[0]!, modelId };
  const dataset = context.defaultDataset;
  if (dataset === undefined) {
    throw invalidQuery(
      `Model "${modelId}" must be qualified with a dataset (e.g. dataset.${modelId}).`,
      path.pos,
    );
  }
  return { projectId: dataset.projectId, datasetId: dataset.datasetId, modelId };
}
