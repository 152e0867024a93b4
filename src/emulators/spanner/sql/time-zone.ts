import type { Schema } from '../schema/model.js';

const DEFAULT_TIME_ZONE = 'America/Los_Angeles';

/** The zone of texts without one: the database's own, or the service's. */
export function timeZoneOf({ options }: Schema): string {
  return String(options.get('default_time_zone') ?? DEFAULT_TIME_ZONE);
}
