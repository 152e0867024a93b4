import { basename, delimiter, dirname, relative, sep } from 'node:path';
import { COMMANDS } from '../../commands/index.js';
import { shellQuoted } from '../core/shell-quoted.js';

/**
 * What one types to start healthmon again: `healthmon`, `npx healthmon`, `node bin/healthmon.js`.
 * @param script path that Node was started with; undefined when a program embeds the command line.
 */
export function startedAs(script: string | undefined, env: NodeJS.ProcessEnv, cwd: string): string {
  if (script === undefined) return 'healthmon';
  const [project, installed] = script.split(/[\\/]node_modules[\\/]/);
  if (installed !== undefined) {
    return env.npm_command === 'exec' || `${cwd}${sep}`.startsWith(`${project}${sep}`)
      ? 'npx healthmon'
      : 'healthmon';
  }
  if (env.PATH?.split(delimiter).includes(dirname(script))) return basename(script);
  const near = relative(cwd, script);
  const path = near.length < script.length ? near : script;
  return `node ${/[^\w./@:~+-]/.test(path) ? shellQuoted(path) : path}`;
}

const FIRST_WORDS = [...new Set(COMMANDS.map(({ path }) => path.split(' ')[0]))].join('|');
const COMMAND = new RegExp(String.raw`(?<![\w./-])healthmon (?=(?:${FIRST_WORDS}|help)\b|--|<|\[)`, 'g');

/** Commands that are named in the text, as they were started. */
export function nameCommands(text: string, started: string): string {
  return started === 'healthmon' ? text : text.replaceAll(COMMAND, () => `${started} `);
}
