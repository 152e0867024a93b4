import { setTimeout } from 'node:timers/promises';
import type { Output } from '../src/output/output.js';
import { type BoardState, boardPatients, NEW_BOARD, pressed } from '../src/pipeline/ward/board.js';
import type { WardResult } from '../src/pipeline/ward/ward-command.js';
import {
  type RiskChange,
  type WatchEnd,
  type WatchedWard,
  type Watching,
  watchWard,
} from '../src/pipeline/ward/watch.js';
import { boardLines } from './watch-board.js';

/** How long nothing is read: longer in a terminal without the focus, at which nobody looks closely. */
export function pauseMs(intervalMs: number, isFocused: boolean): number {
  return isFocused ? intervalMs : Math.max(intervalMs, 10_000);
}

/** Watches on the whole terminal until a key or a risk ends it; undefined where there is no terminal to take. */
export async function watchOnScreen(
  watching: Omit<Watching, 'onWard' | 'quit' | 'pause'>,
  intervalMs: number,
  output: Output,
): Promise<(WardResult & WatchEnd) | undefined> {
  const quit = new AbortController();
  const seen: RiskChange[] = [];
  let state: BoardState = NEW_BOARD;
  let newest: WatchedWard | undefined;
  /** What is on the screen; while paused not the newest. */
  let ward: WatchedWard | undefined;
  const draw = () => {
    if (screen === undefined || ward === undefined) return;
    const { columns, rows } = screen;
    screen.draw(boardLines({ ward, changes: seen, state, columns, rows, style: output.style }));
  };
  let isFocused = true;
  let focused = new AbortController();
  const screen = await output.screen({
    onKey(key) {
      state = pressed(state, key, boardPatients(ward?.patients ?? [], state));
      if (state.quit) quit.abort();
      if (!state.paused) ward = newest;
      draw();
    },
    onResize: draw,
    onFocus(isNow) {
      isFocused = isNow;
      if (!isNow) return;
      focused.abort();
      focused = new AbortController();
    },
  });
  if (screen === undefined) return undefined;
  try {
    const end = await watchWard({
      ...watching,
      quit: quit.signal,
      pause: (stop) =>
        setTimeout(pauseMs(intervalMs, isFocused), undefined, {
          signal: AbortSignal.any([stop, focused.signal]),
        }),
      onWard(now, changes) {
        newest = now;
        seen.push(...(changes ?? []));
        if (!state.paused) ward = now;
        draw();
      },
    });
    const { chosen: _chosen, ...shown } = newest!;
    return { ...shown, ...end };
  } finally {
    screen.close();
  }
}
