import { nameFlag } from '../../src/core/stack-name.js';
import type { StackReport } from './report.js';

/** How programs find the local BigQuery and Cloud Storage, one line each; empty when neither runs. */
export function clientLines({ name, project = 'PROJECT', services }: StackReport): string[] {
  const endpoint = (wanted: string) => services.find((service) => service.name === wanted)?.endpoint;
  const [bigquery, storage] = [endpoint('bigquery'), endpoint('storage')];
  if (bigquery === undefined && storage === undefined) return [];
  const stack = nameFlag(name);
  const lines = [`libraries: eval "$(healthmon emulators env${stack})"`];
  if (bigquery !== undefined) {
    lines.push(
      `bq: bq --oauth_access_token=local --api ${bigquery} --project_id ${project} ls`,
      `Python: bigquery.Client(project="${project}", credentials=AnonymousCredentials(), client_options={"api_endpoint": "${bigquery}"})`,
    );
  }
  if (storage !== undefined) {
    lines.push(
      `gcloud: CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true CLOUDSDK_CORE_PROJECT=${project} CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=${storage}/storage/v1/ gcloud storage ls`,
    );
  }
  return lines;
}
