import type { OptionSpec } from '../src/cli/command.js';
import { SERVICE_NAMES, type ServiceName } from '../src/core/services.js';
import { usageError } from '../src/errors/healthmon-error.js';

/** @param verb what is done with these services only. */
export function onlyOption(verb: string, names: readonly ServiceName[] = SERVICE_NAMES) {
  return {
    flags: '--only <services>',
    type: 'strings',
    description: `${verb} only these, separated by commas: ${names.join(', ')}`,
    completes: names,
  } as const satisfies OptionSpec;
}

/** @param texts values of an option, each one name or several separated by commas. @throws a usage error for others. */
export function readServices<Name extends ServiceName>(
  option: string,
  texts: readonly string[] | undefined,
  names: readonly Name[],
  command: string,
): Name[] | undefined {
  return texts
    ?.flatMap((text) => text.split(','))
    .map((word) => {
      const name = names.find((service) => service === word.trim());
      if (name !== undefined) return name;
      throw usageError({
        code: 'invalid-option',
        message: `The value "${word}" of ${option} is not valid.`,
        detail: `It must be one of: ${names.join(', ')}.`,
        suggestion: `Run "healthmon ${command} --help".`,
      });
    });
}
