import { usageError } from '../errors/healthmon-error.js';
import type { CommandEntry, OptionSpec } from './command.js';
import { GLOBAL_OPTIONS } from './program.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Candidates {
  /** Words of the command, as typed. */
  path: string;
  summary: string;
  flags: { flag: string; description: string; choices: readonly string[] }[];
}

/** The completion script of a shell: a plain table of commands and options, so that it starts no process. */
export async function completionScript(shell: string, commands: readonly CommandEntry[]): Promise<string> {
  const visible = commands.filter((entry) => !entry.hidden);
  const candidates = await Promise.all(
    visible.map(async (entry): Promise<Candidates> => {
      const { default: command } = await entry.load();
      const options = [...(command.options ?? []), ...GLOBAL_OPTIONS];
      return { path: entry.path, summary: entry.summary, flags: options.flatMap(flagsOf) };
    }),
  );
  switch (shell) {
    case 'bash':
      return bash(candidates);
    case 'zsh':
      return zsh(candidates);
    case 'fish':
      return fish(candidates);
    default:
      throw usageError({
        code: 'invalid-argument',
        message: `There is no completion for "${shell}".`,
        suggestion: `Give one of: ${SHELLS.join(', ')}.`,
      });
  }
}

function flagsOf(option: OptionSpec): Candidates['flags'] {
  const flag = /--[a-z0-9-]+/.exec(option.flags)?.[0];
  if (flag === undefined) return [];
  return [{ flag, description: option.description, choices: option.choices ?? [] }];
}

/** First words, and the words that may follow a group. */
function children(candidates: readonly Candidates[], prefix: string): string[] {
  const depth = prefix === '' ? 0 : prefix.split(' ').length;
  const below = candidates.filter(({ path }) => prefix === '' || path.startsWith(`${prefix} `));
  return [...new Set(below.map(({ path }) => path.split(' ')[depth]!))];
}

function prefixes(candidates: readonly Candidates[]): string[] {
  const groups = candidates.flatMap(({ path }) => {
    const words = path.split(' ');
    return words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join(' '));
  });
  return ['', ...new Set(groups)];
}

function bash(candidates: readonly Candidates[]): string {
  const words = prefixes(candidates).map(
    (prefix) => `    "${prefix}") words="${children(candidates, prefix).join(' ')}" ;;`,
  );
  const flags = candidates.map(
    ({ path, flags: own }) => `    "${path}") flags="${own.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  const choices = choiceLists(candidates).map(([flag, list]) => `    ${flag}) words="${list.join(' ')}" ;;`);
  return `# bash completion for healthmon: eval "$(healthmon completion bash)"
_healthmon() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" words="" flags="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ "$word" == -* ]] || path="\${path:+$path }$word"
  done
  case "$previous" in
${choices.join('\n')}
  esac
  if [[ -n "$words" ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  case "$path" in
${words.join('\n')}
  esac
  while [[ -n "$path" ]]; do
    case "$path" in
${flags.join('\n')}
    esac
    [[ -n "$flags" || "$path" != *" "* ]] && break
    path="\${path% *}"
  done
  if [[ "$current" == -* ]]; then words="$flags"; fi
  if [[ -n "$words" ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _healthmon healthmon
`;
}

function zsh(candidates: readonly Candidates[]): string {
  const words = prefixes(candidates).map((prefix) => {
    const described = children(candidates, prefix).map((word) => {
      const full = prefix === '' ? word : `${prefix} ${word}`;
      const summary = candidates.find(({ path }) => path === full)?.summary ?? '';
      return quote(`${word}:${summary.replaceAll(':', '\\:')}`);
    });
    return `    "${prefix}") commands=(${described.join(' ')}) ;;`;
  });
  const flags = candidates.map(({ path, flags: own }) => {
    const described = own.map(({ flag, description }) =>
      quote(`${flag}:${description.replaceAll(':', '\\:')}`),
    );
    return `    "${path}") options=(${described.join(' ')}) ;;`;
  });
  const choices = choiceLists(candidates).map(
    ([flag, list]) => `    ${flag}) compadd ${list.join(' ')}; return ;;`,
  );
  return `#compdef healthmon
# zsh completion for healthmon: eval "$(healthmon completion zsh)"
_healthmon() {
  local -a commands options
  local path_words="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] || path_words="\${path_words:+$path_words }$word"
  done
  case "\${words[CURRENT-1]}" in
${choices.join('\n')}
  esac
  case "$path_words" in
${words.join('\n')}
  esac
  while [[ -n "$path_words" ]]; do
    case "$path_words" in
${flags.join('\n')}
    esac
    (( \${#options} )) && break
    [[ "$path_words" == *" "* ]] || break
    path_words="\${path_words% *}"
  done
  if [[ "\${words[CURRENT]}" == -* ]]; then _describe option options
  elif (( \${#commands} )); then _describe command commands
  else _files; fi
}
compdef _healthmon healthmon
`;
}

function fish(candidates: readonly Candidates[]): string {
  const lines = [
    '# fish completion for healthmon: healthmon completion fish | source',
    'complete -c healthmon -f',
  ];
  for (const prefix of prefixes(candidates)) {
    for (const word of children(candidates, prefix)) {
      const full = prefix === '' ? word : `${prefix} ${word}`;
      const summary = candidates.find(({ path }) => path === full)?.summary ?? '';
      const condition =
        prefix === ''
          ? '__fish_use_subcommand'
          : `__fish_seen_subcommand_from ${prefix.split(' ').at(-1)}; and not __fish_seen_subcommand_from ${children(candidates, prefix).join(' ')}`;
      lines.push(`complete -c healthmon -n ${quote(condition)} -a ${word} -d ${quote(summary)}`);
    }
  }
  for (const { path, flags } of candidates) {
    const condition = path
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const { flag, description, choices } of flags) {
      const values = choices.length === 0 ? '' : ` -x -a ${quote(choices.join(' '))}`;
      lines.push(
        `complete -c healthmon -n ${quote(condition)} -l ${flag.slice(2)} -d ${quote(description)}${values}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function choiceLists(candidates: readonly Candidates[]): [string, string[]][] {
  const lists = new Map<string, Set<string>>();
  for (const { flag, choices } of candidates.flatMap(({ flags }) => flags)) {
    if (choices.length === 0) continue;
    const list = lists.get(flag) ?? new Set();
    for (const choice of choices) list.add(choice);
    lists.set(flag, list);
  }
  return [...lists].map(([flag, list]) => [flag, [...list]]);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
