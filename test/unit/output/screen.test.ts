import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { boardLines } from '../../../commands/watch-board.js';
import { pauseMs, watchOnScreen } from '../../../commands/watch-screen.js';
import { openScreen, type ScreenEvents } from '../../../src/output/screen.js';
import { silentOutput } from '../../../src/output/silent-output.js';
import { NEW_BOARD } from '../../../src/pipeline/ward/board.js';
import { countsByRisk } from '../../../src/pipeline/ward/ward.js';
import { wardPatient } from '../../helpers/ward-patients.js';

class Terminal extends EventEmitter {
  readonly isTTY = true;
  columns = 120;
  rows = 40;
  written = '';
  write(text: string): boolean {
    this.written += text;
    return true;
  }
}

function open(events: Partial<ScreenEvents> = {}) {
  const terminal = new Terminal();
  const modes: boolean[] = [];
  const keyboard = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => modes.push(mode),
  });
  const screen = openScreen(keyboard as never, terminal as never, {
    onKey() {},
    onResize() {},
    onFocus() {},
    ...events,
  });
  return { terminal, keyboard, modes, screen };
}

function board(known: number) {
  const patients = Array.from({ length: 60 }, (_, index) =>
    wardPatient(String(index), index === 3 ? { known, possible: known + 5 } : {}),
  );
  const ward = { patients, chosen: patients, total: 60, byRisk: countsByRisk(patients), asOf: null };
  return boardLines({
    ward,
    changes: [],
    state: { ...NEW_BOARD, order: 'patient' },
    columns: 120,
    rows: 40,
    style: silentOutput.style,
  });
}

describe('the screen', () => {
  it('takes over the terminal, and puts it back', () => {
    const { terminal, modes, screen } = open();
    expect(terminal.written).toContain('\u001b[?1049h');
    screen.draw(['one']);
    screen.close();
    screen.close();
    expect(terminal.written.endsWith('\u001b[?1049l\u001b[?25h')).toBe(true);
    expect(terminal.written.split('\u001b[?1049l')).toHaveLength(2);
    expect(modes).toEqual([true, false]);
    const { length } = terminal.written;
    screen.draw(['two']);
    expect(terminal.written).toHaveLength(length);
  });

  it('writes less than 3 kB when one row changes, each time in one step', () => {
    const { terminal, screen } = open();
    screen.draw(board(1));
    for (let known = 2; known < 22; known++) {
      terminal.written = '';
      screen.draw(board(known));
      expect(terminal.written).toContain(`${known}–${known + 5}`);
      expect(Buffer.byteLength(terminal.written)).toBeLessThan(3_000);
      expect(terminal.written.startsWith('\u001b[?2026h')).toBe(true);
      expect(terminal.written.endsWith('\u001b[?2026l')).toBe(true);
    }
    terminal.written = '';
    screen.draw(board(21));
    expect(terminal.written).toBe('');
    screen.close();
  });

  it('names keys, and tells of another size', async () => {
    const keys: string[] = [];
    let resized = 0;
    const { terminal, keyboard, screen } = open({
      onKey: (key) => keys.push(key),
      onResize: () => resized++,
    });
    keyboard.write('q/?\u001b[A\r');
    await expect.poll(() => keys).toEqual(['q', '/', '?', 'up', 'return']);
    terminal.columns = 60;
    terminal.emit('resize');
    expect([screen.columns, resized]).toEqual([60, 1]);
    screen.close();
  });

  it('asks for the focus, tells of it, and leaves the terminal silent about it', async () => {
    const told: (boolean | string)[] = [];
    const { terminal, keyboard, screen } = open({
      onFocus: (isFocused) => told.push(isFocused),
      onKey: (key) => told.push(key),
    });
    expect(terminal.written).toContain('\u001b[?1004h');
    keyboard.write('\u001b[O\u001b[Iq');
    await expect.poll(() => told).toEqual([false, true, 'q']);
    screen.close();
    expect(terminal.written.indexOf('\u001b[?1004l')).toBeGreaterThan(0);
  });
});

describe('watching on the screen', () => {
  it('reads less often without the focus, and at once when it is back', async () => {
    expect([pauseMs(2_000, true), pauseMs(2_000, false), pauseMs(60_000, false)]).toEqual([
      2_000, 10_000, 60_000,
    ]);
    let events!: ScreenEvents;
    let reads = 0;
    const output = {
      ...silentOutput,
      async screen(given: ScreenEvents) {
        events = given;
        return { columns: 80, rows: 24, draw() {}, close() {} };
      },
    };
    const patients = [wardPatient('1')];
    const watching = {
      async read() {
        reads++;
        return { patients, chosen: patients, total: 1, byRisk: countsByRisk(patients), asOf: null };
      },
      exitOn: undefined,
      signal: new AbortController().signal,
    };
    const watched = watchOnScreen(watching, 3_600_000, output);
    await expect.poll(() => reads).toBe(1);
    events.onFocus(false);
    await expect
      .poll(() => {
        events.onFocus(true);
        return reads;
      })
      .toBeGreaterThan(1);
    events.onKey('q');
    expect(await watched).toMatchObject({ total: 1, reached: false });
  });
});

describe('the lines of a board', () => {
  it('fit the screen, whatever its size', () => {
    for (const [columns, rows] of [
      [40, 12],
      [80, 24],
      [200, 60],
    ] as const) {
      const patients = [
        wardPatient('1', { risk: 'emergency', known: 9, possible: 14, stale: true }),
        wardPatient('2'),
      ];
      const ward = {
        patients,
        chosen: patients,
        total: 2,
        byRisk: countsByRisk(patients),
        asOf: '2026-03-01T10:00:00.000Z',
      };
      for (const view of ['board', 'patient', 'keys'] as const) {
        const state = { ...NEW_BOARD, view };
        const lines = boardLines({ ward, changes: [], state, columns, rows, style: silentOutput.style });
        expect(lines.length).toBeLessThan(rows);
        expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(columns);
      }
    }
  });
});
