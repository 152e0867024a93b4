import type { Config } from '../config/config.js';
import { usageError } from '../errors/healthmon-error.js';
import type { OptionSpec, OptionsOf } from './command.js';

/** Options of every command that destroys what nothing else keeps. */
export function confirmationOptions(does: string) {
  return [
    { flags: '--yes', type: 'boolean', description: does },
    {
      flags: '--confirm-project <id>',
      type: 'string',
      description: 'the project id once more, needed with --yes on Google Cloud',
    },
  ] as const satisfies readonly OptionSpec[];
}

/** @throws a usage error on Google Cloud without `--yes` and the project id once more. Nothing is ever asked. */
export function requireConfirmation(
  what: string,
  input: OptionsOf<ReturnType<typeof confirmationOptions>>,
  { target, project }: Config,
): void {
  if (target !== 'cloud' || (input.yes === true && input.confirmProject === project)) return;
  const given = input.confirmProject;
  throw usageError({
    code: 'confirmation-missing',
    message: `${what} on Google Cloud needs --yes and the project id once more.`,
    detail: `The project is ${project}${given === undefined ? '' : `, not ${given}`}.`,
    suggestion: `Add --yes --confirm-project ${project}.`,
  });
}
