import { describe, expect, it } from 'vitest';
import { request } from '../../helpers/raw-request.js';
import { useStorage } from './harness.js';

const storage = useStorage();

const send = (method: string, path: string, body?: unknown) =>
  request(storage.server, method, `/storage/v1${path}`, body);
const upload = (bucket: string, name: string, query: string) =>
  request(
    storage.server,
    'POST',
    `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${name}&${query}`,
    'text',
  );
const entities = (acl: { entity: string; role: string }[]) =>
  acl.map(({ entity, role }) => `${entity} ${role}`);

const OWNER = 'user-emulator@localhost OWNER';
const TEAM = ['project-owners-1 OWNER', 'project-editors-1 OWNER', 'project-viewers-1 READER'];

describe('predefined access lists', () => {
  it.each([
    ['private', [OWNER]],
    ['publicRead', [OWNER, 'allUsers READER']],
    ['authenticatedRead', [OWNER, 'allAuthenticatedUsers READER']],
    ['bucketOwnerRead', [OWNER, 'project-owners-1 READER']],
    ['bucketOwnerFullControl', [OWNER, 'project-owners-1 OWNER']],
    ['projectPrivate', [OWNER, ...TEAM]],
  ])('%s of an upload, of a copy and of a change', async (name, expected) => {
    const bucket = await storage.newBucket();
    const uploaded = await upload(bucket, 'a', `predefinedAcl=${name}&projection=full`);
    expect(entities(uploaded.body.acl)).toEqual(expected);
    expect(uploaded.body.acl[0]).toMatchObject({
      kind: 'storage#objectAccessControl',
      bucket,
      object: 'a',
      generation: uploaded.body.generation,
    });
    const copied = await send(
      'POST',
      `/b/${bucket}/o/a/copyTo/b/${bucket}/o/b?destinationPredefinedAcl=${name}&projection=full`,
    );
    expect(entities(copied.body.acl)).toEqual(expected);
    await upload(bucket, 'c', '');
    const changed = await send('PATCH', `/b/${bucket}/o/c?predefinedAcl=${name}&projection=full`, {});
    expect(entities(changed.body.acl)).toEqual(expected);
    await storage.restart();
    expect(entities((await send('GET', `/b/${bucket}/o/c?projection=full`)).body.acl)).toEqual(expected);
    expect((await send('GET', `/b/${bucket}/o/c`)).body.acl).toBeUndefined();
  });

  it('of a bucket, and the one that its objects have when they name none', async () => {
    const made = await send(
      'POST',
      '/b?project=p1&projection=full&predefinedAcl=publicReadWrite&predefinedDefaultObjectAcl=publicRead',
      { name: 'with-lists' },
    );
    expect(entities(made.body.acl)).toEqual(['project-owners-1 OWNER', 'allUsers WRITER']);
    expect(entities(made.body.defaultObjectAcl)).toEqual([OWNER, 'allUsers READER']);
    const object = await upload('with-lists', 'a', 'projection=full');
    expect(entities(object.body.acl)).toEqual([OWNER, 'allUsers READER']);
    const given = [{ entity: 'user-ann@example.com', role: 'READER' }];
    const patched = await send('PATCH', '/b/with-lists/o/a?projection=full', { acl: given });
    expect(entities(patched.body.acl)).toEqual(['user-ann@example.com READER']);
  });

  it('a copy does not take the list of its source', async () => {
    const bucket = await storage.newBucket();
    await upload(bucket, 'a', 'predefinedAcl=publicRead');
    const copy = await send('POST', `/b/${bucket}/o/a/rewriteTo/b/${bucket}/o/b?projection=full`);
    expect(entities(copy.body.resource.acl)).toEqual([OWNER, ...TEAM]);
  });

  it('are refused where access is uniform, and when there is none of the name', async () => {
    const uniformBucketLevelAccess = { enabled: true };
    await send('POST', '/b?project=p1', {
      name: 'uniform',
      iamConfiguration: { uniformBucketLevelAccess },
    });
    const refused = await upload('uniform', 'a', 'predefinedAcl=private');
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain('uniform bucket-level access is enabled');
    const object = await upload('uniform', 'a', 'projection=full');
    expect([object.status, object.body.acl]).toEqual([200, undefined]);
    const bucket = await storage.newBucket();
    expect((await upload(bucket, 'a', 'predefinedAcl=everybody')).status).toBe(400);
    expect((await upload(bucket, 'a', 'projection=half')).status).toBe(400);
    expect(
      (await send('PATCH', `/b/${bucket}`, { acl: [{ entity: 'allUsers', role: 'KING' }] })).status,
    ).toBe(400);
  });
});

describe('copies with the body null', () => {
  it.each(['rewriteTo', 'copyTo'])('%s keeps the metadata of the source', async (method) => {
    const bucket = await storage.newBucket();
    await upload(bucket, 'a', '');
    await send('PATCH', `/b/${bucket}/o/a`, { contentType: 'text/x-own', metadata: { k: 'v' } });
    const answer = await fetch(`${storage.server.url}/storage/v1/b/${bucket}/o/a/${method}/b/${bucket}/o/b`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'null',
    });
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as { done?: boolean; resource?: object };
    expect(body.resource ?? body).toMatchObject({ contentType: 'text/x-own', metadata: { k: 'v' } });
    if (method === 'rewriteTo') expect(body.done).toBe(true);
  });
});
