import { dateText, pad, two } from '../../../googlesql/values/calendar.js';

/** BigQuery's text forms of single values, made from DuckDB's internal numbers. */

const MICROS_PER_SECOND = 1_000_000n;
const MICROS_PER_DAY = 86_400_000_000n;

/** `HH:MM:SS[.ffffff]` of microseconds since midnight. */
export function timeText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = micros - seconds * 1_000_000;
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === 0 ? clock : `${clock}.${pad(fraction, 6)}`;
}

function splitDay(micros: bigint): { days: number; microsOfDay: number } {
  let days = micros / MICROS_PER_DAY;
  let rest = micros % MICROS_PER_DAY;
  if (rest < 0n) {
    days -= 1n;
    rest += MICROS_PER_DAY;
  }
  return { days: Number(days), microsOfDay: Number(rest) };
}

/** `YYYY-MM-DDTHH:MM:SS[.ffffff]`. */
export function datetimeText(micros: bigint): string {
  const { days, microsOfDay } = splitDay(micros);
  return `${dateText(days)}T${timeText(microsOfDay)}`;
}

/** `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`. */
export function timestampIsoText(micros: bigint): string {
  return `${datetimeText(micros)}Z`;
}

/** Seconds since the epoch in the form REST uses unless the client asks for microseconds: `1.4832288E9`. */
export function timestampSecondsText(micros: bigint): string {
  const whole = micros / MICROS_PER_SECOND;
  const fraction = micros % MICROS_PER_SECOND;
  return floatText(Number(whole) + Number(fraction) / 1e6);
}

/** A FLOAT64 as the service prints it: `1.0`, `1.5E10`, `NaN`, `Infinity`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const sign = exponent.startsWith('+') ? exponent.slice(1) : exponent;
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${sign}`;
}

/** A decimal from its unscaled value, without trailing zeros: `1.5`, `-0.000000001`, `10`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, -scale);
  let end = digits.length;
  while (end > digits.length - scale && digits.charCodeAt(end - 1) === 48) end--;
  const fraction = digits.slice(digits.length - scale, end);
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative ? `-${text}` : text;
}

/** `Y-M D H:M:S[.ffffff]`, each of the three parts with its own sign. */
export function intervalText(months: number, days: number, micros: bigint): string {
  const monthSign = months < 0 ? '-' : '';
  const absoluteMonths = Math.abs(months);
  const timeSign = micros < 0n ? '-' : '';
  const absolute = micros < 0n ? -micros : micros;
  const seconds = absolute / MICROS_PER_SECOND;
  const fraction = Number(absolute % MICROS_PER_SECOND);
  const clock = `${timeSign}${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}`;
  const fractionText = fraction === 0 ? '' : `.${trimmedFraction(fraction)}`;
  return `${monthSign}${Math.floor(absoluteMonths / 12)}-${absoluteMonths % 12} ${days} ${clock}${fractionText}`;
}

/** Three digits when they suffice, else six, as the service prints fractions of an interval. */
function trimmedFraction(micros: number): string {
  return micros % 1000 === 0 ? pad(micros / 1000, 3) : pad(micros, 6);
}
