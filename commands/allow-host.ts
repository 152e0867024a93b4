import type { OptionSpec } from '../src/cli/command.js';

/** Of every command that serves HTTP; read by `allowedHosts` of src/config. */
export const ALLOW_HOST_OPTION = {
  flags: '--allow-host <name>',
  type: 'strings',
  description: 'name besides localhost by which it may be called, for containers (repeatable)',
} as const satisfies OptionSpec;
