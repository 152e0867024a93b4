import { divideRounded } from './numeric.js';

/** CAST of numbers to STRING with FORMAT: `$999,999.99`, `9.99EEEE`, `XXXX`, `TM`. */
interface Model {
  fill: boolean;
  currency: string;
  sign: 'floating' | 'leading' | 'trailing' | 'minus' | 'brackets';
  whole: string[];
  fraction: string[];
  exponent: boolean;
  blankZero: boolean;
}

interface Decimal {
  negative: boolean;
  digits: bigint;
  scale: number;
}

export function formatNumber(text: string, model: string): string {
  const upper = model.trim().toUpperCase();
  if (/^(?:nan|-?inf(?:inity)?)$/i.test(text)) return text;
  const value = readDecimal(text);
  if (upper === 'TM' || upper === 'TM9') return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  if (upper === 'TME') return scientific(value, Math.max(0, significantDigits(value) - 1));
  if (/^(?:FM)?0?X+$/.test(upper)) return hexadecimal(value, model.trim());
  return apply(parseModelText(upper, model), value);
}

function readDecimal(text: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (!match) throw new Error(`Cannot format ${text}`);
  const [, sign, whole = '0', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0
    ? { negative: sign === '-', digits, scale }
    : { negative: sign === '-', digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function significantDigits({ digits }: Decimal): number {
  return digits.toString().replace(/0+$/, '').length || 1;
}

function roundTo({ digits, scale }: Decimal, places: number): bigint {
  if (scale <= places) return digits * 10n ** BigInt(places - scale);
  return divideRounded(digits, 10n ** BigInt(scale - places));
}

function scientific(value: Decimal, places: number): string {
  const sign = value.negative ? '-' : '';
  if (value.digits === 0n) return `${sign}0${places > 0 ? `.${'0'.repeat(places)}` : ''}E+00`;
  let exponent = value.digits.toString().length - 1 - value.scale;
  const shifted = (power: number): bigint => {
    const scale = value.scale + power;
    return scale >= 0
      ? roundTo({ ...value, scale }, places)
      : roundTo({ ...value, digits: value.digits * 10n ** BigInt(-scale), scale: 0 }, places);
  };
  let rounded = shifted(exponent);
  if (rounded.toString().length > places + 1) {
    exponent += 1;
    rounded = shifted(exponent);
  }
  const text = rounded.toString();
  const mantissa = places === 0 ? text : `${text.slice(0, 1)}.${text.slice(1)}`;
  return `${sign}${mantissa}E${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function hexadecimal(value: Decimal, model: string): string {
  if (value.negative) throw new Error('Negative numbers cannot be formatted in hexadecimal');
  const width = model.replace(/^FM/i, '').length;
  let text = roundTo(value, 0).toString(16);
  if (model.includes('X')) text = text.toUpperCase();
  if (text.length > width) return '#'.repeat(width + 1);
  if (/^FM/i.test(model)) return text;
  return ` ${model.startsWith('0') ? text.padStart(width, '0') : text.padStart(width, ' ')}`;
}

function parseModelText(upper: string, shown: string): Model {
  const model: Model = {
    fill: true,
    currency: '',
    sign: 'floating',
    whole: [],
    fraction: [],
    exponent: false,
    blankZero: false,
  };
  let rest = upper;
  let afterPoint = false;
  const take = (pattern: RegExp): boolean => {
    const match = pattern.exec(rest);
    if (match) rest = rest.slice(match[0].length);
    return match !== null;
  };
  if (take(/^FM/)) model.fill = false;
  while (rest !== '') {
    if (take(/^EEEE/)) model.exponent = true;
    else if (take(/^MI$/)) model.sign = 'minus';
    else if (take(/^PR$/)) model.sign = 'brackets';
    else if (take(/^S$/)) model.sign = 'trailing';
    else if (take(/^S/)) model.sign = 'leading';
    else if (take(/^\$/)) model.currency = '$';
    else if (take(/^[LC]/)) model.currency = upper.includes('C') && !upper.includes('L') ? 'USD' : '$';
    else if (take(/^B/)) model.blankZero = true;
    else if (take(/^[.D]/)) afterPoint = true;
    else {
      const slot = /^[09,G]/.exec(rest)?.[0];
      if (slot === undefined) throw new Error(`Invalid format model: ${shown}`);
      if ((slot === ',' || slot === 'G') && (afterPoint || model.whole.length === 0)) {
        throw new Error(`Error in format string: Unexpected '${slot}'`);
      }
      rest = rest.slice(1);
      (afterPoint ? model.fraction : model.whole).push(slot === 'G' ? ',' : slot);
    }
  }
  return model;
}

function apply(model: Model, value: Decimal): string {
  if (model.exponent) {
    const text = scientific(value, model.fraction.length);
    return signed(model, value.negative, text.replace(/^-/, ''), 0);
  }
  const rounded = roundTo(value, model.fraction.length);
  const digits = rounded.toString().padStart(model.fraction.length + 1, '0');
  const cut = digits.length - model.fraction.length;
  let whole = digits.slice(0, cut);
  const fraction = digits.slice(cut);
  const slots = model.whole.filter((slot) => slot !== ',').length;
  const width =
    model.whole.length + (model.fraction.length > 0 ? model.fraction.length + 1 : 0) + model.currency.length;
  if (whole === '0' && (slots === 0 || (model.fraction.length > 0 && !model.whole.includes('0')))) whole = '';
  if (whole.length > slots) return '#'.repeat(width + 1);
  if (model.blankZero && rounded === 0n) return model.fill ? ' '.repeat(width + 1) : '';
  const firstZero = model.whole.indexOf('0');
  let used = slots;
  let text = '';
  for (const [index, slot] of model.whole.entries()) {
    const started = text !== '';
    if (slot === ',') {
      if (started) text += ',';
      continue;
    }
    if (used <= whole.length) text += whole[whole.length - used];
    else if (firstZero >= 0 && index >= firstZero) text += '0';
    used -= 1;
  }
  if (model.fraction.length > 0) text += `.${fraction}`;
  return signed(model, value.negative && rounded !== 0n, model.currency + text, width);
}

/** Puts the sign in its place and fills up to the model's width and the place of the sign. */
function signed(model: Model, negative: boolean, text: string, width: number): string {
  const padded = (content: string, size: number): string =>
    model.fill ? content.padStart(size, ' ') : content;
  switch (model.sign) {
    case 'floating':
      return negative ? padded(`-${text}`, width + 1) : padded(text, width + 1);
    case 'leading':
      return padded(`${negative ? '-' : '+'}${text}`, width + 1);
    case 'trailing':
      return `${padded(text, width)}${negative ? '-' : '+'}`;
    case 'minus':
      return `${padded(text, width)}${negative ? '-' : model.fill ? ' ' : ''}`;
    case 'brackets':
      return negative ? padded(`<${text}>`, width + 2) : padded(text, width + 1) + (model.fill ? ' ' : '');
  }
}
