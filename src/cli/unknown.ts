import { nearest } from '../core/closest.js';
import { usageError } from '../errors/healthmon-error.js';
import type { CommandEntry } from './command.js';

/**
 * The error for words that name no command. Names those up to the first that begins none; words after it are
 * arguments, which may be patients' ids.
 */
export function unknownCommand(words: readonly string[], commands: readonly CommandEntry[]): Error {
  const paths = commands.map(({ path }) => path.split(' '));
  const begins = (path: readonly string[], start: readonly string[]) =>
    start.every((word, index) => path[index] === word);
  const at = words.findIndex((_, index) => !paths.some((path) => begins(path, words.slice(0, index + 1))));
  const group = words.slice(0, at);
  const within = paths.filter((path) => begins(path, group));
  const near = nearest(words[at]!, namesAt(within, at));
  const meant = near.flatMap((name) =>
    closest(
      within.filter((path) => path[at] === name),
      words.slice(at + 1),
      at + 1,
    ),
  );
  // "stop" for "emulators stop".
  const nested = within.filter((path) => path.slice(at + 1).includes(words[at]!));
  const candidates = [...nested, ...meant].map((path) => path.join(' '));
  const help = `Run "healthmon ${[...group, '--help'].join(' ')}" for the list.`;
  return usageError({
    code: 'unknown-command',
    message: `There is no command "${words.slice(0, at + 1).join(' ')}".`,
    suggestion:
      candidates.length === 0
        ? help
        : `Did you mean ${oneOf(candidates.map((path) => `"healthmon ${path}"`))}?`,
  });
}

/** Whether the last word looks like a command below that of the others: "simulate admission". */
export function isSlip(words: readonly string[], commands: readonly CommandEntry[]): boolean {
  const group = words.slice(0, -1).join(' ');
  const below = commands.filter(({ path }) => path.startsWith(`${group} `));
  const names = namesAt(
    below.map(({ path }) => path.split(' ')),
    words.length - 1,
  );
  return nearest(words.at(-1)!, names).length > 0;
}

function namesAt(paths: readonly string[][], at: number): string[] {
  return [...new Set(paths.flatMap((path) => path[at] ?? []))];
}

/** Of the commands that go on with the words, or with what is near them; all of them when none does. */
function closest(paths: readonly string[][], words: readonly string[], at: number): string[][] {
  const [word, ...rest] = words;
  const names = namesAt(paths, at);
  if (word === undefined || names.length === 0) return [...paths];
  const [name] = names.includes(word) ? [word] : nearest(word, names, 1);
  if (name === undefined) return [...paths];
  return closest(
    paths.filter((path) => path[at] === name),
    rest,
    at + 1,
  );
}

/**
 * The error for an option that the command lacks. A value that was typed with it is not repeated.
 * @param flags of all options that the command takes.
 * @param path of the command; undefined for none.
 */
export function unknownOption(typed: string, flags: readonly string[], path: string | undefined): Error {
  const name = typed.split('=', 1)[0]!;
  const long = flags.map((text) => /--[\w-]+/.exec(text)![0]);
  const near = name.startsWith('--') ? nearest(name, long) : [];
  return usageError({
    code: 'unknown-option',
    message: `There is no option ${name}.`,
    suggestion: `${near.length === 0 ? '' : `Did you mean ${oneOf(near)}? `}Run "healthmon${path === undefined ? '' : ` ${path}`} --help".`,
  });
}

/** At most three. */
function oneOf(candidates: readonly string[]): string {
  const shown = [...new Set(candidates)].slice(0, 3);
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}
