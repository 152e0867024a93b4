import { isUtf8 } from 'node:buffer';
import { type DecodeOptions, decodeFlatMessage } from './flat-message.js';
import type { Reading } from './reading.js';
import { RejectedMessage } from './rejection.js';

/** What a message holds: at least one reading. */
export interface DecodedMessage {
  readings: readonly Reading[];
}

/** @throws RejectedMessage when the message cannot be stored as a whole. */
export function decodeMessage(data: Buffer, options: DecodeOptions): DecodedMessage {
  if (!isUtf8(data)) throw new RejectedMessage('not-utf8', 'The payload is not UTF-8 text.');
  const text = data.toString('utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new RejectedMessage('invalid-json', 'The payload is not JSON.');
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new RejectedMessage('not-an-object', 'The payload is not a JSON object.');
  }
  return { readings: [decodeFlatMessage(content as Record<string, unknown>, options)] };
}
