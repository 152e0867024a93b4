import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/random.js';
import { openFile } from '../../../../src/emulators/journal/files.js';
import { type JournalOptions, openJournal } from '../../../../src/emulators/journal/journal.js';

let folder: string;
let log: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-journal-'));
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, 'test.journal');

/** A state that cannot bear to see a record twice or not at all: a list of what was appended. */
async function openList(options: Partial<JournalOptions> = {}) {
  const list: string[] = [];
  const journal = await openJournal({
    folder,
    name: 'test',
    formatVersion: 1,
    durability: 'write',
    replay: (kind, payload) => {
      if (kind === 2) list.push(...payload.toString().split(','));
      else list.push(payload.toString());
    },
    *checkpoint() {
      for (let at = 0, copy = [...list]; at < copy.length; at += 100) {
        yield [2, Buffer.from(copy.slice(at, at + 100).join())];
      }
    },
    log: (line) => log.push(line),
    ...options,
  });
  return {
    list,
    journal,
    add(text: string) {
      list.push(text);
      return journal.append(1, Buffer.from(text));
    },
  };
}

async function reopen(): Promise<string[]> {
  const { list, journal } = await openList();
  await journal.close();
  return list;
}

describe('a journal', () => {
  it.each(['write', 'fsync'] as const)('gives back what was appended, in order (%s)', async (durability) => {
    const first = await openList({ durability });
    const texts = Array.from({ length: 1000 }, (_, n) => `${n}`);
    await Promise.all(texts.map((text) => first.add(text)));
    await first.journal.append(3, [Buffer.from('in '), Buffer.alloc(0), Buffer.from('parts')]);
    await first.journal.close();
    expect(await reopen()).toEqual([...texts, 'in parts']);
  });

  it('replays records larger than what it reads at once', async () => {
    const { add, journal } = await openList();
    const texts = ['a', 'b'.repeat(9_000_000), 'c', 'd'.repeat(4 * 1024 * 1024), ''];
    for (const text of texts) await add(text);
    await journal.close();
    const again = await reopen();
    expect(again.map((text) => text.length)).toEqual(texts.map((text) => text.length));
    expect(again.every((text, index) => text === texts[index])).toBe(true);
  });

  it('holds one process off while another has it open', async () => {
    const { journal } = await openList();
    await expect(openList()).rejects.toMatchObject({ code: 'journal-in-use' });
    await journal.close();
    await (await openList()).journal.close();
  }, 60_000);

  it('takes no record after its end', async () => {
    const { add, journal } = await openList();
    const last = add('kept');
    await journal.close();
    await last;
    await expect(add('late')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await reopen()).toEqual(['kept']);
  });

  it('is for its owner only', async () => {
    const { journal } = await openList({ folder: join(folder, 'deeper') });
    expect(statSync(join(folder, 'deeper')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'deeper', 'test.journal')).mode & 0o777).toBe(0o600);
    await journal.close();
  });

  it('refuses what another version wrote, and leaves it alone', async () => {
    await (await openList({ formatVersion: 7 })).journal.close();
    const before = readFileSync(file());
    await expect(openList()).rejects.toMatchObject({
      code: 'journal-unreadable',
      detail: 'It holds test in format 7; this version reads test in format 1.',
    });
    expect(readFileSync(file())).toEqual(before);
    writeFileSync(file(), 'something else');
    await expect(openList()).rejects.toMatchObject({ code: 'journal-unreadable' });
  });
});

describe('a damaged journal', () => {
  async function written(): Promise<{ texts: string[]; ends: number[] }> {
    const { add, journal } = await openList();
    const texts: string[] = [];
    const ends: number[] = [];
    for (let n = 0; n < 20; n++) {
      texts.push('x'.repeat(n * 7));
      await add(texts.at(-1)!);
      ends.push(statSync(file()).size);
    }
    await journal.close();
    return { texts, ends };
  }

  it('keeps every whole record, wherever it is torn', async () => {
    const { texts, ends } = await written();
    const whole = readFileSync(file());
    for (let length = ends[0]!; length <= whole.length; length += 11) {
      writeFileSync(file(), whole.subarray(0, length));
      const kept = ends.filter((end) => end <= length).length;
      expect(await reopen()).toEqual(texts.slice(0, kept));
      expect(statSync(file()).size).toBe(ends[kept - 1]);
    }
  });

  it('keeps every record before a flipped bit, puts the rest aside and says so', async () => {
    const { texts, ends } = await written();
    const whole = readFileSync(file());
    const random = createRandom(1);
    for (let round = 0; round < 60; round++) {
      const at = ends[0]! + random.integer(0, whole.length - ends[0]! - 1);
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1 << random.integer(0, 7);
      writeFileSync(file(), bytes);
      log = [];
      const kept = ends.filter((end) => end <= at).length;
      expect(await reopen()).toEqual(texts.slice(0, kept));
      const cut = bytes.subarray(ends[kept - 1]);
      expect(readFileSync(`${file()}.cut`)).toEqual(cut);
      expect(log).toEqual([
        `The last ${cut.length} bytes of ${file()} are no whole record. They were moved to ${file()}.cut.`,
      ]);
    }
  });

  it('goes on behind the last whole record', async () => {
    const { texts, ends } = await written();
    truncateSync(file(), ends.at(-1)! - 1);
    const { add, journal } = await openList();
    await add('next');
    await journal.close();
    expect(await reopen()).toEqual([...texts.slice(0, -1), 'next']);
  });
});

describe('a checkpoint', () => {
  it('makes the journal small again, and loses and repeats nothing that is appended meanwhile', async () => {
    const { add, journal, list } = await openList({ minCheckpointBytes: 20_000 });
    let largest = 0;
    for (let round = 0; round < 200; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => add(`${round}.${n}`)));
      if (round % 3 === 0) await sleep(1);
      largest = Math.max(largest, statSync(file()).size);
    }
    await journal.close();
    expect(await reopen()).toEqual(list);
    // 4,000 records of 9 bytes and their text.
    expect(statSync(file()).size).toBeLessThan(60_000);
    expect(log).toEqual([]);
  });

  it('is written in slices, between which records are taken', async () => {
    let asked = 0;
    const { journal } = await openList({
      minCheckpointBytes: 1,
      *checkpoint() {
        for (asked = 0; asked < 300_000; asked++) yield [1, Buffer.from('x')];
      },
    });
    let taken = 0;
    for (; asked < 300_000; taken++) await journal.append(1, Buffer.from('x'));
    // In one piece it would be written between the first record and the second.
    expect(taken).toBeGreaterThan(3);
    await journal.close();
  });

  it('leaves the old journal in place when it fails', async () => {
    let fail = true;
    const { add, journal, list } = await openList({
      minCheckpointBytes: 100,
      openFile: async (path, flags) => {
        if (fail && path.endsWith('.new') && flags === 'w+') throw errno('EIO');
        return openFile(path, flags);
      },
    });
    for (let n = 0; n < 40; n++) await add(`${n}`);
    expect(log[0]).toBe('No checkpoint of the journal: The journal of the emulator cannot be written (EIO).');
    fail = false;
    for (let n = 0; n < 200; n++) await add(`${n}`);
    await journal.close();
    expect(await reopen()).toEqual(list);
  });
});

describe('durability', () => {
  /** What a loss of power would leave of the journal is what was synchronised last. */
  function powerless(onSync: () => Promise<void>): JournalOptions['openFile'] {
    return async (path, flags) => {
      const real = await openFile(path, flags);
      const datasync = real.datasync.bind(real);
      return Object.assign(real, { datasync: () => onSync().then(datasync) });
    };
  }

  it.each([
    ['fsync', 'nothing is answered for before the disk has it'],
    ['write', 'nobody waits for the disk'],
  ] as const)('%s: %s', async (durability, _) => {
    let sync: () => void = () => {};
    let held = Promise.resolve();
    const { journal, add } = await openList({ durability, openFile: powerless(() => held) });
    held = new Promise((resolve) => (sync = resolve));
    let answered = false;
    const adding = add('reading').then(() => (answered = true));
    await expect.poll(() => readFileSync(file()).includes('reading')).toBe(true);
    await sleep(20);
    expect(answered).toBe(durability === 'write');
    sync();
    await adding;
    await journal.close();
  });

  it('fsync: what the disk does not take is refused', async () => {
    let broken = false;
    const { journal, add } = await openList({
      durability: 'fsync',
      openFile: powerless(() => (broken ? Promise.reject(errno('EIO')) : Promise.resolve())),
    });
    await add('kept');
    broken = true;
    await expect(add('lost')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await journal.close();
    expect(await reopen()).toEqual(['kept']);
  });
});

describe('a full disk', () => {
  /** A disk on which the journal and its successor have so much room together. */
  function disk(room: { bytes: number; code?: string }): JournalOptions['openFile'] {
    return async (path, flags) => {
      const real = await openFile(path, flags);
      return {
        read: real.read.bind(real) as typeof real.read,
        datasync: () => real.datasync(),
        truncate: (length) => real.truncate(length),
        stat: real.stat.bind(real) as typeof real.stat,
        close: () => real.close(),
        writev: async (buffers, position) => {
          const bytes = Buffer.concat(buffers as unknown as Buffer[]);
          if (room.bytes <= 0) throw errno(room.code ?? 'ENOSPC');
          const part = bytes.subarray(0, Math.min(room.bytes, bytes.length));
          room.bytes -= part.length;
          const { bytesWritten } = await real.writev([part], position);
          return { bytesWritten, buffers };
        },
      };
    };
  }

  it('is an error to the client, and what was refused does not come back', async () => {
    const room = { bytes: 500 };
    const { journal, add } = await openList({ openFile: disk(room) });
    const kept: string[] = [];
    let refused: unknown;
    for (let n = 0; refused === undefined; n++) {
      await add(`record ${n}`).then(
        () => kept.push(`record ${n}`),
        (error) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'The disk of the emulator is full (ENOSPC).',
    });
    expect(kept.length).toBeGreaterThan(10);
    await journal.close();
    expect(await reopen()).toEqual(kept);
  });

  it('refuses all that follows until the file holds the state again', async () => {
    const room = { bytes: 300 };
    const { journal, add, list } = await openList({ openFile: disk(room) });
    await expect(add('x'.repeat(1000))).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    await expect(add('small')).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    room.bytes = 1e6;
    await sleep(1100);
    await add('after');
    await add('more');
    await journal.close();
    // The state kept what was refused, so the journal has to.
    expect(list).toEqual(['x'.repeat(1000), 'small', 'after', 'more']);
    expect(await reopen()).toEqual(list);
  });

  it('names other errors', async () => {
    const { journal, add } = await openList({ openFile: disk({ bytes: 50, code: 'EIO' }) });
    await expect(add('x'.repeat(100))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The journal of the emulator cannot be written (EIO).',
    });
    await journal.close();
  });
});

function errno(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'write' });
}
