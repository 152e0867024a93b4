import { describe, expect, it } from 'vitest';
import { statusOf, useStorage } from './harness.js';

const storage = useStorage();

/** Every call that takes a precondition on the object it changes. */
const WRITES = [
  'media',
  'multipart',
  'resumable',
  'patch',
  'update',
  'copy',
  'rewrite',
  'compose',
  'delete',
] as const;

async function attempt(write: (typeof WRITES)[number], bucket: string, name: string, condition: string) {
  const { url } = storage.server;
  const object = `${url}/storage/v1/b/${bucket}/o/${name}`;
  const from = `${url}/storage/v1/b/${bucket}/o/source`;
  const upload = `${url}/upload/storage/v1/b/${bucket}/o?name=${name}&${condition}`;
  const call = (address: string, method: string, body?: string, type = 'application/json') =>
    fetch(address, { method, body, headers: { 'content-type': type } });
  const related = '--b\r\n\r\n{}\r\n--b\r\n\r\nnew\r\n--b--';
  switch (write) {
    case 'media':
      return call(`${upload}&uploadType=media`, 'POST', 'new');
    case 'multipart':
      return call(`${upload}&uploadType=multipart`, 'POST', related, 'multipart/related; boundary=b');
    case 'resumable': {
      const opened = await call(`${upload}&uploadType=resumable`, 'POST', '{}');
      return opened.ok ? call(opened.headers.get('location')!, 'PUT', 'new') : opened;
    }
    case 'patch':
      return call(`${object}?${condition}`, 'PATCH', '{"contentType":"a/b"}');
    case 'update':
      return call(`${object}?${condition}`, 'PUT', '{"contentType":"a/b"}');
    case 'copy':
      return call(`${from}/copyTo/b/${bucket}/o/${name}?${condition}`, 'POST', '{}');
    case 'rewrite':
      return call(`${from}/rewriteTo/b/${bucket}/o/${name}?${condition}`, 'POST', '{}');
    case 'compose':
      return call(`${object}/compose?${condition}`, 'POST', '{"sourceObjects":[{"name":"source"}]}');
    case 'delete':
      return call(`${object}?${condition}`, 'DELETE');
  }
}

async function prepared() {
  const bucket = storage.client.bucket(await storage.newBucket());
  await bucket.file('source').save('source');
  await bucket.file('a').save('old');
  const [{ generation }] = await bucket.file('a').getMetadata();
  return { bucket, generation: String(generation) };
}

describe.each(WRITES)('%s', (write) => {
  it('answers 412 when a precondition does not hold, and changes nothing', async () => {
    const { bucket, generation } = await prepared();
    const conditions = [
      'ifGenerationMatch=1',
      `ifGenerationNotMatch=${generation}`,
      'ifMetagenerationMatch=2',
      'ifMetagenerationNotMatch=1',
      'ifGenerationMatch=0',
    ];
    for (const condition of conditions) {
      const response = await attempt(write, bucket.name, 'a', condition);
      expect([condition, response.status]).toEqual([condition, 412]);
      const body = (await response.json()) as { error: { errors: { reason: string }[] } };
      expect(body.error.errors[0]!.reason).toBe('conditionNotMet');
    }
    const [metadata] = await bucket.file('a').getMetadata();
    expect(metadata).toMatchObject({ generation, metageneration: '1' });
  });

  it('goes through when it holds', async () => {
    const { bucket, generation } = await prepared();
    const condition = `ifGenerationMatch=${generation}&ifMetagenerationMatch=1&ifGenerationNotMatch=7`;
    expect((await attempt(write, bucket.name, 'a', condition)).ok).toBe(true);
  });
});

describe('generation 0', () => {
  it('means that the object must not exist, also when two writers race', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const save = (text: string) =>
      statusOf(
        bucket.file('lock').save(text, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
      );
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => save(String(index))));
    expect(results.filter((status) => status === undefined)).toHaveLength(1);
    expect(results.filter((status) => status === 412)).toHaveLength(7);
  });

  it('is checked again when a resumable upload ends', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const opened = await fetch(
      `${storage.server.url}/upload/storage/v1/b/${bucket.name}/o?name=a&ifGenerationMatch=0&uploadType=resumable`,
      { method: 'POST' },
    );
    await bucket.file('a').save('first');
    const ended = await fetch(opened.headers.get('location')!, { method: 'PUT', body: 'second' });
    expect(ended.status).toBe(412);
    expect(String((await bucket.file('a').download())[0])).toBe('first');
  });
});

describe('reads and sources', () => {
  it('answer 412 for "match" and 304 for "not match"', async () => {
    const { bucket, generation } = await prepared();
    const get = (query: string) => fetch(`${storage.server.url}/b/${bucket.name}/o/a?${query}`);
    for (const alt of ['json', 'media']) {
      expect((await get(`alt=${alt}&ifGenerationMatch=1`)).status).toBe(412);
      expect((await get(`alt=${alt}&ifGenerationNotMatch=${generation}`)).status).toBe(304);
      expect((await get(`alt=${alt}&ifMetagenerationNotMatch=1`)).status).toBe(304);
      expect((await get(`alt=${alt}&ifMetagenerationMatch=1`)).status).toBe(200);
      expect((await get(`alt=${alt}&generation=1`)).status).toBe(404);
    }
    expect((await get('ifGenerationMatch=x')).status).toBe(400);
  });

  it('check the source of a copy and of a composition', async () => {
    const { bucket } = await prepared();
    const base = `${storage.server.url}/storage/v1/b/${bucket.name}/o`;
    for (const verb of ['copyTo', 'rewriteTo']) {
      const response = await fetch(`${base}/source/${verb}/b/${bucket.name}/o/x?ifSourceGenerationMatch=1`, {
        method: 'POST',
      });
      expect(response.status).toBe(412);
    }
    const composed = await fetch(`${base}/x/compose`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"sourceObjects":[{"name":"source","objectPreconditions":{"ifGenerationMatch":"1"}}]}',
    });
    expect(composed.status).toBe(412);
    expect(await statusOf(bucket.file('x').getMetadata())).toBe(404);
  });
});
