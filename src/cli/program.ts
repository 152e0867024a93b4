import { type Command as Commander, CommanderError, createCommand } from 'commander';
import { didYouMean, usageError } from '../errors/healthmon-error.js';
import type { Command, CommandEntry, Input, OptionSpec } from './command.js';
import { parseOptionValue } from './values.js';

/** Options every command takes, in any position. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--json', type: 'boolean', description: 'print one JSON document on stdout, on failure too' },
  {
    flags: '--target <target>',
    type: 'string',
    choices: ['local', 'cloud'],
    description: 'local emulators (default) or Google Cloud',
  },
  { flags: '--project <id>', type: 'string', description: 'Google Cloud project id' },
  { flags: '--config <file>', type: 'string', description: 'configuration file (default: healthmon.json)' },
  {
    flags: '--set <name=value>',
    type: 'strings',
    description: 'override a setting, such as --set bigquery.dataset=ward7 (repeatable)',
  },
  {
    flags: '--timeout <duration>',
    type: 'duration',
    description: 'give up after this time, such as 90s or 10m',
  },
  { flags: '--no-color', type: 'boolean', description: 'no colours, as with NO_COLOR' },
  {
    flags: '--progress <style>',
    type: 'string',
    choices: ['none', 'plain', 'bar'],
    description: 'how progress is shown; bar needs a terminal',
  },
  {
    flags: '--log-format <format>',
    type: 'string',
    choices: ['text', 'json'],
    description: 'how stderr is written; json is one object a line, for log collectors',
  },
  { flags: '--quiet', type: 'boolean', description: 'only the answer and errors' },
  { flags: '--verbose', type: 'boolean', description: 'more talk on stderr, stack traces of errors' },
];

const EXIT_CODES = `Exit codes:
  0    done
  1    failed
  2    wrong command line or configuration
  3    not ready: not provisioned, or an emulator or credentials are missing
  4    finished, but rows were rejected
  5    a gate failed, or drift was found
  130  interrupted
`;

export interface Invocation {
  entry: CommandEntry;
  command: Command;
  input: Input;
  globals: Input;
}

/** What `--help` and `--version` print; there is nothing to run. */
export interface Answer {
  text: string;
}

/**
 * Binds the command index to commander and parses `argv`. Only the command that is named is loaded.
 * @throws a usage error for a wrong command line.
 */
export async function parseCommandLine(
  argv: readonly string[],
  index: { commands: readonly CommandEntry[]; groups: Readonly<Record<string, string>> },
  version: string,
): Promise<Invocation | Answer> {
  const words = wantsHelp(argv, index) ? [...argv.filter((word) => word !== 'help'), '--help'] : [...argv];
  const entry = findEntry(words, index.commands);
  const names = commandWords(words);
  const isNamed = entry !== undefined || names.length === 0 || Object.hasOwn(index.groups, names.join(' '));
  // Commander would print the help of what it does know.
  if (!isNamed && (words.includes('--help') || words.includes('-h')))
    throw unknownCommand(names, index.commands);
  const command = entry === undefined ? undefined : (await entry.load()).default;

  const parts: string[] = [];
  const program = createCommand('healthmon')
    .description('Operates a health-data pipeline on Google Cloud, on a laptop as in production.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (part) => void parts.push(part), writeErr: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .enablePositionalOptions();
  addOptions(program, GLOBAL_OPTIONS);

  const nodes = new Map<string, Commander>([['', program]]);
  let invocation: Invocation | undefined;
  for (const each of index.commands) {
    const node = nodeFor(each.path, nodes, index);
    node.description(each.summary);
    if (each !== entry || command === undefined) continue;
    bind(node, command);
    node.action(() => {
      const { input, globals } = splitInput(node, command);
      invocation = { entry: each, command, input, globals };
    });
  }
  program.addHelpText('after', `\n${EXIT_CODES}\nRun "healthmon <command> --help" for options and examples.`);

  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { text: parts.join('') };
    throw commanderFailure(error, words, index.commands, entry);
  }
  if (invocation === undefined) throw new Error('commander ran no command and reported no error');
  return invocation;
}

/** The first words that are no options: as many as the longest name of a command has. */
function commandWords(words: readonly string[]): string[] {
  const valued = new Set(
    GLOBAL_OPTIONS.filter((option) => option.type !== 'boolean').map((option) => option.flags.split(' ')[0]!),
  );
  const names: string[] = [];
  for (let i = 0; i < words.length && names.length < 3; i++) {
    const word = words[i]!;
    if (word === '--') break;
    if (valued.has(word)) i++;
    else if (!word.startsWith('-')) names.push(word);
  }
  return names;
}

/** `help load`, `emulators help`. */
function wantsHelp(argv: readonly string[], index: { groups: Readonly<Record<string, string>> }): boolean {
  const words = commandWords(argv);
  if (words[0] === 'help') return true;
  return words.at(-1) === 'help' && Object.hasOwn(index.groups, words.slice(0, -1).join(' '));
}

/** The entry with the longest path that the words begin with, options left out. */
export function findEntry(
  words: readonly string[],
  commands: readonly CommandEntry[],
): CommandEntry | undefined {
  const names = commandWords(words);
  for (let length = names.length; length > 0; length--) {
    const path = names.slice(0, length).join(' ');
    const found = commands.find((entry) => entry.path === path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nodeFor(
  path: string,
  nodes: Map<string, Commander>,
  index: { groups: Readonly<Record<string, string>> },
): Commander {
  const existing = nodes.get(path);
  if (existing !== undefined) return existing;
  const cut = path.lastIndexOf(' ');
  const parentPath = cut === -1 ? '' : path.slice(0, cut);
  const parent = nodes.get(parentPath) ?? nodeFor(parentPath, nodes, index);
  // `program.command()` hands on exitOverride and the output; `addCommand` would not.
  const node = parent.command(path.slice(cut + 1));
  node.helpCommand(false);
  // With positional options a parent does not see what follows its subcommand, so every level takes them.
  addOptions(node, GLOBAL_OPTIONS, true);
  const group = index.groups[path];
  if (group !== undefined) node.description(group);
  nodes.set(path, node);
  return node;
}

function bind(node: Commander, command: Command): void {
  for (const argument of command.arguments ?? []) {
    const dots = argument.variadic ? '...' : '';
    const text = argument.required ? `<${argument.name}${dots}>` : `[${argument.name}${dots}]`;
    node.argument(text, argument.description);
  }
  addOptions(node, command.options ?? []);
  const examples = command.examples.map((example) => `  $ ${example.command}\n      ${example.does}`);
  node.addHelpText('after', () => {
    const help = node.createHelp();
    const width = node.configureOutput().getOutHelpWidth?.() ?? 80;
    const details = (command.details ?? '').split('\n').map((line) => help.boxWrap(line, width));
    return `${details.map((line) => `\n${line}`).join('')}\n\nExamples:\n${examples.join('\n')}`;
  });
}

function addOptions(node: Commander, specs: readonly OptionSpec[], hidden = false): void {
  for (const spec of specs) {
    const notes = spec.choices === undefined ? '' : ` (${spec.choices.join(', ')})`;
    const option = node.createOption(
      spec.flags,
      spec.description + (spec.description.includes('(') ? '' : notes),
    );
    if (hidden) option.hideHelp();
    if (spec.type === 'strings') {
      option.argParser((text: string, previous: string[] | undefined) => [...(previous ?? []), text]);
    } else if (spec.type !== 'boolean') {
      option.argParser((text: string) => parseOptionValue(spec, text));
    }
    if (spec.default !== undefined) option.default(spec.default);
    node.addOption(option);
  }
}

function splitInput(node: Commander, command: Command): { input: Input; globals: Input } {
  const names = new Set(GLOBAL_OPTIONS.map((option) => node.createOption(option.flags).attributeName()));
  const input: Record<string, unknown> = {};
  const globals: Record<string, unknown> = {};
  for (let level: Commander | null = node; level !== null; level = level.parent) {
    for (const [name, value] of Object.entries(level.opts())) {
      if (names.has(name)) globals[name] ??= value;
      else if (level === node) input[name] = value;
    }
  }
  for (const [index, argument] of (command.arguments ?? []).entries()) {
    input[argument.name] = node.processedArgs[index];
  }
  return { input, globals };
}

function commanderFailure(
  error: unknown,
  words: readonly string[],
  commands: readonly CommandEntry[],
  entry: CommandEntry | undefined,
): unknown {
  if (!(error instanceof CommanderError)) return error;
  const name = entry === undefined ? '' : ` ${entry.path}`;
  if (entry === undefined && error.code === 'commander.unknownCommand')
    return unknownCommand(commandWords(words), commands);
  if (error.code === 'commander.help') {
    const group = commandWords(words).join(' ');
    return usageError({
      code: 'command-missing',
      message: group === '' ? 'No command was given.' : `"healthmon ${group}" needs a subcommand.`,
      suggestion: `Run "healthmon ${group === '' ? '' : `${group} `}--help" for the list.`,
    });
  }
  const [message, hint] = error.message.replace(/^error: /, '').split('\n');
  return usageError({
    code: error.code.replace('commander.', '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    message: `${message!.charAt(0).toUpperCase()}${message!.slice(1).replace(/\.$/, '')}.`,
    // Commander adds "(Did you mean --json?)" on a line of its own.
    suggestion: `${hint === undefined ? '' : `${hint.replace(/^\(|\)$/g, '')} `}Run "healthmon${name} --help".`,
    cause: error,
  });
}

/** Names the words up to the first that begins no command; those after it are arguments, which may be patients' ids. */
function unknownCommand(words: readonly string[], commands: readonly CommandEntry[]): unknown {
  const paths = commands.map((entry) => entry.path);
  const within = (length: number) => {
    const prefix = words
      .slice(0, length)
      .map((word) => `${word} `)
      .join('');
    return paths.filter((path) => path.startsWith(prefix));
  };
  const known = words.findIndex((_, index) => within(index + 1).length === 0);
  const typed = words.slice(0, known + 1).join(' ');
  const last = words[known]!;
  // "stop" for "emulators stop".
  const nested = paths.find((path) => path.endsWith(` ${last}`) || path.includes(` ${last} `));
  const near = nested ?? didYouMean(typed, within(known)) ?? (known > 0 ? within(known)[0] : undefined);
  return usageError({
    code: 'unknown-command',
    message: `There is no command "${typed}".`,
    detail: `Commands: ${within(known).join(', ')}.`,
    suggestion: near === undefined ? 'Run "healthmon --help".' : `Did you mean "healthmon ${near}"?`,
  });
}
