import type { OptionSpec } from '../src/cli/command.js';

/** Which columns a file has. */
export const COLUMN_OPTIONS = [
  {
    flags: '--map <name=column>',
    type: 'strings',
    description: 'column of the table for a column of the file (repeatable)',
  },
  {
    flags: '--columns <names>',
    type: 'string',
    description: 'the file has no header line; these are its columns, separated by commas',
  },
  {
    flags: '--ignore-extra-columns',
    type: 'boolean',
    description: 'leave out columns that the table lacks',
  },
  {
    flags: '--allow-missing-columns',
    type: 'boolean',
    description: 'the file may lack optional columns; their values stay as they are',
  },
  {
    flags: '--delimiter <character>',
    type: 'string',
    description: 'between fields; guessed from the header line when not given',
  },
] as const satisfies readonly OptionSpec[];

/** How values are written. */
export const VALUE_OPTIONS = [
  {
    flags: '--null-marker <text>',
    type: 'strings',
    description: 'unquoted text that means NULL, instead of nothing (repeatable)',
  },
  {
    flags: '--date-format <format>',
    type: 'string',
    description: 'of dates that are not YYYY-MM-DD, such as DD/MM/YYYY',
  },
] as const satisfies readonly OptionSpec[];

export const MAX_REJECTS_OPTION = {
  flags: '--max-rejects <n>',
  type: 'string',
  description: 'write nothing when more rows are rejected: a number, or a share such as 1%',
} as const satisfies OptionSpec;
