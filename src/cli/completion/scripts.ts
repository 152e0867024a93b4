import { usageError } from '../../errors/healthmon-error.js';
import type { CommandEntry, OptionSpec } from '../command.js';
import { GLOBAL_OPTIONS } from '../program.js';
import type { Source } from './sources.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Words that are known when the script is made, a source that is asked at the Tab key, or files. */
type Values = readonly string[] | Source | undefined;

interface Flag {
  flag: string;
  description: string;
  /** Null for a switch. */
  values: Values | null;
}

interface Candidate {
  /** Words of the command, as typed. */
  path: string;
  summary: string;
  flags: Flag[];
  /** Values of the arguments; null when it takes none. */
  values: Values | null;
  /** Values that depend on the word before: the value of `config set bigquery.model`. */
  after: ReadonlyMap<string, Values>;
}

/** The completion script of a shell: a plain table, which runs `healthmon` only for what the local cloud knows. */
export async function completionScript(shell: string, commands: readonly CommandEntry[]): Promise<string> {
  const candidates = await Promise.all(commands.map(candidateOf));
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

async function candidateOf({ path, summary, load }: CommandEntry): Promise<Candidate> {
  const { default: command } = await load();
  const [argument] = command.arguments ?? [];
  return {
    path,
    summary,
    flags: [...(command.options ?? []), ...GLOBAL_OPTIONS].flatMap(flagOf),
    values: argument === undefined ? null : argument.completes,
    after: new Map(Object.entries(argument?.completesAfter ?? {})),
  };
}

function flagOf({ flags, description, type, choices, completes }: OptionSpec): Flag[] {
  const flag = /--[a-z0-9-]+/.exec(flags)?.[0];
  if (flag === undefined) return [];
  return [{ flag, description, values: type === 'boolean' ? null : (choices ?? completes) }];
}

/** First words, and the words that may follow a group. */
function children(candidates: readonly Candidate[], prefix: string): string[] {
  const depth = prefix === '' ? 0 : prefix.split(' ').length;
  const below = candidates.filter(({ path }) => prefix === '' || path.startsWith(`${prefix} `));
  return [...new Set(below.map(({ path }) => path.split(' ')[depth]!))];
}

function groups(candidates: readonly Candidate[]): string[] {
  const found = candidates.flatMap(({ path }) => {
    const words = path.split(' ');
    return words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join(' '));
  });
  return ['', ...new Set(found)];
}

function summaryOf(candidates: readonly Candidate[], path: string): string {
  return candidates.find((candidate) => candidate.path === path)?.summary ?? '';
}

/** Patterns `command --flag` and `command word`, by what completes the value that follows them. */
function valueCases(candidates: readonly Candidate[]): [patterns: string[], values: Values][] {
  const globals = new Set(GLOBAL_OPTIONS.flatMap(flagOf).map(({ flag }) => flag));
  const cases = new Map<string, [string[], Values]>();
  const add = (pattern: string, values: Values) => {
    const key = JSON.stringify(values ?? null);
    const [patterns] = cases.get(key) ?? cases.set(key, [[], values]).get(key)!;
    if (!patterns.includes(pattern)) patterns.push(pattern);
  };
  for (const { path, flags, after } of candidates) {
    for (const { flag, values } of flags) {
      if (values !== null) add(globals.has(flag) ? `*" ${flag}"` : `"${path} ${flag}"`, values);
    }
    for (const [word, values] of after) add(`"${path} ${word}"`, values);
  }
  return [...cases.values()];
}

function bash(candidates: readonly Candidate[]): string {
  const paths = [...groups(candidates).slice(1), ...candidates.map(({ path }) => path)];
  const act = (values: Values) => {
    if (values === undefined) return '_healthmon_files; return';
    return typeof values === 'string'
      ? `_healthmon_ask ${values}; return`
      : `_healthmon_words "${values.join(' ')}"; return`;
  };
  const valued = valueCases(candidates).map(
    ([patterns, values]) => `    ${patterns.join('|')}) ${act(values)} ;;`,
  );
  const flags = candidates.map(
    ({ path, flags: own }) => `      "${path}") words="${own.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  const words = groups(candidates).map(
    (prefix) => `    "${prefix}") _healthmon_words "${children(candidates, prefix).join(' ')}"; return ;;`,
  );
  const values = candidates
    .filter((candidate) => candidate.values !== null && candidate.values !== undefined)
    .map((candidate) => `    "${candidate.path}") ${act(candidate.values as Values)} ;;`);
  return `# bash completion for healthmon: eval "$(healthmon completion bash)"
_healthmon_words() { COMPREPLY=($(compgen -W "$1" -- "$current")); }
_healthmon_files() { local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); }
_healthmon_ask() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete "$1" "$current" 2>/dev/null))
}
_healthmon() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" words="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${path:+$path }\${COMP_WORDS[i]}"
    case "$word" in
      ${paths.map((path) => `"${path}"`).join('|')}) path="$word" ;;
    esac
  done
  case "$path $previous" in
${valued.join('\n')}
  esac
  if [[ "$current" == -* ]]; then
    case "$path" in
${flags.join('\n')}
      *) words="${GLOBAL_OPTIONS.flatMap(flagOf)
        .map(({ flag }) => flag)
        .join(' ')}" ;;
    esac
    _healthmon_words "$words"
    return
  fi
  case "$path" in
${words.join('\n')}
  esac
  case "$path" in
${values.join('\n')}
  esac
  _healthmon_files
}
complete -o filenames -F _healthmon healthmon
`;
}

function zsh(candidates: readonly Candidate[]): string {
  const paths = [...groups(candidates).slice(1), ...candidates.map(({ path }) => path)];
  const act = (values: Values) => {
    if (values === undefined) return '_files; return';
    return typeof values === 'string'
      ? `_healthmon_ask ${values}; return`
      : `compadd -- ${values.join(' ')}; return`;
  };
  const described = (pairs: readonly [string, string][]) =>
    pairs.map(([word, text]) => quote(`${word}:${text.replaceAll(':', '\\:')}`)).join(' ');
  const valued = valueCases(candidates).map(
    ([patterns, values]) => `    ${patterns.join('|')}) ${act(values)} ;;`,
  );
  const words = groups(candidates).map((prefix) => {
    const pairs = children(candidates, prefix).map((word): [string, string] => [
      word,
      summaryOf(candidates, prefix === '' ? word : `${prefix} ${word}`),
    ]);
    return `    "${prefix}") commands=(${described(pairs)}) ;;`;
  });
  const flags = candidates.map(({ path, flags: own }) => {
    const pairs = own.map(({ flag, description }): [string, string] => [flag, description]);
    return `    "${path}") options=(${described(pairs)}) ;;`;
  });
  const values = candidates
    .filter((candidate) => candidate.values !== null && candidate.values !== undefined)
    .map((candidate) => `    "${candidate.path}") ${act(candidate.values as Values)} ;;`);
  return `#compdef healthmon
# zsh completion for healthmon: eval "$(healthmon completion zsh)"
_healthmon_ask() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete "$1" "\${words[CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  (( \${#found} )) && compadd -- "\${found[@]}"
}
_healthmon() {
  local -a commands options
  local path_words="" word candidate
  for word in "\${(@)words[2,CURRENT-1]}"; do
    candidate="\${path_words:+$path_words }$word"
    case "$candidate" in
      ${paths.map((path) => `"${path}"`).join('|')}) path_words="$candidate" ;;
    esac
  done
  case "$path_words \${words[CURRENT-1]}" in
${valued.join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    case "$path_words" in
${flags.join('\n')}
    esac
    _describe option options
    return
  fi
  case "$path_words" in
${words.join('\n')}
  esac
  if (( \${#commands} )); then
    _describe command commands
    return
  fi
  case "$path_words" in
${values.join('\n')}
  esac
  _files
}
compdef _healthmon healthmon
`;
}

function fish(candidates: readonly Candidate[]): string {
  const paths = [...groups(candidates).slice(1), ...candidates.map(({ path }) => path)];
  const lines = [
    '# fish completion for healthmon: healthmon completion fish | source',
    'function __healthmon_ask',
    '  healthmon __complete $argv[1] (commandline -ct) 2>/dev/null',
    'end',
    '# Whether the words so far are exactly this command.',
    'function __healthmon_is',
    '  set -l path',
    '  for word in (commandline -opc)[2..-1]',
    '    switch "$path $word"',
    `      case ${paths.map((path) => quote(path.includes(' ') ? path : ` ${path}`)).join(' ')}`,
    '        set path (string trim "$path $word")',
    '    end',
    '  end',
    '  test "$path" = "$argv[1]"',
    'end',
    'complete -c healthmon -f',
  ];
  const valuesOf = (values: Values) => {
    if (values === undefined) return '-F';
    return `-f -a ${quote(typeof values === 'string' ? `(__healthmon_ask ${values})` : values.join(' '))}`;
  };
  const when = (path: string, more = '') => `-n ${quote(`__healthmon_is "${path}"${more}`)}`;
  for (const prefix of groups(candidates)) {
    for (const word of children(candidates, prefix)) {
      const summary = summaryOf(candidates, prefix === '' ? word : `${prefix} ${word}`);
      lines.push(`complete -c healthmon ${when(prefix)} -a ${word} -d ${quote(summary)}`);
    }
  }
  for (const { path, flags, values, after } of candidates) {
    for (const { flag, description, values: own } of flags) {
      const value = own === null ? '' : ` -r ${valuesOf(own)}`;
      lines.push(`complete -c healthmon ${when(path)} -l ${flag.slice(2)} -d ${quote(description)}${value}`);
    }
    if (values !== null) lines.push(`complete -c healthmon ${when(path)} ${valuesOf(values)}`);
    for (const [word, own] of after) {
      lines.push(`complete -c healthmon ${when(path, `; and __fish_prev_arg_in ${word}`)} ${valuesOf(own)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
