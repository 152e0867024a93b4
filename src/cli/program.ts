import { type Command as Commander, CommanderError, createCommand } from 'commander';
import { usageError } from '../errors/healthmon-error.js';
import type { Naming } from '../output/envelope.js';
import type { Command, CommandEntry, Input, OptionSpec, OptionsOf } from './command.js';
import { commandHelp, groupHelp, programHelp } from './help.js';
import { isSlip, unknownCommand, unknownOption } from './unknown.js';
import { defaultText, parseOptionValue } from './values.js';

/** Options every command takes, in any position. */
export const GLOBAL_OPTIONS = [
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
  { flags: '--vertical', type: 'boolean', description: 'show tables as blocks, one for each row' },
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
] as const satisfies readonly OptionSpec[];

export type Globals = OptionsOf<typeof GLOBAL_OPTIONS>;

export interface Invocation {
  entry: CommandEntry;
  command: Command;
  input: Input;
  globals: Globals;
}

/** What `--help` and `--version` print; there is nothing to run. */
export interface Answer {
  text: string;
}

export interface CommandIndex {
  commands: readonly CommandEntry[];
  groups: Readonly<Record<string, string>>;
}

export interface ParseOptions {
  version: string;
  /** Answers no command, or a group alone, with help, as a person at a terminal wants it. */
  helpful?: boolean;
  /** How the help names commands. */
  named?: Naming;
}

/**
 * Binds the command index to commander and parses `argv`. Only the command that is named is loaded.
 * @throws a usage error for a wrong command line.
 */
export async function parseCommandLine(
  argv: readonly string[],
  index: CommandIndex,
  { version, helpful = false, named = (text) => text }: ParseOptions,
): Promise<Invocation | Answer> {
  const asked = commandWords(argv);
  const asksVersion = asked.length === 0 && argv.some((word) => /^(?:-v|-V|--version)$/.test(word));
  if (asksVersion || asked.join(' ') === 'version') return { text: `${version}\n` };
  const isGroup = (names: readonly string[]) => Object.hasOwn(index.groups, names.join(' '));
  const words = wantsHelp(asked, index)
    ? [...argv.filter((word) => word !== 'help'), '--help']
    : helpful && (asked.length === 0 || isGroup(asked))
      ? [...argv, '--help']
      : [...argv];
  const names = commandWords(words);
  const entry = findEntry(words, index.commands);
  const isNamed = entry !== undefined || names.length === 0 || isGroup(names);
  // Commander would print the help of what it does know.
  if (!isNamed && (words.includes('--help') || words.includes('-h')))
    throw unknownCommand(names, index.commands);
  const command = entry === undefined ? undefined : (await entry.load()).default;

  const parts: string[] = [];
  const program = createCommand('healthmon')
    .description('Operates a health-data pipeline on Google Cloud, on a laptop as in production.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: (part) => void parts.push(part), writeErr: () => {} })
    .configureHelp({ formatHelp: programHelp(named) })
    .enablePositionalOptions();
  addOptions(program, GLOBAL_OPTIONS);

  const nodes = new Map<string, Commander>([['', program]]);
  let invocation: Invocation | undefined;
  for (const each of index.commands) {
    const node = nodeFor(each.path, nodes, index, named);
    node.description(each.summary);
    if (each !== entry || command === undefined) continue;
    bind(node, command, named);
    node.action(() => {
      const { input, globals } = splitInput(node, command);
      invocation = { entry: each, command, input, globals };
    });
  }

  try {
    // SQL that begins with a comment is no option, and a space before it changes nothing.
    const given = words.map((word) => (/^--\s/.test(word) ? ` ${word}` : word));
    await program.parseAsync(given, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { text: parts.join('') };
    throw commanderFailure(error, words, index.commands, { entry, command });
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
function wantsHelp(words: readonly string[], index: CommandIndex): boolean {
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

function nodeFor(path: string, nodes: Map<string, Commander>, index: CommandIndex, named: Naming): Commander {
  const existing = nodes.get(path);
  if (existing !== undefined) return existing;
  const cut = path.lastIndexOf(' ');
  const parentPath = cut === -1 ? '' : path.slice(0, cut);
  const parent = nodes.get(parentPath) ?? nodeFor(parentPath, nodes, index, named);
  // `program.command()` hands on exitOverride and the output; `addCommand` would not.
  const node = parent.command(path.slice(cut + 1));
  node.helpCommand(false);
  // With positional options a parent does not see what follows its subcommand, so every level takes them.
  addOptions(node, GLOBAL_OPTIONS, true);
  const group = index.groups[path];
  if (group !== undefined) node.description(group).configureHelp({ formatHelp: groupHelp(named) });
  nodes.set(path, node);
  return node;
}

function bind(node: Commander, command: Command, named: Naming): void {
  for (const argument of command.arguments ?? []) {
    const dots = argument.variadic ? '...' : '';
    const text = argument.required ? `<${argument.name}${dots}>` : `[${argument.name}${dots}]`;
    node.argument(text, argument.description);
  }
  addOptions(node, command.options ?? []);
  node.configureHelp({ formatHelp: commandHelp(command, named) });
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
    if (spec.default !== undefined) {
      option.default(spec.default, spec.type === 'duration' ? defaultText(spec) : undefined);
    }
    node.addOption(option);
  }
}

function splitInput(node: Commander, command: Command): { input: Input; globals: Globals } {
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
  return { input, globals: globals as unknown as Globals };
}

function commanderFailure(
  error: unknown,
  words: readonly string[],
  commands: readonly CommandEntry[],
  { entry, command }: { entry: CommandEntry | undefined; command: Command | undefined },
): unknown {
  if (!(error instanceof CommanderError)) return error;
  const names = commandWords(words);
  if (entry === undefined && error.code === 'commander.unknownCommand')
    return unknownCommand(names, commands);
  if (error.code === 'commander.excessArguments' && isSlip(names, commands)) {
    return unknownCommand(names, commands);
  }
  if (error.code === 'commander.unknownOption') {
    const specs = [...(command?.options ?? []), ...GLOBAL_OPTIONS];
    const [, typed] = /'(.*)'/s.exec(error.message)!;
    return unknownOption(
      typed!,
      specs.map(({ flags }) => flags),
      entry?.path,
    );
  }
  if (error.code === 'commander.help') {
    const group = names.join(' ');
    return usageError({
      code: 'command-missing',
      message: group === '' ? 'No command was given.' : `"healthmon ${group}" needs a subcommand.`,
      suggestion: `Run "healthmon ${group === '' ? '' : `${group} `}--help" for the list.`,
    });
  }
  const message = error.message.replace(/^error: /, '');
  const name = entry === undefined ? '' : ` ${entry.path}`;
  return usageError({
    code: error.code.replace('commander.', '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    message: `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`,
    suggestion: `Run "healthmon${name} --help".`,
    cause: error,
  });
}
