import type { ResolvedTable } from '../../../googlesql/compile/scope/query-context.js';
import { notImplemented } from '../../../googlesql/errors.js';
import type { ObjectPath } from '../../../googlesql/syntax/ast.js';
import { BigQueryError } from '../../errors.js';
import type { Session } from '../session.js';
import { columnViews } from './columns.js';
import { constraintViews } from './constraints.js';
import { jobViews } from './jobs.js';
import { routineViews } from './routines.js';
import { schemaViews } from './schemata.js';
import { metaTablesView, tableViews } from './tables.js';
import { type View, viewSource } from './view.js';

const views: Record<string, View> = {
  ...schemaViews,
  ...tableViews,
  ...constraintViews,
  ...columnViews,
  ...routineViews,
  ...jobViews,
};

/** Views that speak of a project, so that a dataset before them is an error. */
const projectViews = new Set(['SCHEMATA', 'SCHEMATA_OPTIONS', ...Object.keys(jobViews)]);

const region = /^region-/i;

/** `[project.][dataset.|region-us.]INFORMATION_SCHEMA.VIEW`, or undefined when the path is another table. */
export function resolveInformationSchema(
  path: ObjectPath,
  session: Session,
): Promise<ResolvedTable> | undefined {
  if (path.parts.length > 1 && path.parts.at(-1) === '__TABLES__') return metaTables(path, session);
  const at = path.parts.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
  if (at < 0 || at !== path.parts.length - 2) return undefined;
  const name = path.parts.at(-1)!.toUpperCase();
  const view = views[name];
  if (!view && !OTHERS.has(name)) throw notImplemented(`INFORMATION_SCHEMA.${name}`);
  const { projectId, datasetId } = qualifier(path.parts.slice(0, at), name, session);
  if (!view) throw noSuchView(projectId, datasetId, name);
  const scope = { session, projectId, datasets: datasetsOf(projectId, datasetId, session) };
  if (datasetId !== undefined && projectViews.has(name)) {
    throw new BigQueryError(
      'invalid',
      `INFORMATION_SCHEMA.${name} is a view of the project, not of a dataset`,
    );
  }
  return viewSource(view, scope);
}

/** What users look for although the service has no such view. */
const OTHERS: ReadonlySet<string> = new Set(['ROW_ACCESS_POLICIES']);

function noSuchView(projectId: string, datasetId: string | undefined, name: string): BigQueryError {
  const place = datasetId === undefined ? projectId : `${projectId}:${datasetId}`;
  return new BigQueryError(
    'notFound',
    `Not found: Table ${place}.INFORMATION_SCHEMA.${name} was not found in location US`,
  );
}

/** `[project.]dataset.__TABLES__` */
function metaTables(path: ObjectPath, session: Session): Promise<ResolvedTable> {
  const { projectId, datasetId } = qualifier(path.parts.slice(0, -1), '__TABLES__', session);
  return viewSource(metaTablesView, {
    session,
    projectId,
    datasets: datasetsOf(projectId, datasetId, session),
  });
}

/** What stands before INFORMATION_SCHEMA: a project, a region, a dataset, or two of them. */
function qualifier(
  parts: string[],
  name: string,
  session: Session,
): { projectId: string; datasetId?: string } {
  const { project } = session.request;
  const [first, second] = parts;
  if (first !== undefined && second !== undefined) {
    return { projectId: first, datasetId: region.test(second) ? undefined : second };
  }
  if (first !== undefined) {
    if (region.test(first) || first === project) return { projectId: project };
    const dataset = { projectId: project, datasetId: first };
    const isProject = projectViews.has(name) && !session.services.catalog.getDataset(dataset);
    return isProject ? { projectId: first } : dataset;
  }
  if (projectViews.has(name)) return { projectId: project };
  if (session.defaultDataset) return session.defaultDataset;
  throw new BigQueryError(
    'invalid',
    `Table "INFORMATION_SCHEMA.${name}" must be qualified with a dataset (e.g. dataset.table).`,
  );
}

function datasetsOf(projectId: string, datasetId: string | undefined, session: Session) {
  const { catalog } = session.services;
  if (datasetId === undefined) return catalog.listDatasets(projectId);
  return [catalog.datasetFor({ projectId, datasetId }, session.request.location)];
}
