import { FIRST_MS, LAST_MS } from '../stream/event-time.js';
import { timeZoneOf } from '../stream/time-zone.js';
import type { DecoderSettings } from './decoder.js';
import { zoneTable } from './zone-table.js';

/**
 * What a job's decoder is told, with the offsets of the time zone: its engine knows none.
 *
 * @param timeZone IANA name for times without an offset; undefined refuses them
 * @throws HealthmonError when there is no such zone
 */
export function decoderSettings(
  given: Omit<DecoderSettings, 'timeZone'> & { timeZone: string | undefined },
): DecoderSettings {
  const { timeZone: name, ...settings } = given;
  if (name === undefined) return { ...settings, timeZone: null };
  const { exactOffset } = timeZoneOf(name);
  return { ...settings, timeZone: zoneTable(name, exactOffset, { fromMs: FIRST_MS - 1, toMs: LAST_MS }) };
}
