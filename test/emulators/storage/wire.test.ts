import { describe, expect, it } from 'vitest';
import { request } from '../../helpers/raw-request.js';
import { statusOf, useStorage } from './harness.js';

const storage = useStorage();

const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  request(storage.server, method, path, body, headers);

async function newObject(): Promise<{ bucket: string; path: string }> {
  const name = 'folder/a.txt';
  const bucket = await storage.newBucket();
  await storage.client.bucket(bucket).file(name).save('hello', { resumable: false });
  return { bucket, path: `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}` };
}

describe('the wire', () => {
  it('answers only the fields that are asked for', async () => {
    const { bucket, path } = await newObject();
    expect((await send('GET', `${path}?fields=name,size`)).body).toEqual({ name: 'folder/a.txt', size: '5' });
    const list = await send('GET', `/storage/v1/b/${bucket}/o?fields=items(name,contentType),nextPageToken`);
    expect(list.body).toEqual({ items: [{ name: 'folder/a.txt', contentType: 'text/plain' }] });
    for (const query of ['fields=name(', 'alt=xml']) {
      expect((await send('GET', `${path}?${query}`)).status).toBe(400);
    }
  });

  it('heeds etags in headers', async () => {
    const { bucket, path } = await newObject();
    for (const resource of [path, `/storage/v1/b/${bucket}`]) {
      const { headers, body } = await send('GET', resource);
      expect(headers.get('etag')).toBe(body.etag);
      expect((await send('GET', resource, undefined, { 'if-none-match': body.etag })).status).toBe(304);
      expect((await send('GET', resource, undefined, { 'if-match': body.etag })).status).toBe(200);
      expect((await send('GET', resource, undefined, { 'if-match': '"stale"' })).status).toBe(412);
      expect((await send('PATCH', resource, {}, { 'if-match': '"stale"' })).status).toBe(412);
      expect((await send('PATCH', resource, {}, { 'if-match': `"${body.etag}"` })).status).toBe(200);
    }
    expect((await send('DELETE', path, undefined, { 'if-match': 'stale' })).status).toBe(412);
    const media = await send('GET', `${path}?alt=media`, undefined, {
      'if-none-match': (await send('GET', path)).body.etag,
    });
    expect(media.status).toBe(304);
  });

  it.each([
    ['PUT', '/storage/v1/b', '{}', {}, 405],
    ['DELETE', '/storage/v1/b/x/o', '{}', {}, 405],
    ['PATCH', '/storage/v1/b/x', '{"a":', {}, 400],
    ['PATCH', '/storage/v1/b/x', '[]', {}, 400],
    ['PATCH', '/storage/v1/b/x', 'no gzip', { 'content-encoding': 'gzip' }, 400],
    ['PATCH', '/storage/v1/b/x', `{"a":"${'b'.repeat(9 * 1024 * 1024)}"}`, {}, 413],
    ['GET', '/storage/v1/b/x/o/%zz', undefined, {}, 400],
  ])(
    '%s %s with a bad body or path is refused, and the next request served',
    async (method, path, body, headers, status) => {
      expect((await send(method, path, body, headers as Record<string, string>)).status).toBe(status);
      expect((await send('GET', '/storage/v1/b?project=p1')).status).toBe(200);
    },
  );
});

describe('resources', () => {
  it.each([
    'ab',
    'Capital',
    '-dash',
    'dash-',
    'a..b',
    '192.168.1.1',
    'goog-bucket',
    'my-google-bucket',
    'a'.repeat(64),
  ])('the bucket name %s is refused', async (name) => {
    expect(await statusOf(storage.client.createBucket(name))).toBe(400);
  });

  it.each([
    [{ labels: { Upper: 'x' } }, 400],
    [{ storageClass: 'COLD' }, 400],
    [{ location: 'EU' }, 400],
    [{ versioning: { enabled: 'yes' } }, 400],
    [{ lifecycle: { rule: [{ action: { type: 'Explode' }, condition: { age: 1 } }] } }, 400],
    [{ acl: 'everybody' }, 400],
    [{ defaultObjectAcl: [{ entity: 'allUsers' }] }, 400],
    [{ softDeletePolicy: { retentionDurationSeconds: '604800' } }, 501],
    [{ billing: { requesterPays: true } }, 501],
    [{ nonsense: 1 }, 501],
  ])('a bucket cannot get %j', async (change, status) => {
    const bucket = await storage.newBucket();
    const before = (await send('GET', `/storage/v1/b/${bucket}`)).body;
    expect((await send('PATCH', `/storage/v1/b/${bucket}`, change)).status).toBe(status);
    expect((await send('GET', `/storage/v1/b/${bucket}`)).body).toEqual(before);
  });

  it.each([
    [{ contentType: 5 }, 400],
    [{ customTime: 'soon' }, 400],
    [{ storageClass: 'COLD' }, 400],
    [{ acl: { entity: 'allUsers', role: 'READER' } }, 400],
    [{ temporaryHold: true }, 501],
  ])('an object cannot get %j', async (change, status) => {
    const { path } = await newObject();
    expect((await send('PATCH', path, change)).status).toBe(status);
  });

  it('keeps what a change of the access configuration does not name', async () => {
    const bucket = await storage.newBucket();
    await storage.client
      .bucket(bucket)
      .setMetadata({ iamConfiguration: { publicAccessPrevention: 'enforced' } });
    const { body } = await send('GET', `/storage/v1/b/${bucket}`);
    expect(body.iamConfiguration).toMatchObject({
      publicAccessPrevention: 'enforced',
      uniformBucketLevelAccess: { enabled: false },
    });
  });

  it.each([
    ['insert', 'POST', '/storage/v1/b?project=p1&predefinedAcl=everybody', { name: 'public-bucket' }, 400],
    ['insert', 'POST', '/storage/v1/b?project=p1&enableObjectRetention=true', { name: 'held-bucket' }, 501],
    ['list', 'GET', '/storage/v1/b?project=p1&softDeleted=true', undefined, 501],
  ])('%s %s %s is refused', async (_name, method, path, body, status) => {
    expect((await send(method, path, body)).status).toBe(status);
  });

  it('refuses what a compose, rewrite or list request says in vain', async () => {
    const { bucket, path } = await newObject();
    const compose = (body: object) => send('POST', `/storage/v1/b/${bucket}/o/new/compose`, body);
    const source = { name: 'folder/a.txt' };
    expect((await compose({ sourceObjects: [source], foo: 1 })).status).toBe(400);
    expect((await compose({ sourceObjects: [{ ...source, foo: 1 }] })).status).toBe(400);
    const stale = { ...source, objectPreconditions: { ifGenerationMatch: '1' } };
    expect((await compose({ sourceObjects: [stale] })).status).toBe(412);
    expect((await send('POST', `${path}/rewriteTo/b/${bucket}/o/new?rewriteToken=abc`)).status).toBe(400);
    for (const glob of ['[a', '[z-a]', '{a', '[]']) {
      const list = `/storage/v1/b/${bucket}/o?matchGlob=${encodeURIComponent(glob)}`;
      expect((await send('GET', list)).status).toBe(400);
    }
    expect((await send('GET', `/storage/v1/b/${bucket}/o?filter=x`)).status).toBe(501);
    expect((await send('GET', `/storage/v1/b/${bucket}/o/new`)).status).toBe(404);
  });
});

describe('resumable uploads', () => {
  const start = async (bucket: string, headers: Record<string, string> = {}) => {
    const path = `/upload/storage/v1/b/${bucket}/o?uploadType=resumable&name=r`;
    const { headers: answered } = await send('POST', path, {}, headers);
    return new URL(answered.get('location')!).pathname + new URL(answered.get('location')!).search;
  };

  it('a body longer than its range says is refused and not kept', async () => {
    const bucket = await storage.newBucket();
    const session = await start(bucket);
    const sent = await send('PUT', session, 'too much', { 'content-range': 'bytes 0-2/10' });
    expect(sent.status).toBe(400);
    const asked = await send('PUT', session, undefined, { 'content-range': 'bytes */10' });
    expect([asked.status, asked.headers.get('range')]).toEqual([308, null]);
  });

  it('an upload of another size than announced is refused', async () => {
    const bucket = await storage.newBucket();
    const session = await start(bucket, { 'x-upload-content-length': '5' });
    expect((await send('PUT', session, 'abc', { 'content-range': 'bytes 0-2/3' })).status).toBe(400);
    expect((await send('GET', `/storage/v1/b/${bucket}/o/r`)).status).toBe(404);
  });

  it('of twenty that demand to be the first, one is', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        bucket
          .file('race')
          .save(`${index}`, { resumable: index % 2 === 0, preconditionOpts: { ifGenerationMatch: 0 } }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const won = results.findIndex(({ status }) => status === 'fulfilled');
    expect((await bucket.file('race').download())[0].toString()).toBe(`${won}`);
  });
});
