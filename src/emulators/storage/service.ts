import { request } from '../probes/rest.js';
import type { EmulatedService, ProbeTarget } from '../service.js';

export const storage: EmulatedService = {
  probe,
  embedded: {
    isImmutable: (path) => /^buckets[\\/].+\.bytes$/.test(path),
    serve: async ({ host, dataDir }) => (await import('./server.js')).startStorageServer({ host, dataDir }),
    async capabilities() {
      const { storageCapabilities } = await import('./capabilities.js');
      return storageCapabilities().map(([name, status, note]) => ({ name, status, note }));
    },
  },
};

async function probe({ host, port, project }: ProbeTarget, id: string): Promise<void> {
  const base = `http://${host}:${port}`;
  const bucket = `${base}/storage/v1/b/${id}`;
  await request(`${base}/storage/v1/b?project=${project}`, 'POST', { name: id });
  try {
    await request(`${base}/upload/storage/v1/b/${id}/o?uploadType=media&name=probe`, 'POST', { id });
    const got = (await request(`${bucket}/o/probe?alt=media`)) as { id?: string };
    if (got.id !== id) throw new Error('The object that was written could not be read back');
    await request(`${bucket}/o/probe`, 'DELETE');
  } finally {
    await request(bucket, 'DELETE');
  }
}
