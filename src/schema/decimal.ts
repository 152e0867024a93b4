import { trimEndOf } from '../core/trim.js';

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Canonical text of a decimal number: no plus sign, no leading zeros, no trailing zeros of the fraction, no
 * exponent. Undefined when the text is none.
 */
export function canonicalDecimal(text: string): string | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  let whole = match[2]!;
  let fraction = match[3] ?? '';
  if (whole === '' && fraction === '') return undefined;
  const exponent = Number(match[4] ?? 0);
  if (exponent > 0) {
    whole += fraction.slice(0, exponent).padEnd(exponent, '0');
    fraction = fraction.slice(exponent);
  } else if (exponent < 0) {
    const shifted = whole.padStart(-exponent, '0');
    fraction = shifted.slice(shifted.length + exponent) + fraction;
    whole = shifted.slice(0, shifted.length + exponent);
  }
  whole = whole.replace(/^0+/, '');
  fraction = trimEndOf(fraction, '0');
  const digits = fraction === '' ? whole || '0' : `${whole || '0'}.${fraction}`;
  return match[1] === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** Order of two canonical decimals: negative, zero or positive. Exact for any length. */
export function compareDecimals(a: string, b: string): number {
  const aNegative = a.startsWith('-');
  const bNegative = b.startsWith('-');
  if (aNegative !== bNegative) return aNegative ? -1 : 1;
  return aNegative ? compareMagnitudes(b.slice(1), a.slice(1)) : compareMagnitudes(a, b);
}

function compareMagnitudes(a: string, b: string): number {
  const [aWhole, aFraction = ''] = a.split('.') as [string, string?];
  const [bWhole, bFraction = ''] = b.split('.') as [string, string?];
  if (aWhole.length !== bWhole.length) return aWhole.length - bWhole.length;
  if (aWhole !== bWhole) return aWhole < bWhole ? -1 : 1;
  if (aFraction === bFraction) return 0;
  return aFraction < bFraction ? -1 : 1;
}
