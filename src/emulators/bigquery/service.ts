import { request } from '../probes/rest.js';
import type { EmulatedService, ProbeTarget } from '../service.js';

/** glibc keeps what DuckDB's threads free for later, in a pool per thread, unless it is told to give it back. */
const RETURN_MEMORY = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: String(128 * 1024) };
/** Each statement under way holds one of these threads of Node, of which there are 4 unless it is told otherwise. */
const SERVE_WHILE_BUSY = { UV_THREADPOOL_SIZE: '64' };

export const bigquery: EmulatedService = {
  probe,
  embedded: {
    env: { ...RETURN_MEMORY, ...SERVE_WHILE_BUSY },
    arguments: ({ project, endpointArguments }) => ['--project', project, ...endpointArguments],
    uses: ['storage'],
    serve: async ({ host, dataDir, project, endpoints }) =>
      (await import('./server/index.js')).startBigQueryServer({
        host,
        dataDir,
        projectId: project,
        ...(endpoints.storage !== undefined && { storageEndpoint: endpoints.storage }),
      }),
    async capabilities() {
      const { capabilities } = await import('./capabilities.js');
      return capabilities().map(({ area, name, status, note }) => ({
        name: `${area}: ${name}`,
        status,
        note,
      }));
    },
  },
};

async function probe({ host, port, project }: ProbeTarget): Promise<void> {
  const answer = (await request(`http://${host}:${port}/bigquery/v2/projects/${project}/queries`, 'POST', {
    query: 'SELECT 1',
    useLegacySql: false,
  })) as { rows?: { f: { v: string }[] }[] };
  if (answer.rows?.[0]?.f[0]?.v !== '1') throw new Error('SELECT 1 did not give 1');
}
