import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { EXIT, type ExitCode } from '../../src/errors/healthmon-error.js';

const root = resolve(import.meta.dirname, '../..');

/** What commander reports of a command line, for features that healthmon does not use. */
const UNUSED = ['conflictingOption', 'error', 'executeSubCommandAsync', 'missingMandatoryOptionValue'];
/** Help and the version end with exit code 0; an empty group is `command-missing`. */
const NO_ERRORS = ['help', 'helpDisplayed', 'version'];

/** Where a `HealthmonError` is made whose code is not a literal. */
export interface UnreadableCode {
  file: string;
  text: string;
}

/** Every error code in the sources with the exit codes it ends with, and the places that hide theirs. */
export function errorCodes(): { codes: Map<string, Set<ExitCode>>; unreadable: UnreadableCode[] } {
  const codes = new Map<string, Set<ExitCode>>([['internal', new Set([EXIT.failed])]]);
  const unreadable: UnreadableCode[] = [];
  for (const { file, text } of sources()) {
    for (const call of text.matchAll(/(?<!function )\b(HealthmonError|usageError|notReadyError)\(\{?/g)) {
      const fields = argumentsFrom(text, call.index + call[0].length);
      const expression = /\bcode:([\s\S]*?),\n/.exec(fields)?.[1] ?? '';
      const literals = [...expression.matchAll(/(?<![=!]= )'([a-z]+(?:-[a-z]+)*)'/g)];
      if (literals.length === 0) unreadable.push({ file, text: `${call[0]} ${expression.trim()}` });
      for (const [, code] of literals) {
        if (!codes.has(code!)) codes.set(code!, new Set());
        codes.get(code!)!.add(exitOf(call[1]!, fields));
      }
    }
  }
  for (const code of commanderCodes()) codes.set(code, new Set([EXIT.usage]));
  return { codes, unreadable };
}

/** Codes of commander in our spelling; `src/cli/program.ts` passes them on. */
function commanderCodes(): string[] {
  const text = readFileSync(join(root, 'node_modules/commander/lib/command.js'), 'utf8');
  const names = new Set([...text.matchAll(/'commander\.(\w+)'/g)].map((match) => match[1]!));
  return [...names]
    .filter((name) => !UNUSED.includes(name) && !NO_ERRORS.includes(name))
    .map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
}

function exitOf(maker: string, fields: string): ExitCode {
  if (maker === 'usageError') return EXIT.usage;
  if (maker === 'notReadyError') return EXIT.notReady;
  const given = /\bexitCode: (?:EXIT\.(\w+)|(\d+))/.exec(fields);
  if (given === null) return EXIT.failed;
  return given[1] === undefined ? (Number(given[2]) as ExitCode) : EXIT[given[1] as keyof typeof EXIT];
}

/** The text up to the parenthesis that closes the call. */
function argumentsFrom(text: string, start: number): string {
  let depth = 1;
  let end = start;
  for (; depth > 0 && end < text.length; end++) {
    if (text[end] === '(') depth++;
    else if (text[end] === ')') depth--;
  }
  return text.slice(start, end);
}

function sources(): { file: string; text: string }[] {
  return ['src', 'commands'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ file: relative(root, path), text: readFileSync(path, 'utf8') }))
      .filter(({ file }) => file !== 'src/errors/healthmon-error.ts'),
  );
}
