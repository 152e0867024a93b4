import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendTo, Digest } from '../../../../src/emulators/storage/content.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-content-'));
  path = join(folder, 'bytes');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* pieces(body: Buffer, size: number, failure?: Error) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
  if (failure !== undefined) throw failure;
}

const md5 = (body: Buffer) => createHash('md5').update(body).digest('base64');

describe('appendTo', () => {
  it.each([
    [0, 1],
    [1, 1],
    [512 * 1024, 64 * 1024],
    [512 * 1024 + 1, 65_521],
    [3_000_000, 64 * 1024],
    [3_000_000, 1_400_000],
  ])('keeps %i bytes that come in pieces of %i, in order', async (bytes, size) => {
    const body = randomBytes(bytes);
    const digest = new Digest();
    await appendTo(path, pieces(body, size), digest);
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(digest.checksums()).toMatchObject({ size: bytes, md5Hash: md5(body) });
  });

  it('keeps all that had arrived when the source fails, and goes on from there', async () => {
    const body = randomBytes(2_000_000);
    const arrived = body.subarray(0, 777_777);
    const digest = new Digest();
    const failure = new Error('the connection was lost');
    await expect(appendTo(path, pieces(arrived, 64 * 1024, failure), digest)).rejects.toBe(failure);
    expect(readFileSync(path).equals(arrived)).toBe(true);
    expect(digest.checksums()).toMatchObject({ size: arrived.length, md5Hash: md5(arrived) });
    await appendTo(path, pieces(body.subarray(arrived.length), 64 * 1024), digest);
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(digest.checksums()).toMatchObject({ size: body.length, md5Hash: md5(body) });
  });

  it('opens no source whose file cannot be written', async () => {
    const digest = new Digest();
    const target = join(folder, 'missing', 'bytes');
    await expect(appendTo(target, pieces(randomBytes(10), 10), digest)).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(digest.size).toBe(0);
  });
});
