import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { statusOf, useStorage } from './harness.js';

const storage = useStorage();
const fresh = async () => storage.client.bucket(await storage.newBucket());

describe('objects', () => {
  it('are listed by prefix and delimiter, in pages, in the order of their UTF-8 bytes', async () => {
    const bucket = await fresh();
    const names = ['a.csv', 'in/1.csv', 'in/2.csv', 'in/deep/3.csv', 'z\u{1F600}', 'z\uFF5E', 'zz'];
    await Promise.all(names.map((name) => bucket.file(name).save(name)));
    const [all] = await bucket.getFiles();
    expect(all.map((file) => file.name)).toEqual(
      [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    const [files, , answer] = (await bucket.getFiles({
      prefix: 'in/',
      delimiter: '/',
      autoPaginate: false,
    })) as unknown as [{ name: string }[], unknown, { prefixes: string[] }];
    expect(files.map((file) => file.name)).toEqual(['in/1.csv', 'in/2.csv']);
    expect(answer.prefixes).toEqual(['in/deep/']);
    const paged: string[] = [];
    let query: object | null = { delimiter: '/', maxResults: 1, autoPaginate: false };
    while (query !== null) {
      const page = (await bucket.getFiles(query)) as unknown as [
        { name: string }[],
        object | null,
        { prefixes?: string[] },
      ];
      paged.push(...page[0].map((file) => file.name), ...(page[2].prefixes ?? []));
      expect(page[0].length + (page[2].prefixes?.length ?? 0)).toBeLessThanOrEqual(1);
      query = page[1];
    }
    expect(paged).toEqual(['a.csv', 'in/', 'zz', 'z\uFF5E', 'z\u{1F600}']);
    const [between] = await bucket.getFiles({ startOffset: 'in/2.csv', endOffset: 'z' });
    expect(between.map((file) => file.name)).toEqual(['in/2.csv', 'in/deep/3.csv']);
    const [globbed] = await bucket.getFiles({ matchGlob: 'in/*.csv' });
    expect(globbed.map((file) => file.name)).toEqual(['in/1.csv', 'in/2.csv']);
    const [deep] = await bucket.getFiles({ matchGlob: '**/{1,3}.csv' });
    expect(deep.map((file) => file.name)).toEqual(['in/1.csv', 'in/deep/3.csv']);
  });

  it('are matched in linear time by globs that could be taken apart in many ways', async () => {
    const bucket = await fresh();
    await bucket.file('a'.repeat(1000)).save('x');
    for (const matchGlob of [
      '*a*a*a*a*a*a*a*b',
      '**a**a**a**a**a**b',
      '{*a,*aa,*}{*a,*aa,*}{*a,*aa,*}{*a,*}b',
    ]) {
      expect((await bucket.getFiles({ matchGlob }))[0]).toEqual([]);
    }
    expect((await bucket.getFiles({ matchGlob: '*a*a*a*a*a*a*a*' }))[0]).toHaveLength(1);
  });

  it('change their metadata without a new generation', async () => {
    const bucket = await fresh();
    const file = bucket.file('a');
    await file.save('x', { metadata: { metadata: { one: '1', two: '2' }, cacheControl: 'no-store' } });
    const [before] = await file.getMetadata();
    await file.setMetadata({ contentType: 'text/csv', metadata: { one: null, three: '3' } });
    const [after] = await file.getMetadata();
    expect(after).toMatchObject({
      contentType: 'text/csv',
      cacheControl: 'no-store',
      metadata: { two: '2', three: '3' },
      generation: before.generation,
      metageneration: '2',
    });
    expect(after.metadata).not.toHaveProperty('one');
  });

  it('are copied, rewritten and moved with their metadata', async () => {
    const bucket = await fresh();
    const other = await fresh();
    const body = randomBytes(70_000);
    await bucket.file('from').save(body, { contentType: 'text/x', metadata: { metadata: { k: 'v' } } });
    await bucket.file('from').copy(other.file('to'));
    expect((await other.file('to').download())[0].equals(body)).toBe(true);
    const [copied] = await other.file('to').getMetadata();
    expect(copied).toMatchObject({ contentType: 'text/x', metadata: { k: 'v' } });
    await other.file('to').rename('moved');
    expect(await other.file('to').exists()).toEqual([false]);
    await other.file('moved').moveFileAtomic('again');
    expect((await other.file('again').download())[0].equals(body)).toBe(true);
    const raw = await fetch(
      `${storage.server.url}/storage/v1/b/${other.name}/o/again/copyTo/b/${bucket.name}/o/back`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ contentType: 'text/y' }),
      },
    );
    expect(await raw.json()).toMatchObject({ kind: 'storage#object', contentType: 'text/y', size: '70000' });
    expect((await bucket.file('back').getMetadata())[0].metadata).toBeUndefined();
    expect(await statusOf(bucket.file('nothing').copy(other.file('x')))).toBe(404);
  });

  it('are composed: bytes in order, crc32c, no md5, component count', async () => {
    const bucket = await fresh();
    const parts = ['alpha', 'beta', 'gamma'];
    for (const part of parts) await bucket.file(part).save(part, { contentType: 'text/plain' });
    const [whole] = await bucket.combine(parts, 'whole');
    expect(String((await whole.download())[0])).toBe('alphabetagamma');
    const [metadata] = await whole.getMetadata();
    expect(metadata).toMatchObject({ componentCount: 3, size: '14', contentType: 'text/plain' });
    expect(metadata.md5Hash).toBeUndefined();
    await bucket.file('same').save('alphabetagamma');
    expect(metadata.crc32c).toBe((await bucket.file('same').getMetadata())[0].crc32c);
    expect(await statusOf(bucket.combine(['alpha', 'missing'], 'no'))).toBe(404);
  });

  it('keep noncurrent generations in a versioned bucket only', async () => {
    const plain = await fresh();
    await plain.file('a').save('1');
    await plain.file('a').save('2');
    expect((await plain.getFiles({ versions: true }))[0]).toHaveLength(1);

    const bucket = await fresh();
    await bucket.setMetadata({ versioning: { enabled: true } });
    await bucket.file('a').save('one');
    const [first] = await bucket.file('a').getMetadata();
    await bucket.file('a').save('two');
    const old = bucket.file('a', { generation: first.generation });
    expect(String((await old.download())[0])).toBe('one');
    expect(String((await bucket.file('a').download())[0])).toBe('two');
    await bucket.file('a').delete();
    expect(await bucket.file('a').exists()).toEqual([false]);
    const [versions] = await bucket.getFiles({ versions: true });
    expect(versions.map((file) => Boolean(file.metadata.timeDeleted))).toEqual([true, true]);
    await storage.restart();
    const again = storage.client.bucket(bucket.name);
    expect(String((await again.file('a', { generation: first.generation }).download())[0])).toBe('one');
    await again.file('a', { generation: first.generation }).delete();
    expect((await again.getFiles({ versions: true }))[0]).toHaveLength(1);
  });

  it('take names with any characters and survive a restart', async () => {
    const bucket = await fresh();
    const names = ['a b/ü?#%25&=+', 'x'.repeat(1000), '..a/../b', "it's"];
    for (const name of names) await bucket.file(name).save(name);
    await storage.restart();
    const again = storage.client.bucket(bucket.name);
    for (const name of names) expect(String((await again.file(name).download())[0])).toBe(name);
    expect(await statusOf(again.file('y'.repeat(1025)).save('x', { resumable: false }))).toBe(400);
  });

  it('carry the hashes of their bytes', async () => {
    const bucket = await fresh();
    const body = Buffer.from('123456789');
    await bucket.file('a').save(body);
    const [metadata] = await bucket.file('a').getMetadata();
    // 0xE3069283 is the published check value of CRC-32C for these nine digits.
    expect(metadata.crc32c).toBe(Buffer.from('e3069283', 'hex').toString('base64'));
    expect(metadata.md5Hash).toBe(createHash('md5').update(body).digest('base64'));
  });
});
