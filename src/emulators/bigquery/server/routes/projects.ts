import { listPage } from '../http/paging.js';
import { digestEtag } from '../resources/resources.js';
import type { ServerContext, ServerRoute } from '../server-context.js';

function knownProjects(context: ServerContext): string[] {
  return [...new Set([context.projectId, ...context.catalog.projects()])].sort();
}

export const projectRoutes: readonly ServerRoute[] = [
  [
    'GET',
    '/projects',
    (context, request) => {
      const projects = knownProjects(context);
      const page = listPage(projects, request.query, (projectId) => projectId);
      return {
        body: {
          kind: 'bigquery#projectList',
          etag: digestEtag(projects.join()),
          ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
          projects: page.items.map((projectId) => ({
            kind: 'bigquery#project',
            id: projectId,
            numericId: numericId(projectId),
            projectReference: { projectId },
            friendlyName: projectId,
          })),
          totalItems: projects.length,
        },
      };
    },
  ],
  [
    'GET',
    '/projects/{project}/serviceAccount',
    (_context, request) => ({
      body: {
        kind: 'bigquery#getServiceAccountResponse',
        email: `bq-${numericId(request.params['project']!)}@bigquery-encryption.iam.gserviceaccount.com`,
      },
    }),
  ],
];

/** A stable number per project; the service's own cannot be known offline. */
function numericId(projectId: string): string {
  let hash = 0n;
  for (const byte of Buffer.from(projectId)) hash = (hash * 31n + BigInt(byte)) % 1_000_000_000_000n;
  return hash.toString().padStart(12, '1');
}
