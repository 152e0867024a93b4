import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expandSources } from '../../../../src/pipeline/load/expand.js';
import { keptSource } from '../../../../src/pipeline/load/source.js';

let folder: string;
const given = process.env.TMPDIR;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-source-'));
  process.env.TMPDIR = folder;
});
afterEach(() => {
  if (given === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = given;
  rmSync(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();

async function* pieces(): AsyncGenerator<Buffer | string> {
  yield 'a,b\n';
  yield Buffer.alloc(300_000, 'x');
  yield '\né';
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

it('reads standard input as often as wanted, from a file that has no name', async () => {
  const source = await keptSource(pieces(), 'standard input', signal);
  expect(readdirSync(folder)).toEqual([]);
  const text = `a,b\n${'x'.repeat(300_000)}\né`;
  expect(source.size).toBe(Buffer.byteLength(text));
  expect(await Promise.all([textOf(source.bytes()), textOf(source.bytes())])).toEqual([text, text]);
  source.bytes().destroy();
  await source.dispose();
});

it('stops to wait for standard input when it is told to', async () => {
  const abort = new AbortController();
  const silent = new PassThrough();
  silent.write('a');
  const source = keptSource(silent, 'standard input', abort.signal);
  setTimeout(() => abort.abort(), 10);
  await expect(source).rejects.toThrow();
});

it('keeps nothing of standard input when another source is missing', async () => {
  const options = { cwd: folder, stdin: pieces(), storage: () => Promise.reject(new Error('none')), signal };
  await expect(expandSources(['-', 'missing.csv'], options)).rejects.toThrow('missing.csv does not exist');
  expect(readdirSync(folder)).toEqual([]);
});

it('says which folder has no room for its temporary files', async () => {
  process.env.TMPDIR = join(folder, 'missing');
  await expect(keptSource(pieces(), 'standard input', signal)).rejects.toMatchObject({
    code: 'temporary-file-failed',
  });
});
