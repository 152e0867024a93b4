import { describe, expect, it } from 'vitest';
import type { StoragePort } from '../../../../src/gcp/storage/port.js';
import { LoadManifest, ManifestLost } from '../../../../src/pipeline/load/manifest.js';

/** Objects in memory, with generations. `lose` drops the answer of writes that succeed. */
class Objects {
  readonly texts = new Map<string, { text: string; generation: number }>();
  readonly log: string[] = [];
  lose = (_name: string): boolean => false;
  #generation = 0;

  readonly port = {
    readText: async (name: string) => {
      const found = this.texts.get(name);
      return found && { text: found.text, generation: String(found.generation) };
    },
    writeText: async (name: string, text: string, match: string | undefined) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (match !== undefined && match !== String(this.texts.get(name)?.generation ?? 0)) return undefined;
      const generation = ++this.#generation;
      this.texts.set(name, { text, generation });
      this.log.push(name);
      // The client asks again, and is told that the object is another by now.
      return this.lose(name) ? undefined : String(generation);
    },
    list: async (prefix: string) =>
      [...this.texts.keys()].filter((name) => name.startsWith(prefix)).map((name) => ({ name })),
    remove: async (name: string) => void this.texts.delete(name),
  } as unknown as StoragePort;
}

const HEAD = 'manifests/key.json';
const PROBLEM = { column: 'a', reason: 'bad', hint: 'none' };

function claim(objects: Objects, options: { key?: string; now?: () => Date; onWait?: () => void } = {}) {
  return LoadManifest.claim(objects.port, options.key ?? 'key', {
    tables: ['t'],
    now: options.now ?? (() => new Date()),
    signal: new AbortController().signal,
    onWait: options.onWait,
  });
}

describe('a manifest', () => {
  it('hands committed chunks on to the next try, by table', async () => {
    const objects = new Objects();
    const first = await claim(objects);
    await first.commit({ table: 0, from: 0, to: 9, rejections: [] });
    await first.commit({ table: 1, from: 0, to: 4, rejections: [{ number: 3, problem: PROBLEM }] });
    await first.commit({ table: 0, from: 10, to: 19, rejections: [] });
    await first.release();
    const second = await claim(objects);
    expect(second.chunksOf(0).map(({ from, to }) => [from, to])).toEqual([
      [0, 9],
      [10, 19],
    ]);
    expect(second.refusedOf(0).size).toBe(0);
    expect(second.refusedOf(1)).toEqual(new Map([[3, PROBLEM]]));
    await second.finish([]);
    expect((await claim(objects)).chunksOf(0)).toEqual([]);
  });

  it('gives those that wait the results and what was refused', async () => {
    const objects = new Objects();
    const owner = await claim(objects);
    let waiting = () => {};
    const waits = new Promise<void>((resolve) => {
      waiting = resolve;
    });
    const other = claim(objects, { onWait: waiting });
    await waits;
    await owner.commit({ table: 0, from: 0, to: 9, rejections: [{ number: 3, problem: PROBLEM }] });
    await owner.finish([{ rowsLoaded: 9, rowsRejected: 1 }]);
    const { results } = await other;
    expect(results).toEqual([{ rowsLoaded: 9, rowsRejected: 1 }]);
    expect((await other).refusedOf(0)).toEqual(new Map([[3, PROBLEM]]));
  });

  it('stays with its owner when the answer to a write is lost', async () => {
    const objects = new Objects();
    objects.lose = (name) => name === HEAD;
    const manifest = await claim(objects);
    await manifest.setTruncated();
    await manifest.assertOwned();
    await manifest.finish([]);
    expect(JSON.parse(objects.texts.get(HEAD)!.text)).toMatchObject({ state: 'complete', truncated: true });
  });

  it('is not lost to its owner when two writes of it meet', async () => {
    const manifest = await claim(new Objects());
    await Promise.all([manifest.setTruncated(), manifest.setTruncated()]);
    await manifest.assertOwned();
  });

  it('is taken from an owner that stood still, who finds out before it writes', async () => {
    const objects = new Objects();
    let ownersMs = 0;
    const sleeper = await claim(objects, { now: () => new Date(ownersMs) });
    await sleeper.assertOwned();
    const other = await claim(objects, { now: () => new Date(60_000) });
    ownersMs = 61_000;
    await expect(sleeper.assertOwned()).rejects.toThrow(ManifestLost);
    await other.assertOwned();
  });

  it('keeps its owner past the lease when nobody came', async () => {
    let nowMs = 0;
    const manifest = await claim(new Objects(), { now: () => new Date(nowMs) });
    nowMs = 3_600_000;
    await manifest.assertOwned();
  });

  it('starts over after another load began on one of its tables', async () => {
    const objects = new Objects();
    const first = await claim(objects);
    await first.setTruncated();
    await first.commit({ table: 0, from: 0, to: 9, rejections: [] });
    await first.release();
    await (await claim(objects, { key: 'another' })).finish([]);
    const again = await claim(objects);
    expect(again.truncated).toBe(false);
    expect(again.chunksOf(0)).toEqual([]);
  });

  it.each(['', 'null', '{"version":1,"state":"running"}', '{"version":'])(
    'starts over when it reads %j',
    async (text) => {
      const objects = new Objects();
      await objects.port.writeText(HEAD, text, '0');
      const manifest = await claim(objects);
      expect(manifest.chunksOf(0)).toEqual([]);
      await manifest.assertOwned();
      await manifest.finish([]);
    },
  );

  it('does not take what is left of an earlier load for its own', async () => {
    const objects = new Objects();
    const first = await claim(objects);
    await first.commit({ table: 0, from: 0, to: 9, rejections: [] });
    const left = objects.log.at(-1)!;
    await first.finish([]);
    // Killed in the middle of tidying up, the next as it began.
    await objects.port.writeText(left, '{}', '0');
    const { remove } = objects.port;
    objects.port.remove = () => Promise.reject(new Error('killed'));
    await expect(claim(objects)).rejects.toThrow('killed');
    objects.port.remove = remove;
    objects.texts.get(HEAD)!.text = objects.texts.get(HEAD)!.text.replace('running', 'released');
    expect((await claim(objects)).chunksOf(0)).toEqual([]);
  });
});
