import type { Command as Commander, Help } from 'commander';
import type { Naming } from '../output/envelope.js';
import type { Command } from './command.js';

const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'wrong command line or configuration'],
  ['3', 'not ready: not provisioned, or an emulator or credentials are missing'],
  ['4', 'finished, but rows were rejected'],
  ['5', 'a gate failed, or drift was found'],
  ['130', 'interrupted'],
];

/** Options of every command stand once, in the help of the program. */
const GLOBALS_LINE = 'Options of every command (--json, --target …): "healthmon --help".';

/** Where one begins. */
const FIRST_EXAMPLES: Command['examples'] = [
  { command: 'healthmon demo', does: 'Runs the whole pipeline on this machine.' },
  { command: 'healthmon doctor', does: 'Says what this machine lacks.' },
  { command: 'healthmon load admissions.csv --check', does: 'Checks a file and writes nothing.' },
];

type FormatHelp = (node: Commander, help: Help) => string;

/** The help of healthmon itself. */
export function programHelp(named: Naming): FormatHelp {
  return (node, help) =>
    joined([
      ...opening(node, help, named),
      exampleLines(FIRST_EXAMPLES, named),
      section('Commands', subcommands(node, help), help, named),
      section('Options of every command', options(node, help), help, named),
      section('Exit codes', EXIT_CODES, help, named),
      named('Run "healthmon <command> --help" for options and examples.'),
    ]);
}

/** The help of a word that only groups commands. */
export function groupHelp(named: Naming): FormatHelp {
  return (node, help) =>
    joined([
      ...opening(node, help, named),
      section('Commands', subcommands(node, help), help, named),
      named(GLOBALS_LINE),
    ]);
}

/** The help of a command: what it does, how it is used, and only then every option. */
export function commandHelp({ details, examples }: Command, named: Naming): FormatHelp {
  return (node, help) => {
    const items = help
      .visibleArguments(node)
      .map((argument) => [help.argumentTerm(argument), help.argumentDescription(argument)] as const);
    return joined([
      ...opening(node, help, named),
      ...(details ?? '').split('\n').map((line) => wrapped(named(line), help)),
      exampleLines(examples, named),
      section('Arguments', items, help, named),
      section('Options', options(node, help), help, named),
      section('Commands', subcommands(node, help), help, named),
      named(GLOBALS_LINE),
    ]);
  };
}

function exampleLines(examples: Command['examples'], named: Naming): string {
  const lines = examples.map(({ command, does }) => `  $ ${named(command)}\n      ${named(does)}`);
  return `Examples:\n${lines.join('\n')}`;
}

function opening(node: Commander, help: Help, named: Naming): string[] {
  return [named(`Usage: ${help.commandUsage(node)}`), wrapped(help.commandDescription(node), help)];
}

function subcommands(node: Commander, help: Help): (readonly [string, string])[] {
  return help.visibleCommands(node).map((each) => [each.name(), help.subcommandDescription(each)]);
}

function options(node: Commander, help: Help): (readonly [string, string])[] {
  return help.visibleOptions(node).map((each) => [help.optionTerm(each), help.optionDescription(each)]);
}

function section(
  title: string,
  items: readonly (readonly [string, string])[],
  help: Help,
  named: Naming,
): string {
  if (items.length === 0) return '';
  const width = Math.max(...items.map(([term]) => term.length));
  return `${title}:\n${items.map(([term, text]) => help.formatItem(term, width, named(text), help)).join('\n')}`;
}

function wrapped(text: string, help: Help): string {
  return help.boxWrap(text, help.helpWidth ?? 80);
}

function joined(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
