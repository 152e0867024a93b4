import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientOf, statusOf, useStorage } from './harness.js';

const storage = useStorage();
const MIB = 1024 * 1024;

describe('uploads through the official client', () => {
  it.each([0, 1, 8 * MIB, 8 * MIB + 1])(
    'of %i bytes, multipart and resumable, verified by hash',
    async (size) => {
      const bucket = storage.client.bucket(await storage.newBucket());
      const body = randomBytes(size);
      const md5 = createHash('md5').update(body).digest('base64');
      for (const resumable of [false, true]) {
        const file = bucket.file(`r-${resumable}`);
        await file.save(body, { resumable, validation: 'md5', contentType: 'text/csv' });
        const [metadata] = await file.getMetadata();
        expect(metadata).toMatchObject({ size: String(size), md5Hash: md5, contentType: 'text/csv' });
        const [back] = await file.download({ validation: 'crc32c' });
        expect(back.equals(body)).toBe(true);
      }
    },
  );

  it('of 100 MiB streams through without holding it in memory', async () => {
    const bucket = storage.client.bucket(await storage.newBucket());
    const before = process.memoryUsage().rss;
    const stream = bucket.file('big').createWriteStream({ resumable: true, validation: 'crc32c' });
    const chunk = randomBytes(MIB);
    for (let i = 0; i < 100; i++) {
      if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve));
    }
    await new Promise<void>((resolve, reject) => {
      stream.on('error', reject).on('finish', () => resolve());
      stream.end();
    });
    const [metadata] = await bucket.file('big').getMetadata();
    expect(metadata.size).toBe(String(100 * MIB));
    expect(process.memoryUsage().rss - before).toBeLessThan(90 * MIB);
  });

  it('in chunks, by bucket.upload, through any host name that leads here', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'healthmon-upload-'));
    const body = randomBytes(3 * MIB + 17);
    writeFileSync(join(folder, 'file.bin'), body);
    for (const host of ['127.0.0.1', 'localhost']) {
      const client = clientOf(`http://${host}:${storage.server.port}`);
      const bucket = client.bucket(await storage.newBucket());
      await bucket.upload(join(folder, 'file.bin'), { resumable: true, chunkSize: MIB });
      expect((await bucket.file('file.bin').download())[0].equals(body)).toBe(true);
    }
    rmSync(folder, { recursive: true });
  });
});

describe('the upload wire', () => {
  const open = async (bucket: string) => {
    const response = await fetch(
      `${storage.server.url}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&name=dir%2Ff`,
      { method: 'POST', body: '{"contentType":"text/plain"}' },
    );
    return { status: response.status, location: response.headers.get('location') ?? '' };
  };
  const put = (location: string, range: string | undefined, body: Buffer | undefined, more = {}) =>
    fetch(location, {
      method: 'PUT',
      headers: { ...(range !== undefined && { 'content-range': range }), ...more },
      body: body === undefined ? undefined : new Uint8Array(body),
    });

  it('builds the session URL from the Host header', async () => {
    const bucket = await storage.newBucket();
    const text = await rawRequest(
      `POST /resumable/upload/storage/v1/b/${bucket}/o?uploadType=resumable&name=a HTTP/1.1\r\n` +
        'Host: storage.localhost:1234\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
    );
    expect(text).toMatch(/location: http:\/\/storage\.localhost:1234\/resumable\/upload\/storage\/v1\/b\//i);
  });

  it('resumes after an interruption, also after a restart, and answers status queries', async () => {
    const bucket = await storage.newBucket();
    const body = randomBytes(600_000);
    const { location } = await open(bucket);
    expect((await put(location, 'bytes */600000', undefined)).status).toBe(308);
    const chunk = await put(location, 'bytes 0-262143/600000', body.subarray(0, 262_144));
    expect(chunk.status).toBe(308);
    expect(chunk.headers.get('range')).toBe('bytes=0-262143');

    // A connection that dies in the middle of the second chunk: what arrived counts.
    const path = new URL(location);
    await new Promise<void>((resolve) => {
      const socket = connect(storage.server.port, '127.0.0.1', () => {
        socket.write(
          `PUT ${path.pathname}${path.search} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 337856\r\n` +
            'Content-Range: bytes 262144-599999/600000\r\n\r\n',
        );
        socket.write(body.subarray(262_144, 362_144), () => setTimeout(() => socket.destroy(), 100));
      });
      socket.on('close', () => resolve());
    });
    await expect
      .poll(async () => (await put(location, 'bytes */600000', undefined)).headers.get('range'))
      .toBe('bytes=0-362143');

    await storage.restart();
    const moved = new URL(location);
    moved.port = String(storage.server.port);
    const gap = await put(moved.href, 'bytes 400000-599999/600000', body.subarray(400_000));
    expect(gap.status).toBe(400);
    // Overlapping bytes are skipped.
    const rest = await put(moved.href, 'bytes 262144-599999/600000', body.subarray(262_144));
    expect(rest.status).toBe(200);
    expect(await rest.json()).toMatchObject({ name: 'dir/f', size: '600000', contentType: 'text/plain' });
    const again = await put(moved.href, 'bytes */600000', undefined);
    expect(again.status).toBe(200);
    const [back] = await storage.client.bucket(bucket).file('dir/f').download();
    expect(back.equals(body)).toBe(true);
  });

  it('takes chunks of unknown total size and ends with the one that names it', async () => {
    const bucket = await storage.newBucket();
    const { location } = await open(bucket);
    expect((await put(location, 'bytes 0-3/*', Buffer.from('abcd'))).status).toBe(308);
    expect((await put(location, 'bytes 4-5/6', Buffer.from('ef'))).status).toBe(200);
    expect(String((await storage.client.bucket(bucket).file('dir/f').download())[0])).toBe('abcdef');
  });

  it('says 308 in a header to those who cannot take it for a status', async () => {
    const { location } = await open(await storage.newBucket());
    const no308 = { 'x-guploader-no-308': 'yes' };
    const none = await put(location, 'bytes */8', undefined, no308);
    expect([none.status, none.headers.get('x-http-status-code-override')]).toEqual([200, '308']);
    expect(none.headers.get('range')).toBeNull();
    const chunk = await put(location, 'bytes 0-3/8', Buffer.from('abcd'), no308);
    expect([chunk.status, chunk.headers.get('x-http-status-code-override')]).toEqual([200, '308']);
    expect(chunk.headers.get('range')).toBe('bytes=0-3');
    expect(await chunk.text()).toBe('');
    const last = await put(location, 'bytes 4-7/8', Buffer.from('efgh'), no308);
    expect([last.status, last.headers.get('x-http-status-code-override')]).toEqual([200, null]);
    expect(await last.json()).toMatchObject({ name: 'dir/f', size: '8' });
  });

  it('cancels a session and refuses an unknown one', async () => {
    const { location } = await open(await storage.newBucket());
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(499);
    expect((await put(location, undefined, Buffer.from('x'))).status).toBe(404);
  });

  it('refuses a wrong declared hash on every upload path and writes nothing', async () => {
    const bucket = await storage.newBucket();
    const wrong = { 'x-goog-hash': 'crc32c=AAAAAA==' };
    const media = await fetch(
      `${storage.server.url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=m`,
      {
        method: 'POST',
        headers: wrong,
        body: 'data',
      },
    );
    expect(media.status).toBe(400);
    const md5 = await fetch(`${storage.server.url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=m`, {
      method: 'POST',
      headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
      body: 'data',
    });
    expect(md5.status).toBe(400);
    const multipart = await multipartUpload(bucket, { name: 'm', crc32c: 'AAAAAA==' }, 'data', '"b1"', 'b1');
    expect(multipart.status).toBe(400);
    const { location } = await open(bucket);
    expect((await put(location, undefined, Buffer.from('data'), wrong)).status).toBe(400);
    expect((await storage.client.bucket(bucket).getFiles())[0]).toEqual([]);
  });

  it.each([
    ['bare', 'xyz', '\r\n'],
    ['single', "'===x==='", '\n'],
    ['double', '"a b"', '\r\n'],
  ])('reads a multipart body with a %s boundary', async (_kind, written, ending) => {
    const bucket = await storage.newBucket();
    const boundary = written.replace(/['"]/g, '');
    const body = 'line 1\r\n--not-it\r\nline 2\n';
    const response = await multipartUpload(bucket, { name: 'm' }, body, written, boundary, ending);
    expect(response.status).toBe(200);
    expect(String((await storage.client.bucket(bucket).file('m').download())[0])).toBe(body);
  });

  it('refuses a multipart body that is cut off', async () => {
    const bucket = await storage.newBucket();
    const response = await fetch(
      `${storage.server.url}/upload/storage/v1/b/${bucket}/o?uploadType=multipart`,
      {
        method: 'POST',
        headers: { 'content-type': 'multipart/related; boundary=b' },
        body: '--b\r\n\r\n{"name":"x"}\r\n--b\r\n\r\nhalf',
      },
    );
    expect(response.status).toBe(400);
    expect(await statusOf(storage.client.bucket(bucket).file('x').getMetadata())).toBe(404);
  });

  function multipartUpload(
    bucket: string,
    metadata: object,
    media: string,
    written: string,
    boundary: string,
    ending = '\r\n',
  ) {
    const lines = [
      `--${boundary}`,
      'Content-Type: application/json',
      '',
      JSON.stringify(metadata),
      `--${boundary}`,
      'Content-Type: text/plain',
      '',
      media,
      `--${boundary}--`,
    ];
    return fetch(`${storage.server.url}/upload/storage/v1/b/${bucket}/o?uploadType=multipart`, {
      method: 'POST',
      headers: { 'content-type': `multipart/related; boundary=${written}` },
      body: lines.join(ending),
    });
  }

  function rawRequest(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(storage.server.port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.setTimeout(60_000, () => socket.destroy(new Error('no answer')));
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('error', reject).on('close', () => resolve(answer));
    });
  }
});
