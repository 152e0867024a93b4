import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useStorage } from './harness.js';

const storage = useStorage();

describe('GET of the XML API, with which the Go client reads', () => {
  it('sends whole objects, ranges and generations, whatever their names', async () => {
    const bucket = await storage.newBucket();
    const name = 'ward one/2026//a%.csv';
    const file = storage.client.bucket(bucket).file(name);
    await file.save('first', { resumable: false });
    const [{ generation }] = await file.getMetadata();
    await file.save('second', { resumable: false });
    const url = `${storage.server.url}/${bucket}/ward%20one/2026//a%25.csv`;
    const whole = await fetch(url);
    expect([whole.status, await whole.text()]).toEqual([200, 'second']);
    expect(whole.headers.get('x-goog-generation')).toBe((await file.getMetadata())[0].generation);
    expect(whole.headers.get('x-goog-hash')).toMatch(/crc32c=/);
    const part = await fetch(url, { headers: { range: 'bytes=1-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'eco']);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '6']);
    for (const missing of [`${url}x`, `${url}?generation=${generation}`, url.replace(bucket, 'no-bucket')]) {
      expect((await fetch(missing)).status).toBe(404);
    }
  });
});

describe('downloads', () => {
  it('send ranges as asked, also past the end', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const body = randomBytes(1000);
    await bucket.file('a').save(body);
    const get = (range: string) =>
      fetch(`${storage.server.url}/download/storage/v1/b/${bucket.name}/o/a?alt=media`, {
        headers: { range },
      });
    const cases: [string, number, Buffer, string | null][] = [
      ['bytes=0-9', 206, body.subarray(0, 10), 'bytes 0-9/1000'],
      ['bytes=990-', 206, body.subarray(990), 'bytes 990-999/1000'],
      ['bytes=-5', 206, body.subarray(995), 'bytes 995-999/1000'],
      ['bytes=900-5000', 206, body.subarray(900), 'bytes 900-999/1000'],
      ['lines=1-2', 200, body, null],
    ];
    for (const [range, status, bytes, contentRange] of cases) {
      const response = await get(range);
      expect([range, response.status, response.headers.get('content-range')]).toEqual([
        range,
        status,
        contentRange,
      ]);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    }
    expect((await get('bytes=1000-')).status).toBe(416);
    const [part] = await bucket.file('a').download({ start: 10, end: 19 });
    expect(part.equals(body.subarray(10, 20))).toBe(true);
  });

  it('unpack gzip for clients that cannot, and only for those', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const text = 'Patient_ID,Age\n'.repeat(500);
    await bucket.file('z').save(text, { gzip: true, resumable: false, contentType: 'text/csv' });
    const [metadata] = await bucket.file('z').getMetadata();
    expect(metadata.contentEncoding).toBe('gzip');
    expect(Number(metadata.size)).toBeLessThan(text.length);

    const address = `${storage.server.url}/storage/v1/b/${bucket.name}/o/z?alt=media`;
    const unpacked = await fetch(address, { headers: { 'accept-encoding': 'identity', range: 'bytes=0-4' } });
    expect(unpacked.status).toBe(200);
    expect(unpacked.headers.get('content-encoding')).toBeNull();
    expect(unpacked.headers.get('x-goog-stored-content-encoding')).toBe('gzip');
    expect(await unpacked.text()).toBe(text);

    const packed = await fetch(address, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(Number(packed.headers.get('content-length'))).toBe(Number(metadata.size));
    expect(await packed.text()).toBe(text);

    expect(String((await bucket.file('z').download())[0])).toBe(text);
    const [raw] = await bucket.file('z').download({ decompress: false });
    expect(raw.subarray(0, 2)).toEqual(gzipSync('').subarray(0, 2));
  });

  it('carry hashes, generation and stored headers', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    await bucket.file('a').save('abc', {
      contentType: 'text/plain',
      metadata: { cacheControl: 'no-store', contentDisposition: 'attachment', metadata: { ward: '7' } },
    });
    const [metadata] = await bucket.file('a').getMetadata();
    const response = await fetch(`${storage.server.url}/b/${bucket.name}/o/a?alt=media`);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'content-disposition': 'attachment',
      'x-goog-hash': `crc32c=${metadata.crc32c},md5=${metadata.md5Hash}`,
      'x-goog-generation': String(metadata.generation),
      'x-goog-meta-ward': '7',
      'content-length': '3',
    });
  });

  it('finish with the old bytes when the object is replaced meanwhile', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const old = randomBytes(4_000_000);
    await bucket.file('a').save(old);
    const response = await fetch(`${storage.server.url}/b/${bucket.name}/o/a?alt=media`);
    await bucket.file('a').save('new');
    expect(Buffer.from(await response.arrayBuffer()).equals(old)).toBe(true);
  });
});
