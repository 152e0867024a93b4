import { COMMANDS } from '../../commands/index.js';
import type { ArgumentSpec, Command, CommandEntry, OptionSpec } from '../../src/cli/command.js';
import { GLOBAL_OPTIONS } from '../../src/cli/program.js';
import { defaultText } from '../../src/cli/values.js';
import { SETTINGS, type SettingSpec } from '../../src/config/settings.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import { commandNeeds } from '../../src/gcp/access.js';

const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  done: 'done',
  failed: 'failed',
  usage: 'wrong command line or configuration',
  notReady: 'not ready: not provisioned, emulator or credentials missing',
  rowsRejected: 'finished, but rows were rejected',
  gateFailed: 'a gate failed, or drift was found',
  interrupted: 'interrupted',
};

const TARGETS: Record<Command['target'], string> = {
  changes: 'Changes the target.',
  reads: 'Reads the target.',
  offline: 'Does not touch the target.',
};

/** `docs/reference.md`, from the declarations of the commands and settings. */
export async function referencePage(): Promise<string> {
  const commands = await Promise.all(COMMANDS.map(async (entry) => (await entry.load()).default));
  return [
    '# Reference',
    'Generated from the declarations of the commands; `npm run docs` writes it anew.',
    `Commands: ${COMMANDS.map(({ path }) => `[${path}](#${path.replaceAll(' ', '-')})`).join(' · ')}`,
    '## Options of every command',
    optionTable(GLOBAL_OPTIONS),
    'A duration is a number with `ms`, `s`, `m` or `h`; without a unit it means seconds. A repeatable option is given once for each value.',
    '## Exit codes',
    table(
      ['Code', 'Meaning'],
      Object.entries(EXIT).map(([name, code]) => [String(code), EXIT_MEANINGS[name as keyof typeof EXIT]]),
    ),
    'A closed pipe on stdout is a quiet 0. `emulators exec` ends with the exit code of its command.',
    '## JSON',
    'With `--json` stdout is one document: `{"ok":true,"command":"…","result":{…}}`, or on failure `{"ok":false,"command":"…","error":{"code":"…","message":"…","detail":"…","suggestion":"…"}}`. The keys of each result are listed with its command. Times are RFC 3339 in UTC. Whole numbers beyond 2^53 are strings.',
    '## Settings',
    'A flag goes before an environment variable, that before the file (`healthmon.json`), and that before the default. `--set NAME=VALUE` is the flag of any setting.',
    settingTable(),
    '## Roles on Google Cloud',
    'The narrowest predefined roles of each command, and the permissions that it uses of them, for a custom role. `healthmon doctor --target cloud` checks them.',
    roleTable(),
    ...COMMANDS.flatMap((entry, index) => section(entry, commands[index]!)),
  ]
    .join('\n\n')
    .concat('\n');
}

function section({ path, summary }: CommandEntry, command: Command): string[] {
  const usage = ['healthmon', path, ...(command.arguments ?? []).map(argumentText)];
  if ((command.options ?? []).length > 0) usage.push('[options]');
  const parts = [`## ${path}`, `${summary}. ${TARGETS[command.target]}`, `    ${usage.join(' ')}`];
  if (command.details !== undefined) parts.push(...command.details.split('\n').map(cellText));
  if (command.arguments?.length) {
    const rows = command.arguments.map((each) => [code(argumentText(each)), cellText(each.description)]);
    parts.push(table(['Argument', ''], rows));
  }
  if (command.options?.length) parts.push(optionTable(command.options));
  parts.push(
    command.examples
      .map(({ command: line, does }) => `- \`${line}\`: ${cellText(does.replace(/^./, lowerCase))}`)
      .join('\n'),
  );
  const keys = Object.entries<string>(command.result);
  parts.push(
    table(
      ['Result key', ''],
      keys.map(([key, holds]) => [code(key), cellText(holds)]),
    ),
  );
  return parts;
}

function argumentText({ name, required, variadic }: ArgumentSpec): string {
  const text = variadic ? `${name}...` : name;
  return required ? `<${text}>` : `[${text}]`;
}

function optionTable(options: readonly OptionSpec[]): string {
  return table(
    ['Option', 'Default', ''],
    options.map((option) => [code(option.flags), defaultOf(option), describe(option)]),
  );
}

function defaultOf(option: OptionSpec): string {
  const text = defaultText(option);
  return text === undefined ? '' : code(text);
}

function describe({ description, choices, minimum, maximum }: OptionSpec): string {
  const notes =
    choices?.every((choice) => description.includes(choice)) === false ? [choices.join(', ')] : [];
  if (minimum !== undefined && maximum !== undefined) notes.push(`${minimum} to ${maximum}`);
  else if (minimum !== undefined && minimum > 0) notes.push(`at least ${minimum}`);
  return cellText([description, ...notes].join('; '));
}

function settingTable(): string {
  return table(
    ['Setting', 'Variable', 'Default', ''],
    Object.entries<SettingSpec>(SETTINGS).map(([name, { env, default: value, description }]) => [
      code(name),
      env === undefined ? '' : code(env),
      code(String(typeof value === 'function' ? value({ project: 'PROJECT' }) : value)),
      cellText(description),
    ]),
  );
}

function roleTable(): string {
  const rows = commandNeeds().flatMap(({ command, needs }) => {
    const grants = new Map<string, string[]>();
    for (const { role, on = 'the project', permission } of needs) {
      const grant = `${code(role)} | ${on}`;
      grants.set(grant, [...(grants.get(grant) ?? []), code(permission)]);
    }
    return [...grants].map(([grant, permissions], index) => [
      index === 0 ? code(command) : '',
      grant,
      permissions.join(' '),
    ]);
  });
  // A grant fills two cells.
  return table(['Command', 'Role', 'On', 'Permissions'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``;
}

/** Keeps `<name>`, `*` and `|` from being read as markup. */
function cellText(text: string): string {
  return text.replaceAll(/[<*|_]/g, (sign) => `\\${sign}`);
}

function lowerCase(letter: string): string {
  return letter.toLowerCase();
}
