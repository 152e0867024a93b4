import { usageError } from '../../errors/healthmon-error.js';
import { TimeZone } from '../../schema/date-time.js';

/** The zone of event times without an offset, by its IANA name. @throws HealthmonError when there is none. */
export function timeZoneOf(name: string): TimeZone {
  try {
    return new TimeZone(name);
  } catch (cause) {
    throw usageError({
      code: 'unknown-time-zone',
      message: `"${name}" is not a time zone.`,
      suggestion: 'Give an IANA name such as Europe/Berlin.',
      cause,
    });
  }
}
