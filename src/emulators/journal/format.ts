import { crc32 } from 'node:zlib';
import type { JournalFile } from './files.js';

/** The format of the file itself; what is in the payloads has a version of its own. */
const CONTAINER_VERSION = 1;
/** Length and CRC of kind and payload, both unsigned 32-bit little-endian, then the kind in one byte. */
const HEAD_BYTES = 9;
const CHUNK_BYTES = 4 * 1024 * 1024;
export const MAX_HEADER_BYTES = 200;
/** The kind of the record that ends a checkpoint and tells its size. */
export const LIVE_KIND = 0;

export interface Header {
  name: string;
  formatVersion: number;
}

export function encodeHeader({ name, formatVersion }: Header): Buffer {
  return Buffer.from(`healthmon-journal ${CONTAINER_VERSION} ${name} ${formatVersion}\n`);
}

/** Undefined for what is no journal of this version. @returns its length in bytes too. */
export function decodeHeader(bytes: Buffer): (Header & { length: number }) | undefined {
  const line = bytes.subarray(0, MAX_HEADER_BYTES).toString('latin1');
  const match = /^healthmon-journal (\d+) ([\w.-]+) (\d+)\n/.exec(line);
  if (match === null || Number(match[1]) !== CONTAINER_VERSION) return undefined;
  return { name: match[2]!, formatVersion: Number(match[3]), length: match[0].length };
}

/** A record as buffers to write one after the other. The payload is not copied. */
export function encodeRecord(kind: number, payload: Buffer | readonly Buffer[]): Buffer[] {
  const parts = Buffer.isBuffer(payload) ? [payload] : payload;
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head[HEAD_BYTES - 1] = kind;
  let length = 1;
  let crc = crc32(head.subarray(HEAD_BYTES - 1));
  for (const part of parts) {
    length += part.length;
    crc = crc32(part, crc);
  }
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(crc, 4);
  return [head, ...parts];
}

/**
 * Hands the records of a file to `visit`, up to the first that is not whole. Payloads share the memory of what was
 * read in one piece: whoever keeps a small one for long copies it.
 * @returns where the last whole record ends.
 */
export async function readRecords(
  file: JournalFile,
  { start, end }: { start: number; end: number },
  visit: (kind: number, payload: Buffer) => void,
): Promise<number> {
  let position = start;
  let needed: number | undefined = HEAD_BYTES;
  while (needed !== undefined && position + needed <= end) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(Math.max(CHUNK_BYTES, needed), end - position));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    const visited = visitWhole(chunk.subarray(0, bytesRead), visit);
    position += visited.length;
    needed = visited.needed;
  }
  return position;
}

/**
 * @returns how many bytes whole records take, and how many the next one takes: undefined when it is damaged.
 */
function visitWhole(
  bytes: Buffer,
  visit: (kind: number, payload: Buffer) => void,
): { length: number; needed: number | undefined } {
  let at = 0;
  while (bytes.length - at >= HEAD_BYTES) {
    const length = bytes.readUInt32LE(at);
    if (length === 0) return { length: at, needed: undefined };
    const bodyAt = at + HEAD_BYTES - 1;
    if (bodyAt + length > bytes.length) return { length: at, needed: HEAD_BYTES - 1 + length };
    const body = bytes.subarray(bodyAt, bodyAt + length);
    if (crc32(body) !== bytes.readUInt32LE(at + 4)) return { length: at, needed: undefined };
    visit(body[0]!, body.subarray(1));
    at = bodyAt + length;
  }
  return { length: at, needed: HEAD_BYTES };
}
