/** Zones kept local mean time before this (1800), and Intl counts days before 1582 in the Julian calendar. */
const EARLIEST_CHANGE_MS = -5_364_662_400_000;

/** Names of three letters in the time zone database; ICU knows more, such as PST and IST, which mean several zones. */
const SHORT_NAMES = new Set('CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET'.split(' '));

/** Milliseconds east of UTC at a moment in milliseconds since the epoch. */
export type OffsetOf = (epochMs: number) => number;

/** The offsets of a zone of the time zone database, however its letters are cased; undefined when there is none. */
export function zoneOffsets(name: string): OffsetOf | undefined {
  if (!/^[A-Za-z_]\w*(?:[/+-]\w+)*$/.test(name)) return undefined;
  if (name.length === 3 && !SHORT_NAMES.has(name.toUpperCase())) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  return (epochMs) => {
    const moment = Math.max(Math.floor(epochMs / 1000) * 1000, EARLIEST_CHANGE_MS);
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(moment)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    return Date.UTC(year!, month! - 1, day, hour, minute, second) - moment;
  };
}
