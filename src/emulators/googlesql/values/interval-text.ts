/** An INTERVAL as both BigQuery and DuckDB hold it. */
export interface IntervalValue {
  months: number;
  days: number;
  micros: bigint;
}

export const INTERVAL_PARTS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const;
type IntervalPart = (typeof INTERVAL_PARTS)[number];

const MICROS: Record<string, bigint> = { HOUR: 3_600_000_000n, MINUTE: 60_000_000n, SECOND: 1_000_000n };
const MAX_MONTHS = 120_000;
const MAX_DAYS = 3_660_000;

/** Parses `Y-M D H:M:S.F` cut to the parts from `first` to `last`; undefined when the text does not fit. */
export function intervalOfText(
  text: string,
  first: IntervalPart,
  last: IntervalPart,
): IntervalValue | undefined {
  const from = INTERVAL_PARTS.indexOf(first);
  const to = INTERVAL_PARTS.indexOf(last);
  if (from === to) return singlePart(text.trim(), first);
  const names = INTERVAL_PARTS.slice(from, to + 1);
  const date = names.filter((name) => name === 'YEAR' || name === 'MONTH');
  const time = names.filter((name) => name in MICROS);
  const pieces = [
    date.length > 0 ? `(?<dateSign>[+-]?)${date.map((name) => `(?<${name}>\\d+)`).join('-')}` : '',
    names.includes('DAY') ? '(?<DAY>[+-]?\\d+)' : '',
    time.length > 0
      ? `(?<timeSign>[+-]?)${time.map((name) => `(?<${name}>\\d+${name === 'SECOND' ? '(?:\\.\\d{1,6})?' : ''})`).join(':')}`
      : '',
  ].filter((piece) => piece !== '');
  const groups = new RegExp(`^${pieces.join(' ')}$`).exec(text.trim())?.groups;
  if (groups === undefined) return undefined;
  const dateSign = groups['dateSign'] === '-' ? -1 : 1;
  const timeSign = groups['timeSign'] === '-' ? -1n : 1n;
  const months = dateSign * (Number(groups['YEAR'] ?? 0) * 12 + Number(groups['MONTH'] ?? 0));
  let micros =
    BigInt(groups['HOUR'] ?? 0) * MICROS['HOUR']! + BigInt(groups['MINUTE'] ?? 0) * MICROS['MINUTE']!;
  micros += secondsToMicros(groups['SECOND'] ?? '0');
  return checked({ months, days: Number(groups['DAY'] ?? 0), micros: timeSign * micros });
}

function singlePart(text: string, part: IntervalPart): IntervalValue | undefined {
  if (part === 'SECOND') {
    if (!/^[+-]?\d+(\.\d{1,6})?$/.test(text)) return undefined;
    return checked({ months: 0, days: 0, micros: secondsToMicros(text) });
  }
  return /^[+-]?\d+$/.test(text) ? intervalOfNumber(BigInt(text), part) : undefined;
}

/** `INTERVAL 3 WEEK` and its like; undefined for a part that intervals do not have. */
export function intervalOfNumber(amount: bigint, part: string): IntervalValue | undefined {
  const count = Number(amount);
  switch (part) {
    case 'YEAR':
      return checked({ months: count * 12, days: 0, micros: 0n });
    case 'QUARTER':
      return checked({ months: count * 3, days: 0, micros: 0n });
    case 'MONTH':
      return checked({ months: count, days: 0, micros: 0n });
    case 'WEEK':
      return checked({ months: 0, days: count * 7, micros: 0n });
    case 'DAY':
      return checked({ months: 0, days: count, micros: 0n });
    case 'MILLISECOND':
      return checked({ months: 0, days: 0, micros: amount * 1000n });
    case 'MICROSECOND':
      return checked({ months: 0, days: 0, micros: amount });
    default: {
      const unit = MICROS[part];
      return unit === undefined ? undefined : checked({ months: 0, days: 0, micros: amount * unit });
    }
  }
}

function secondsToMicros(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const micros = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return negative ? -micros : micros;
}

function checked(interval: IntervalValue): IntervalValue | undefined {
  const fits = Math.abs(interval.months) <= MAX_MONTHS && Math.abs(interval.days) <= MAX_DAYS;
  return fits ? interval : undefined;
}

const ISO =
  /^([+-])?P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+(?:\.\d{1,6})?)S)?)?$/;

/** CAST(STRING AS INTERVAL): `1-2 3 4:5:6.7` in full or in part, or ISO 8601 `P1Y2M3DT4H5M6.7S`. */
export function intervalOfCastText(text: string): IntervalValue | undefined {
  const trimmed = text.trim();
  const iso = ISO.exec(trimmed);
  if (iso !== null && /\d/.test(trimmed)) {
    const number = (index: number): number => Number(iso[index] ?? 0);
    const micros =
      BigInt(iso[6] ?? 0) * MICROS['HOUR']! +
      BigInt(iso[7] ?? 0) * MICROS['MINUTE']! +
      secondsToMicros(iso[8] ?? '0');
    const sign = iso[1] === '-' ? -1 : 1;
    return checked({
      months: sign * (number(2) * 12 + number(3)),
      days: sign * (number(4) * 7 + number(5)),
      micros: BigInt(sign) * micros,
    });
  }
  for (const [first, last] of [
    ['YEAR', 'SECOND'],
    ['YEAR', 'MONTH'],
    ['YEAR', 'DAY'],
    ['DAY', 'SECOND'],
    ['HOUR', 'SECOND'],
  ] as const) {
    const interval = intervalOfText(trimmed, first, last);
    if (interval !== undefined) return interval;
  }
  return undefined;
}

/** Text that DuckDB casts to the same INTERVAL. */
export function duckIntervalText({ months, days, micros }: IntervalValue): string {
  return `${months} months ${days} days ${micros} microseconds`;
}
