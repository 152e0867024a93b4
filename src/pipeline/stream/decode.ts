import { isUtf8 } from 'node:buffer';
import { type DecodedMessage, decodePayload } from './decode-payload.js';
import type { DecodeOptions } from './flat-message.js';

/**
 * A message as Pub/Sub delivers it.
 * @throws RejectedMessage when the message cannot be stored as a whole.
 */
export function decodeMessage(
  data: Buffer,
  options: DecodeOptions,
  attributes: Readonly<Record<string, string>> = {},
): DecodedMessage {
  return decodePayload(data, isUtf8(data) ? data.toString('utf8') : undefined, options, attributes);
}
