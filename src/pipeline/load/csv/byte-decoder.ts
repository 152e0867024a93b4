import { isAscii, isUtf8 } from 'node:buffer';
import { HealthmonError, usageError } from '../../../errors/healthmon-error.js';

const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const SPELLINGS: ReadonlyMap<string, Encoding> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  // Without a mark Windows, which calls it Unicode, writes the low byte first.
  ['utf-16', 'utf-16le'],
  ['utf16', 'utf-16le'],
  ['utf-16le', 'utf-16le'],
  ['utf16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
  ['utf16be', 'utf-16be'],
  ['latin1', 'latin1'],
  ['latin-1', 'latin1'],
  ['iso-8859-1', 'latin1'],
  ['windows-1252', 'latin1'],
  ['cp1252', 'latin1'],
]);

export function parseEncoding(text: string): Encoding {
  const encoding = SPELLINGS.get(text.toLowerCase());
  if (encoding === undefined) {
    throw usageError({
      code: 'invalid-option',
      message: `The encoding "${text}" is not supported.`,
      detail: `Supported: ${ENCODINGS.join(', ')}; a file that starts with a byte order mark needs no option.`,
      suggestion: 'Convert the file, for example with iconv -t utf-8.',
    });
  }
  return encoding;
}

/** Bytes that are not UTF-8 become U+DC80 to U+DCFF, which no valid text holds, so that they can be written back. */
const ESCAPED_BYTE = 0xdc00;

/** A NUL within so many bytes says that the file is no text; a later one is damage of one row. */
const SAMPLE_BYTES = 1024;

export interface ByteDecoder {
  /** Text of the complete characters so far; the rest of a cut character waits for the next bytes. */
  decode(bytes: Buffer): string;
  /** Text of what waits. */
  end(): string;
  /** The last text holds a NUL or bytes that are no characters. */
  readonly suspicious: boolean;
  /** Some characters beyond ASCII were valid in the encoding. */
  readonly sawMultibyte: boolean;
  readonly encoding: Encoding;
}

/**
 * Chooses the decoder from the first bytes of a file: its byte order mark, else the given encoding, else UTF-8.
 * Throws for what is no text at all.
 * @param start the first bytes, some hundreds at least unless the file is shorter.
 */
export function openDecoder(start: Buffer, given: Encoding | undefined, label: string): ByteDecoder {
  // Reject files of a file in another encoding are UTF-8 with a mark, and are loaded by the same command.
  const encoding = byteOrderMark(start) ?? given;
  if (encoding === undefined && start.subarray(0, SAMPLE_BYTES).includes(0)) throw binaryError(start, label);
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return new Utf16Decoder(encoding);
  return encoding === 'latin1' ? new Latin1Decoder() : new Utf8Decoder();
}

function byteOrderMark(start: Buffer): Encoding | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8';
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return undefined;
}

function binaryError(start: Buffer, label: string): HealthmonError {
  const sample = start.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2]!++;
  // Delimiters, digits and line ends have a zero for their high byte in any language; no half of a pair is all zero.
  const looksLike = (high: number) => zeros[high]! * 10 > sample.length / 2 && zeros[1 - high] === 0;
  const guess = looksLike(1) ? 'utf-16le' : looksLike(0) ? 'utf-16be' : undefined;
  return new HealthmonError({
    code: guess === undefined ? 'not-text' : 'wrong-encoding',
    message:
      guess === undefined
        ? `${label} is not a text file: it holds NUL bytes.`
        : `${label} looks like ${guess.toUpperCase()} without a byte order mark.`,
    suggestion:
      guess === undefined ? 'Give a CSV file, or a gzip-compressed one.' : `Add --encoding ${guess}.`,
  });
}

class Utf8Decoder implements ByteDecoder {
  readonly encoding = 'utf-8';
  suspicious = false;
  sawMultibyte = false;
  #waiting: Buffer | undefined;
  #atStart = true;

  decode(bytes: Buffer): string {
    let all = this.#waiting === undefined ? bytes : Buffer.concat([this.#waiting, bytes]);
    this.#waiting = undefined;
    if (this.#atStart) {
      if (all.length < 3) {
        this.#waiting = all;
        return '';
      }
      this.#atStart = false;
      if (all[0] === 0xef && all[1] === 0xbb && all[2] === 0xbf) all = all.subarray(3);
    }
    const complete = completeUtf8Length(all);
    if (complete < all.length) {
      this.#waiting = all.subarray(complete);
      all = all.subarray(0, complete);
    }
    return this.#text(all);
  }

  end(): string {
    const rest = this.#waiting ?? Buffer.alloc(0);
    this.#waiting = undefined;
    if (this.#atStart && rest[0] === 0xef && rest[1] === 0xbb && rest[2] === 0xbf) return '';
    this.#atStart = false;
    return this.#text(rest);
  }

  #text(bytes: Buffer): string {
    this.suspicious = bytes.includes(0);
    if (isAscii(bytes)) return bytes.toString('latin1');
    if (isUtf8(bytes)) {
      this.sawMultibyte = true;
      return bytes.toString('utf8');
    }
    this.suspicious = true;
    const text = escapingText(bytes);
    this.sawMultibyte ||= /[\x80-\u{dbff}\u{e000}-\u{10ffff}]/u.test(text);
    return text;
  }
}

/** Length without a character at the end whose last bytes are still to come. */
function completeUtf8Length(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** UTF-8 as far as it is valid, with the other bytes as escapes. */
function escapingText(bytes: Buffer): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      at++;
      continue;
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte >= 0xc2 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) {
      at += length;
      continue;
    }
    parts.push(bytes.toString('utf8', from, at), String.fromCharCode(ESCAPED_BYTE + byte));
    at++;
    from = at;
  }
  parts.push(bytes.toString('utf8', from));
  return parts.join('');
}

/** The bytes of a text that was decoded as UTF-8, escapes included. */
export function originalBytes(text: string): Buffer {
  if (!/[\uDC80-\uDCFF]/.test(text)) return Buffer.from(text);
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    parts.push(
      code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - ESCAPED_BYTE]) : Buffer.from(character),
    );
  }
  return Buffer.concat(parts);
}

class Utf16Decoder implements ByteDecoder {
  suspicious = false;
  readonly sawMultibyte = true;
  #waiting: Buffer | undefined;
  #atStart = true;

  constructor(readonly encoding: 'utf-16le' | 'utf-16be') {}

  decode(bytes: Buffer): string {
    const all = this.#waiting === undefined ? Buffer.from(bytes) : Buffer.concat([this.#waiting, bytes]);
    const complete = all.length - (all.length % 2);
    this.#waiting = complete < all.length ? all.subarray(complete) : undefined;
    const units = all.subarray(0, complete);
    if (this.encoding === 'utf-16be') units.swap16();
    let text = units.toString('utf16le');
    if (this.#atStart && text !== '') {
      this.#atStart = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    this.suspicious = text.includes('\0') || /[\uD800-\uDFFF]/.test(text);
    return text;
  }

  end(): string {
    if (this.#waiting === undefined) return '';
    this.#waiting = undefined;
    this.suspicious = true;
    // Half a code unit at the end of the file: no character.
    return '\uDC80';
  }
}

/**
 * Characters of Windows-1252 where Latin-1 has control characters that no text holds; so one decoder serves both, as
 * encoding.spec.whatwg.org does it. Five are not assigned.
 */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

class Latin1Decoder implements ByteDecoder {
  readonly encoding = 'latin1';
  suspicious = false;
  readonly sawMultibyte = true;

  decode(bytes: Buffer): string {
    this.suspicious = bytes.includes(0);
    return bytes
      .toString('latin1')
      .replaceAll(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80]!);
  }

  end(): string {
    return '';
  }
}
