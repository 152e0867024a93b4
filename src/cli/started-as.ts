import { basename, delimiter, dirname, relative, sep } from 'node:path';
import { shellQuoted } from '../core/shell-quoted.js';
import type { Naming } from '../output/envelope.js';
import type { CommandEntry } from './command.js';

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

/** Names these commands in a text as they were started. @param started as `startedAs` says it. */
export function naming(commands: readonly CommandEntry[], started: string): Naming {
  if (started === 'healthmon') return (text) => text;
  const firstWords = [...new Set(commands.map(({ path }) => path.split(' ')[0]))].join('|');
  const command = new RegExp(String.raw`(?<![\w./-])healthmon (?=(?:${firstWords}|help)\b|--|<|\[)`, 'g');
  return (text) => text.replaceAll(command, () => `${started} `);
}
