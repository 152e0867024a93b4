import { isHostName } from '../core/request-guard.js';
import { usageError } from '../errors/healthmon-error.js';
import type { Config } from './config.js';

/**
 * Names besides loopback's by which what healthmon serves may be called: those of the settings, and those given.
 * @param given values of --allow-host, each one name or several separated by commas.
 * @throws a usage error for what is no host name.
 */
export function allowedHosts(config: Config, given: readonly string[] = []): string[] {
  const names = [config.allowedHosts, ...given]
    .flatMap((list) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const wrong = names.find((name) => !isHostName(name));
  if (wrong === undefined) return names;
  throw usageError({
    code: 'invalid-option',
    message: `The value "${wrong}" is not a host name that could be allowed.`,
    suggestion: 'Give names or addresses without port and scheme, such as --allow-host host.docker.internal.',
  });
}
