import { parseFloatText } from './float-text.js';
import { jsonText, prettyJsonText } from './json-value.js';
import { printLiteral, printReadable } from './print.js';
import type { Typed } from './typed-value.js';

interface Specifier {
  flags: string;
  width: number;
  precision: number | undefined;
  type: string;
}

const SPECIFIER = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?([a-zA-Z%])?/g;
const SUPPORTED = 'dioxXfFeEgGpPstT%';

/** FORMAT; NULL when a specifier other than %t and %T meets NULL. */
export function formatText(format: string, values: Typed[]): string | null {
  let next = 0;
  let sawNull = false;
  const take = (): Typed => {
    const value = values[next];
    next += 1;
    if (!value) throw new Error(`Too few arguments to FORMAT for pattern "${format}"`);
    return value;
  };
  const star = (): number | undefined => {
    const value = take();
    if ('null' in value) {
      sawNull = true;
      return undefined;
    }
    if (value.shape.kind !== 'INT64' || !('text' in value)) mismatch(next, 'INT64', value);
    return Number((value as { text: string }).text);
  };
  const result = format.replace(
    SPECIFIER,
    (whole, flags: string, widthText?: string, precisionText?: string, type?: string) => {
      if (type === undefined)
        throw new Error(`Invalid FORMAT string: "${format}"; Unexpected end of FORMAT string: "${whole}"`);
      if (!SUPPORTED.includes(type))
        throw new Error(`Invalid FORMAT string: "${format}"; Unsupported format specifier: %${type}`);
      if (type === '%') return '%';
      let width = widthText === '*' ? (star() ?? 0) : Number(widthText ?? 0);
      let usedFlags = flags;
      if (width < 0) {
        usedFlags += '-';
        width = -width;
      }
      let precision =
        precisionText === '*' ? star() : precisionText === undefined ? undefined : Number(precisionText);
      if (precision !== undefined && precision < 0) precision = undefined;
      const value = take();
      if ('null' in value && type !== 't' && type !== 'T') {
        sawNull = true;
        return '';
      }
      return formatOne({ flags: usedFlags, width, precision, type }, value, next + 1);
    },
  );
  if (sawNull) return null;
  if (next < values.length) {
    throw new Error(
      `Too many arguments to FORMAT for pattern "${format}"; Expected ${next + 1}; Got ${values.length + 1}`,
    );
  }
  return result;
}

function mismatch(position: number, expected: string, value: Typed): never {
  throw new Error(
    `Invalid type for argument ${position} to FORMAT; Expected ${expected}; Got ${value.shape.kind}`,
  );
}

function formatOne(spec: Specifier, value: Typed, position: number): string {
  switch (spec.type) {
    case 't':
      return padText(truncate(printReadable(value), spec.precision), spec);
    case 'T':
      return padText(truncate(printLiteral(value), spec.precision), spec);
    case 's': {
      if (value.shape.kind === 'BYTES' && 'text' in value) {
        return padText(truncate(Buffer.from(value.text, 'hex').toString('utf8'), spec.precision), spec);
      }
      if (value.shape.kind !== 'STRING' || !('text' in value)) return mismatch(position, 'STRING', value);
      return padText(truncate(value.text, spec.precision), spec);
    }
    case 'p':
    case 'P': {
      if (!('json' in value)) return mismatch(position, 'JSON', value);
      const text = spec.type === 'p' ? jsonText(value.json) : prettyJsonText(value.json);
      return padText(truncate(text, spec.precision), spec);
    }
    case 'd':
    case 'i':
    case 'o':
    case 'x':
    case 'X': {
      if (value.shape.kind !== 'INT64' || !('text' in value)) return mismatch(position, 'INT64', value);
      return formatInteger(spec, BigInt(value.text));
    }
    default: {
      const { kind } = value.shape;
      if (!('text' in value) || !(kind === 'FLOAT64' || kind === 'NUMERIC' || kind === 'BIGNUMERIC')) {
        return mismatch(position, 'FLOAT64, NUMERIC or BIGNUMERIC', value);
      }
      return kind === 'FLOAT64'
        ? formatFloat(spec, parseFloatText(value.text))
        : formatDecimal(spec, value.text);
    }
  }
}

function truncate(text: string, precision: number | undefined): string {
  return precision === undefined ? text : [...text].slice(0, precision).join('');
}

function padText(text: string, spec: Specifier): string {
  const missing = spec.width - [...text].length;
  if (missing <= 0) return text;
  return spec.flags.includes('-') ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

function padNumber(sign: string, prefix: string, digits: string, spec: Specifier, zeroFill: boolean): string {
  const missing = spec.width - sign.length - prefix.length - digits.length;
  if (missing <= 0) return sign + prefix + digits;
  if (spec.flags.includes('-')) return sign + prefix + digits + ' '.repeat(missing);
  if (zeroFill && spec.flags.includes('0')) return sign + prefix + '0'.repeat(missing) + digits;
  return ' '.repeat(missing) + sign + prefix + digits;
}

function signOf(negative: boolean, flags: string): string {
  if (negative) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function group(digits: string, size: number): string {
  return digits.replace(new RegExp(`\\B(?=(?:[0-9a-fA-F]{${size}})+$)`, 'g'), ',');
}

function formatInteger(spec: Specifier, value: bigint): string {
  const negative = value < 0n;
  if (negative && 'oxX'.includes(spec.type)) {
    throw new Error(`Format specifier %${spec.type} does not take negative values: ${value}`);
  }
  const magnitude = negative ? -value : value;
  const radix = spec.type === 'o' ? 8 : spec.type === 'd' || spec.type === 'i' ? 10 : 16;
  let digits = magnitude.toString(radix);
  if (spec.type === 'X') digits = digits.toUpperCase();
  if (spec.precision !== undefined)
    digits = spec.precision === 0 && magnitude === 0n ? '' : digits.padStart(spec.precision, '0');
  if (spec.flags.includes("'")) digits = group(digits, radix === 10 ? 3 : 4);
  let prefix = '';
  if (spec.flags.includes('#') && magnitude !== 0n)
    prefix = spec.type === 'o' ? '0' : radix === 16 ? `0${spec.type}` : '';
  return padNumber(signOf(negative, spec.flags), prefix, digits, spec, spec.precision === undefined);
}

function formatFloat(spec: Specifier, value: number): string {
  const upper = spec.type === spec.type.toUpperCase();
  const negative = value < 0 || Object.is(value, -0);
  const sign = Number.isNaN(value) ? '' : signOf(negative, spec.flags);
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'nan' : 'inf';
    return padNumber(sign, '', upper ? text.toUpperCase() : text, spec, false);
  }
  const digits = floatDigits(Math.abs(value), spec);
  return padNumber(sign, '', withGroups(upper ? digits.toUpperCase() : digits, spec), spec, true);
}

function withGroups(digits: string, spec: Specifier): string {
  if (!spec.flags.includes("'")) return digits;
  return digits.replace(/^\d+/, (whole) => group(whole, 3));
}

function floatDigits(value: number, spec: Specifier): string {
  const precision = spec.precision ?? 6;
  const alternate = spec.flags.includes('#');
  switch (spec.type.toLowerCase()) {
    case 'f':
      return fixed(exactDecimal(value), precision, alternate);
    case 'e':
      return exponential(exactDecimal(value), precision, alternate);
    default: {
      const significant = precision === 0 ? 1 : precision;
      if (value === 0) return alternate ? `0.${'0'.repeat(significant - 1)}` : '0';
      const scientific = exponential(exactDecimal(value), significant - 1, false);
      const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
      if (exponent < -4 || exponent >= significant) {
        const [mantissa, tail] = scientific.split('e') as [string, string];
        return `${alternate || !mantissa.includes('.') ? mantissa : mantissa.replace(/\.?0+$/, '')}e${tail}`;
      }
      const text = fixed(exactDecimal(value), significant - 1 - exponent, alternate);
      return alternate || !text.includes('.') ? text : text.replace(/\.?0+$/, '');
    }
  }
}

/** digits × 10^-scale, exactly. */
interface Decimal {
  digits: bigint;
  scale: number;
}

/** The exact value of a finite non-negative double, so that rounding is of the value and not of its shortest text. */
function exactDecimal(value: number): Decimal {
  if (value === 0) return { digits: 0n, scale: 0 };
  let mantissa = value;
  let exponent = 0;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent += 1;
  }
  // value = mantissa / 2^exponent = mantissa * 5^exponent / 10^exponent
  return { digits: BigInt(mantissa) * 5n ** BigInt(exponent), scale: exponent };
}

function parseDecimal(text: string): Decimal {
  const [whole = '', fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Rounds half to even on the exact value, as printf does for doubles. */
function roundTo(value: Decimal, places: number, halfAway: boolean): bigint {
  if (value.scale <= places) return value.digits * 10n ** BigInt(places - value.scale);
  const unit = 10n ** BigInt(value.scale - places);
  const quotient = value.digits / unit;
  const twice = (value.digits % unit) * 2n;
  const up = twice > unit || (twice === unit && (halfAway || quotient % 2n === 1n));
  return up ? quotient + 1n : quotient;
}

function fixed(value: Decimal, places: number, alternate: boolean, halfAway = false): string {
  const rounded = roundTo(value, places, halfAway)
    .toString()
    .padStart(places + 1, '0');
  if (places === 0) return alternate ? `${rounded}.` : rounded;
  return `${rounded.slice(0, -places)}.${rounded.slice(-places)}`;
}

function exponential(value: Decimal, places: number, alternate: boolean, halfAway = false): string {
  if (value.digits === 0n) return `${fixed(value, places, alternate)}e+00`;
  let exponent = value.digits.toString().length - 1 - value.scale;
  let rounded = roundScaled(value, exponent, places, halfAway);
  if (rounded >= 10n ** BigInt(places + 1)) {
    exponent += 1;
    rounded = roundScaled(value, exponent, places, halfAway);
  }
  const text = rounded.toString();
  const mantissa = places === 0 ? text + (alternate ? '.' : '') : `${text.slice(0, 1)}.${text.slice(1)}`;
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** value / 10^exponent with `places` decimals. */
function roundScaled(value: Decimal, exponent: number, places: number, halfAway: boolean): bigint {
  const scale = value.scale + exponent;
  return scale >= 0
    ? roundTo({ digits: value.digits, scale }, places, halfAway)
    : roundTo({ digits: value.digits * 10n ** BigInt(-scale), scale: 0 }, places, halfAway);
}

function formatDecimal(spec: Specifier, text: string): string {
  const negative = text.startsWith('-');
  const value = parseDecimal(negative ? text.slice(1) : text);
  const precision = spec.precision ?? 6;
  const alternate = spec.flags.includes('#');
  let digits: string;
  switch (spec.type.toLowerCase()) {
    case 'f':
      digits = fixed(value, precision, alternate, true);
      break;
    case 'e':
      digits = exponential(value, precision, alternate, true);
      break;
    default: {
      const significant = precision === 0 ? 1 : precision;
      const scientific = exponential(value, significant - 1, false, true);
      const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
      if (exponent < -4 || exponent >= significant) {
        const [mantissa, tail] = scientific.split('e') as [string, string];
        digits = `${mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa}e${tail}`;
      } else {
        const plain = fixed(value, significant - 1 - exponent, false, true);
        digits = plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
      }
    }
  }
  if (spec.type === spec.type.toUpperCase()) digits = digits.toUpperCase();
  return padNumber(signOf(negative, spec.flags), '', withGroups(digits, spec), spec, true);
}
