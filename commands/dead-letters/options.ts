import type { OptionSpec } from '../../src/cli/command.js';
import { REJECTION_REASONS } from '../../src/core/rejection-reasons.js';

export const REASON_OPTION = {
  flags: '--reason <reason>',
  type: 'string',
  choices: REJECTION_REASONS,
  description: 'only those with this reason',
} as const satisfies OptionSpec;
