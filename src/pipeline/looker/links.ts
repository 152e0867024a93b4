import type { Config } from '../../config/config.js';
import { VIEW_NAMES, type ViewName } from '../analytics/templates.js';

/**
 * Google calls the product Looker Studio, and Data Studio again; both hosts answer.
 * https://developers.google.com/looker-studio/integrate/linking-api
 */
const CREATE = 'https://lookerstudio.google.com/reporting/create';

export interface LookerLink {
  view: ViewName;
  url: string;
}

/**
 * One link for each view: a new report with that view as its only source, which needs no template. Several sources in
 * one link are not documented.
 */
export function lookerLinks({ project, bigquery }: Config): LookerLink[] {
  return VIEW_NAMES.map((view) => {
    const url = new URL(CREATE);
    const source = {
      connector: 'bigQuery',
      type: 'TABLE',
      projectId: project,
      datasetId: bigquery.dataset,
      tableId: view,
      billingProjectId: project,
      datasourceName: `healthmon ${view}`,
    };
    url.searchParams.set('c.mode', 'edit');
    url.searchParams.set('r.reportName', `healthmon ${view}`);
    for (const [name, value] of Object.entries(source)) url.searchParams.set(`ds.${name}`, value);
    // A plus sign for a space is a form's way, not an address's.
    return { view, url: url.href.replaceAll('+', '%20') };
  });
}
