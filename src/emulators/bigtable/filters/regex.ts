import { RE2JS, RE2JSException } from 're2js';
import { ServiceError } from '../../serving/service-error.js';

/** Text that means itself in RE2. */
const LITERAL = /^[^\\.+*?()|[\]{}^$]*$/;
/** A literal and then anything but a line feed. */
const PREFIX = /^([^\\.+*?()|[\]{}^$]*)\.\*$/;

/**
 * A test whether the whole of some bytes matches an RE2 pattern, in time linear in their length.
 * @param pattern one character for each byte, as what it is matched with.
 * @throws ServiceError INVALID_ARGUMENT with the reason of RE2.
 */
export function compileRegex(pattern: string, field: string): (bytes: string) => boolean {
  if (LITERAL.test(pattern)) return (bytes) => bytes === pattern;
  const prefix = PREFIX.exec(pattern)?.[1];
  if (prefix !== undefined) {
    return (bytes) => bytes.startsWith(prefix) && bytes.indexOf('\n', prefix.length) === -1;
  }
  try {
    const compiled = RE2JS.compile(anyByteAsClass(pattern));
    return (bytes) => compiled.testExact(bytes);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new ServiceError('INVALID_ARGUMENT', `Error in field '${field}' : ${error.message}`);
  }
}

/** `\C` is any byte, even a line feed, in RE2; the library does not know it. */
function anyByteAsClass(pattern: string): string {
  return pattern.replace(/\\Q.*?(?:\\E|$)|\\./gs, (found) => (found === '\\C' ? '(?s:.)' : found));
}
