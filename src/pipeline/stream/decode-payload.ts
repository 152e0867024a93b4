import type { RejectionReason } from '../../core/rejection-reasons.js';
import { avroVitals, decodeAvro, unwrapUnions } from '../../schema/avro-schema.js';
import { decodeFhir, isFhir, type Skipped } from './fhir-message.js';
import { type DecodeOptions, decodeFlatMessage } from './flat-message.js';
import type { Reading } from './reading.js';
import { RejectedMessage } from './rejection.js';

/** What a message holds: at least one reading. */
export interface DecodedMessage {
  readings: readonly Reading[];
  /** Parts that hold no reading, such as a code that is no vital sign; undefined when there are none. */
  skipped?: ReadonlyMap<RejectionReason, number> | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** A message is stored as a whole or not at all, so the rows of one must fit into few requests. */
const MAX_READINGS = 2_000;

/** Set by Pub/Sub on messages of a topic with a schema. */
const SCHEMA_ENCODING = 'googclient_schemaencoding';
const BINARY_VITALS = avroVitals('binary');

/**
 * Flat JSON, a FHIR Observation or Bundle, or several of these as lines (NDJSON). On a topic with
 * our Avro schema: its binary or JSON encoding.
 *
 * It stands on the language alone, because it also runs where there is no Node.
 *
 * @param text the bytes as UTF-8, undefined when they are none
 * @throws RejectedMessage when the message cannot be stored as a whole.
 */
export function decodePayload(
  bytes: Uint8Array,
  text: string | undefined,
  options: DecodeOptions,
  attributes: Readonly<Record<string, string>>,
): DecodedMessage {
  const encoding = attributes[SCHEMA_ENCODING];
  if (encoding === 'BINARY') {
    const record = decodeAvro(BINARY_VITALS, bytes);
    if (record !== undefined) return { readings: [decodeFlatMessage(record, options)] };
    throw new RejectedMessage(
      'unknown-encoding',
      'The payload is not a record of the Avro schema of vitals.',
    );
  }
  if (text === undefined) throw new RejectedMessage('not-utf8', 'The payload is not UTF-8 text.');
  const content = parseJson(text);
  if (content === undefined) return decodeParts(parseLines(text), options);
  if (isFhir(content)) return decodeParts([content], options);
  const flat = encoding === 'JSON' ? unwrapUnions(content) : content;
  return { readings: [decodeFlatMessage(flat, options)] };
}

function decodeParts(parts: readonly Json[], options: DecodeOptions): DecodedMessage {
  const skipped: Skipped = new Map();
  const readings = decodeFhir(parts.filter(isFhir), options, skipped);
  for (const part of parts) if (!isFhir(part)) readings.push(decodeFlatMessage(part, options));
  if (readings.length > MAX_READINGS) {
    throw new RejectedMessage('too-many-readings', `The message has more than ${MAX_READINGS} readings.`);
  }
  if (readings.length === 0) {
    const [reason = 'no-value'] = [...skipped.keys()];
    throw new RejectedMessage(
      reason,
      `The message has no reading: ${[...skipped.keys()].join(', ') || 'it is empty'}.`,
    );
  }
  return { readings, skipped: skipped.size === 0 ? undefined : skipped };
}

/** Undefined when the text is not one JSON value. */
function parseJson(text: string): Json | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new RejectedMessage('not-an-object', 'The payload is not a JSON object.');
  }
  return content as Json;
}

function parseLines(text: string): Json[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2) throw new RejectedMessage('invalid-json', 'The payload is not JSON.');
  return lines.map((line) => {
    const content = parseJson(line);
    if (content === undefined)
      throw new RejectedMessage('invalid-json', 'A line of the payload is not JSON.');
    return content;
  });
}
