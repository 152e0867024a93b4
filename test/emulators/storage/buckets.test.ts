import { describe, expect, it } from 'vitest';
import { statusOf, useStorage } from './harness.js';

const storage = useStorage();

describe('buckets', () => {
  it('are created, described, listed and deleted', async () => {
    const { client } = storage;
    await client.createBucket('ward-7', { location: 'EU', labels: { ward: '7' } });
    const [metadata] = await client.bucket('ward-7').getMetadata();
    expect(metadata).toMatchObject({
      name: 'ward-7',
      location: 'EU',
      labels: { ward: '7' },
      metageneration: '1',
    });
    const [buckets] = await client.getBuckets({ prefix: 'ward' });
    expect(buckets.map((bucket) => bucket.name)).toEqual(['ward-7']);
    expect(await client.bucket('ward-7').exists()).toEqual([true]);
    await client.bucket('ward-7').delete();
    expect(await client.bucket('ward-7').exists()).toEqual([false]);
  });

  it('are listed in pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await storage.client.createBucket(name);
    const [first, next] = (await storage.client.getBuckets({
      prefix: 'page-',
      maxResults: 2,
      autoPaginate: false,
    })) as unknown as [{ name: string }[], object];
    expect(first.map((bucket) => bucket.name)).toEqual(['page-a', 'page-b']);
    const [second] = await storage.client.getBuckets(next);
    expect(second.map((bucket) => bucket.name)).toEqual(['page-c']);
  });

  it('keep labels and lifecycle rules, merge changes and count them', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    await bucket.setMetadata({ labels: { a: '1', b: '2' } });
    await bucket.setMetadata({ labels: { a: null as unknown as string, c: '3' } });
    await bucket.addLifecycleRule({ action: { type: 'Delete' }, condition: { age: 30 } });
    const [metadata] = await bucket.getMetadata();
    expect(metadata.labels).toEqual({ b: '2', c: '3' });
    expect(metadata.lifecycle?.rule).toEqual([{ action: { type: 'Delete' }, condition: { age: 30 } }]);
    expect(metadata.metageneration).toBe('4');
  });

  it('refuse a second creation, a wrong name, an unknown bucket and a full one', async () => {
    const name = await storage.newBucket();
    expect(await statusOf(storage.client.createBucket(name))).toBe(409);
    expect(await statusOf(storage.client.createBucket('UPPER'))).toBe(400);
    expect(await statusOf(storage.client.bucket('nowhere').getMetadata())).toBe(404);
    await storage.client.bucket(name).file('x').save('x');
    expect(await statusOf(storage.client.bucket(name).delete())).toBe(409);
  });

  it('honour metageneration preconditions', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const stale = { ifMetagenerationMatch: 9 };
    expect(await statusOf(bucket.setMetadata({ labels: { a: '1' } }, stale))).toBe(412);
    expect(await statusOf(bucket.delete(stale))).toBe(412);
    expect(
      await statusOf(bucket.setMetadata({ labels: { a: '1' } }, { ifMetagenerationMatch: 1 })),
    ).toBeUndefined();
  });

  it('answer with an envelope that names what is missing or not supported', async () => {
    const missing = await fetch(`${storage.server.url}/storage/v1/b/nowhere/o/x`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toEqual({
      error: {
        code: 404,
        message: 'The specified bucket does not exist.',
        errors: [{ domain: 'global', message: 'The specified bucket does not exist.', reason: 'notFound' }],
      },
    });
    const name = await storage.newBucket();
    const iam = await fetch(`${storage.server.url}/b/${name}/iam`);
    expect(iam.status).toBe(501);
    expect(((await iam.json()) as { error: { message: string } }).error.message).toMatch(/IAM/);
    const held = storage.client.bucket(name).setMetadata({ retentionPolicy: { retentionPeriod: 60 } });
    expect(await statusOf(held)).toBe(501);
  });

  it('are still there after a restart', async () => {
    const name = await storage.newBucket();
    await storage.client.bucket(name).setMetadata({ labels: { kept: 'yes' } });
    await storage.restart();
    const [metadata] = await storage.client.bucket(name).getMetadata();
    expect(metadata).toMatchObject({ labels: { kept: 'yes' }, metageneration: '2' });
  });
});
