import { fromBase32, fromBase64, fromHex, toBase32 } from './text.js';

/** CAST between BYTES and STRING with FORMAT. */
export function bytesToFormat(bytes: Uint8Array, format: string): string {
  switch (format.toUpperCase()) {
    case 'HEX':
    case 'BASE16':
      return Buffer.from(bytes).toString('hex');
    case 'BASE64':
      return Buffer.from(bytes).toString('base64');
    case 'BASE64M':
      return (
        Buffer.from(bytes)
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\n');
    case 'BASE32':
      return toBase32(bytes);
    case 'BASE8':
    case 'BASE2':
      return inBase(bytes, format.endsWith('8') ? 3 : 1);
    case 'ASCII':
      if (bytes.some((byte) => byte > 127))
        throw new Error('Cannot cast bytes to string with format ASCII: byte out of range');
      return Buffer.from(bytes).toString('latin1');
    case 'UTF-8':
    case 'UTF8':
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    default:
      throw new Error(`Invalid format: ${format}`);
  }
}

export function bytesFromFormat(text: string, format: string): Uint8Array {
  switch (format.toUpperCase()) {
    case 'HEX':
    case 'BASE16':
      return fromHex(text);
    case 'BASE64':
    case 'BASE64M':
      return fromBase64(text);
    case 'BASE32':
      return fromBase32(text);
    case 'BASE8':
    case 'BASE2':
      return fromBase(text, format.endsWith('8') ? 3 : 1);
    case 'ASCII':
      if ([...text].some((char) => char > '\u007f'))
        throw new Error('Cannot cast string to bytes with format ASCII: non-ASCII character');
      return Buffer.from(text, 'latin1');
    case 'UTF-8':
    case 'UTF8':
      return Buffer.from(text, 'utf8');
    default:
      throw new Error(`Invalid format: ${format}`);
  }
}

/** Digits of `width` bits, the last one filled up with zeros. */
function inBase(bytes: Uint8Array, width: number): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const padded = bits.padEnd(Math.ceil(bits.length / width) * width, '0');
  return (padded.match(new RegExp(`.{${width}}`, 'g')) ?? [])
    .map((digit) => Number.parseInt(digit, 2))
    .join('');
}

function fromBase(text: string, width: number): Uint8Array {
  const highest = 2 ** width - 1;
  if (![...text].every((char) => char >= '0' && char <= String(highest)))
    throw new Error('Invalid digit in string');
  const bits = [...text].map((char) => Number(char).toString(2).padStart(width, '0')).join('');
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
