import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Page, ROOT } from './markdown.js';

const run = promisify(execFile);

/** One `$` line of a page with the output shown below it. */
export interface Step {
  /** In the page, from 1. */
  line: number;
  command: string;
  shown: string[];
  /** Index of the first shown line in the page, from 0. */
  shownFrom: number;
}

export interface Outcome {
  exitCode: number;
  stdout: string[];
  stderr: string[];
}

/** How a page names the folder in which its commands run. */
const SHOWN_FOLDER = '/home/me/ward';

/** The `$` lines of the blocks of a page, but for blocks below a `<!-- not run: … -->`. */
export function stepsOf(page: Page): Step[] {
  const steps: Step[] = [];
  for (const { line: opened, lines, comment } of page.fences) {
    if (comment?.startsWith('not run: ')) continue;
    for (let i = 0; i < lines.length; i++) {
      if (!lines[i]!.startsWith('$ ')) {
        if (steps.length > 0 && steps.at(-1)!.line > opened) steps.at(-1)!.shown.push(lines[i]!);
        continue;
      }
      const line = opened + 1 + i;
      const command = [lines[i]!.slice(2)];
      const end = /<<'?(\w+)'?/.exec(command[0]!)?.[1];
      while (end === undefined ? command.at(-1)!.endsWith('\\') : command.at(-1) !== end) {
        const next = lines[++i];
        if (next === undefined) throw new Error(`${page.file}:${line}: the command does not end`);
        command.push(next);
      }
      steps.push({ line, command: command.join('\n'), shown: [], shownFrom: opened + 1 + i });
    }
  }
  return steps;
}

/**
 * Runs the steps of a page in one shell, in an empty folder with a local cloud of its own and an environment that
 * holds `PATH` and `HOME` only. The local cloud is stopped before this returns.
 */
export async function runSteps(steps: readonly Step[], timeoutMs: number): Promise<Outcome[]> {
  const base = mkdtempSync(join(tmpdir(), 'healthmon-docs-'));
  const [work, results, tools] = ['work', 'results', 'bin'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [work, results, tools]) mkdirSync(folder);
  // As `npm link` would leave it.
  symlinkSync(join(ROOT, 'bin/healthmon.js'), join(tools, 'healthmon'));
  // As `npm install` would leave it: the package, and what its clients are.
  mkdirSync(join(work, 'node_modules'));
  symlinkSync(ROOT, join(work, 'node_modules', 'healthmon'));
  symlinkSync(join(ROOT, 'node_modules', '@google-cloud'), join(work, 'node_modules', '@google-cloud'));
  const path = [tools, dirname(process.execPath), process.env.PATH].join(':');
  const env = { PATH: path, HOME: work, LANG: 'C.UTF-8' };
  const script = steps.map(({ command }, index) => {
    const file = join(results, String(index));
    return `{\n${command}\n} >${file}.out 2>${file}.err </dev/null\nrc=$?; echo $rc >${file}.rc; (exit $rc)\n`;
  });
  try {
    // The shell ends with the status of the last step, which is judged like the others.
    await run('bash', ['-c', script.join('')], { cwd: work, env, timeout: timeoutMs }).catch((error) => {
      if (error.killed === true) throw new Error(`The commands took longer than ${timeoutMs} ms`);
    });
    return steps.map((_, index) => {
      const read = (kind: string) => {
        const file = join(results, `${index}.${kind}`);
        const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
        return text.replaceAll(work, SHOWN_FOLDER).split('\n').slice(0, -1);
      };
      return { exitCode: Number(read('rc')[0] ?? -1), stdout: read('out'), stderr: read('err') };
    });
  } finally {
    const stacks = join(work, '.healthmon', 'stacks');
    for (const name of existsSync(stacks) ? readdirSync(stacks) : []) {
      await run(join(tools, 'healthmon'), ['emulators', 'stop', '--name', name], { cwd: work, env });
    }
    rmSync(base, { recursive: true, force: true });
  }
}

/** Columns of tables whose values differ from run to run. */
const VOLATILE_COLUMNS = new Set(
  'pid,up,memory,endpoint,emulator,seconds,rate,snapshot,rejected at,message,saved at,size,found'.split(','),
);

/**
 * What is shown but did not come, and what came on stdout but is not shown; empty when the page is right. Every line
 * of stdout must be there in order; a line `…` stands for any number of them. Talk on stderr may be left out. Times,
 * durations, rates, sizes, ports and process ids may differ.
 */
export function differences(shown: readonly string[], outcome: Outcome): string[] {
  const wanted = normalised(shown);
  const stdout = normalised(outcome.stdout);
  const stderr = normalised(outcome.stderr);
  const problems: string[] = [];
  let out = 0;
  let err = 0;
  let skips = false;
  for (const [index, line] of wanted.entries()) {
    if (line === '…') {
      skips = true;
      continue;
    }
    const end = wanted.indexOf('…', index);
    const at = skips
      ? indexOfAll(wanted.slice(index, end === -1 ? undefined : end), stdout, out)
      : stdout[out] === line
        ? out
        : -1;
    const talk = stderr.indexOf(line, err);
    if (at !== -1) {
      out = at + 1;
      skips = false;
    } else if (talk !== -1) err = talk + 1;
    else problems.push(`shown, but did not come: ${line}`);
  }
  if (!skips) problems.push(...stdout.slice(out).map((line) => `came, but is not shown: ${line}`));
  return problems;
}

/** Where `lines` stand together in `text`, from `start` on; -1 when they do not. */
function indexOfAll(lines: readonly string[], text: readonly string[], start: number): number {
  for (let at = start; at + lines.length <= text.length; at++) {
    if (lines.every((line, offset) => text[at + offset] === line)) return at;
  }
  return -1;
}

function normalised(lines: readonly string[]): string[] {
  let masks: number[] = [];
  return lines
    .map((line) => line.trim())
    .map((line) => {
      const cells = line.split(/\s{2,}/);
      const volatile = cells.flatMap((cell, index) =>
        VOLATILE_COLUMNS.has(cell) ? [cells.length - index] : [],
      );
      if (volatile.length > 0) masks = volatile;
      // One cell is no row of a table.
      else if (cells.length === 1) masks = [];
      else for (const mask of masks) if (cells.length >= mask) cells[cells.length - mask] = '#';
      return masked(cells.join(' '));
    })
    .filter((line) => line !== '');
}

function masked(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?/g, '<time>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replaceAll(/\d[\d,.]*\/s\b/g, '<rate>')
    .replaceAll(/\b\d[\d,.]* ?(ms|s|min|h|bytes|kB|MB|GB)\b/g, '<quantity>')
    .replaceAll(/"(\w*[sS]econds|\w*Ms|p\d\d|pid|port|rssMb|\w*PerSecond)":\s*[\d.]+/g, '"$1":<number>')
    .replaceAll(/\b(pid|process) \d+/gi, '$1 <pid>');
}

/** The output of a step as a page shows it: without progress, the line that names the target, and others' talk. */
export function presentable({ command }: Step, { stdout, stderr }: Outcome): string[] {
  if (!/\bhealthmon\b/.test(command)) return stdout;
  const phases = stderr.filter((line) => line.endsWith(' …')).map((line) => line.slice(0, -2));
  const talk = stderr.filter(
    (line) =>
      !line.startsWith('target: ') &&
      !line.endsWith(' …') &&
      !phases.some((phase) => line.startsWith(`${phase}: `)),
  );
  // What goes wrong is said before the answer, notes after it.
  let cut = 0;
  for (const [index, line] of talk.entries()) {
    const continues = cut === index && cut > 0 && line.startsWith('  ');
    if (continues || /^(warning|error|Rejected)/.test(line)) cut = index + 1;
  }
  return [...talk.slice(0, cut), ...stdout, ...talk.slice(cut)];
}
