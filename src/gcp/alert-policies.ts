import type { GoogleRest } from './google-rest.js';

interface Listed {
  alertPolicies?: { name: string; displayName: string }[];
  nextPageToken?: string;
}

/**
 * Creates an alert policy of Cloud Monitoring, or replaces the one of the same display name among those with the label
 * `app=healthmon`. https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies
 */
export async function putAlertPolicy(
  { ask }: GoogleRest,
  project: string,
  policy: { displayName: string },
): Promise<'created' | 'replaced'> {
  const path = `v3/projects/${project}/alertPolicies`;
  let pageToken = '';
  do {
    const query = new URLSearchParams({ filter: 'user_labels.app="healthmon"', pageToken });
    const { alertPolicies = [], nextPageToken = '' } = (await ask(
      'monitoring',
      `${path}?${query}`,
    )) as Listed;
    const present = alertPolicies.find(({ displayName }) => displayName === policy.displayName);
    if (present !== undefined) {
      await ask('monitoring', `v3/${present.name}`, { method: 'PATCH', body: policy });
      return 'replaced';
    }
    pageToken = nextPageToken;
  } while (pageToken !== '');
  await ask('monitoring', path, { body: policy });
  return 'created';
}
