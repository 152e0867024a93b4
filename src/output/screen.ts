import { emitKeypressEvents, type Key } from 'node:readline';
import ansiEscapes from 'ansi-escapes';
import { createLogUpdate } from 'log-update';
import { onExit } from 'signal-exit';

/** The whole of a terminal, for a program that redraws it. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Replaces what is shown; only lines that changed are written, in one step where the terminal can. */
  draw(lines: readonly string[]): void;
  /** Puts the terminal back as it was. Safe to call more than once. */
  close(): void;
}

export interface ScreenEvents {
  /** The name of a key, such as `up`, `return` or `q`; of a sign that has none, the sign. */
  onKey(key: string): void;
  onResize(): void;
  /** The terminal is looked at again, or no longer; terminals that do not know say nothing. */
  onFocus(isFocused: boolean): void;
}

/** Makes a terminal send `CSI I` and `CSI O`. https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-FocusIn_FocusOut */
const FOCUS_REPORTING = { on: '\u001b[?1004h', off: '\u001b[?1004l' } as const;
const FOCUS: Readonly<Record<string, boolean>> = { '\u001b[I': true, '\u001b[O': false };

/** Takes over the terminal. It is put back on `close`, and whenever the process ends. */
export function openScreen(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  { onKey, onResize, onFocus }: ScreenEvents,
): Screen {
  const update = createLogUpdate(stdout);
  let open = false;
  const enter = () => {
    if (open) return;
    open = true;
    stdin.setRawMode(true);
    stdin.resume();
    stdout.write(ansiEscapes.enterAlternativeScreen + ansiEscapes.clearViewport + FOCUS_REPORTING.on);
  };
  const leave = () => {
    if (!open) return;
    open = false;
    update.done();
    stdout.write(FOCUS_REPORTING.off + ansiEscapes.exitAlternativeScreen + ansiEscapes.cursorShow);
    stdin.setRawMode(false);
    stdin.pause();
  };
  const keypress = (sign: string | undefined, key: Key) => {
    // In raw mode these are no signals, and everything but the screen expects them to be.
    if (key.ctrl && key.name === 'c') process.kill(process.pid, 'SIGINT');
    else if (key.ctrl && key.name === 'z') suspend();
    else if (key.sequence !== undefined && key.sequence in FOCUS) onFocus(FOCUS[key.sequence]!);
    else onKey(key.name ?? sign ?? '');
  };
  const resized = () => {
    stdout.write(ansiEscapes.clearViewport);
    update.done();
    onResize();
  };
  const suspend = () => {
    leave();
    process.once('SIGCONT', () => {
      enter();
      onResize();
    });
    process.kill(process.pid, 'SIGTSTP');
  };
  emitKeypressEvents(stdin);
  stdin.on('keypress', keypress);
  stdout.on('resize', resized);
  const forget = onExit(leave);
  enter();
  return {
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    draw(lines) {
      if (open) update(lines.join('\n'));
    },
    close() {
      leave();
      forget();
      stdin.off('keypress', keypress);
      stdout.off('resize', resized);
    },
  };
}
