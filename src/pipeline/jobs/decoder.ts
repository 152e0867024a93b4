import { TimeZone } from '../../schema/date-time.js';
import { deadLetterAttributes, type Origin } from '../stream/dead-letter-attributes.js';
import { decodePayload } from '../stream/decode-payload.js';
import { useTimeZone } from '../stream/event-time.js';
import { insertIdOf, TIME_FLAG_QUALIFIER, timeFlagOf, VITALS } from '../stream/reading.js';
import { type Rejection, rejectionOf } from '../stream/rejection.js';
import { bigQueryRow, type VitalRow, vitalRows } from '../stream/stored-rows.js';
import { offsetAt, type ZoneTable } from './zone-table.js';

/** What a job is told once. */
export interface DecoderSettings {
  /** Older readings are flagged. */
  retentionMs: number;
  /** Named in dead letters. */
  subscription: string;
  /** Of times without an offset; null refuses them. */
  timeZone: ZoneTable | null;
}

/** A message as the job hands it over. */
export interface DeliveredMessage {
  /** The payload, null when it is no UTF-8. */
  text: string | null;
  /** The payload with a character for each byte, given on topics with a schema. */
  bytes: string;
  attributes: Readonly<Record<string, string>>;
  messageId: string;
  nowMs: number;
}

/** A message that is put aside: why, and when. */
export interface PutAside extends Origin {
  rejection: Rejection;
  nowMs: number;
}

/** Qualifier and value. */
type Cell = [qualifier: string, value: string];

/** What is stored of one reading. */
export interface StoredReading {
  vitals: VitalRow<Cell>;
  /** Of the table of newest values; empty when the device's clock is ahead. */
  newest: VitalRow<Cell>[];
  insertId: string;
  /** Row of BigQuery as JSON. */
  row: string;
}

/** Either readings, or why there are none. */
export type DecoderAnswer = { readings: StoredReading[] } | { rejection: Rejection };

const ROWS = vitalRows<Cell>(
  (index, value) => [VITALS[index]!.qualifier, String(value)],
  (flag) => [TIME_FLAG_QUALIFIER, flag],
);

/**
 * Everything that is decided of a message, as in the worker, for engines that have nothing but JavaScript itself:
 * texts go in and come out, and whoever calls it moves them.
 */
export function openDecoder({ retentionMs, subscription, timeZone }: DecoderSettings) {
  if (timeZone !== null) {
    useTimeZone(new TimeZone(timeZone.name, (epochMs) => offsetAt(timeZone, epochMs)));
  }
  const options = { timeZone: timeZone?.name };
  return {
    decode({ text, bytes, attributes, messageId, nowMs }: DeliveredMessage): DecoderAnswer {
      try {
        const payload = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
        const decoded = decodePayload(payload, text ?? undefined, options, attributes);
        const ingestedAt = new Date(nowMs).toISOString();
        const readings = decoded.readings.map((reading) => {
          reading.timeFlag = timeFlagOf(reading.eventTimeMs, nowMs, retentionMs);
          return {
            vitals: ROWS.ofReading(reading),
            newest: ROWS.newest([reading]),
            insertId: insertIdOf(reading),
            row: bigQueryRow(reading, messageId, ingestedAt),
          };
        });
        return { readings };
      } catch (error) {
        return { rejection: rejectionOf(error) };
      }
    },
    /** The attributes of a dead letter. */
    putAside({ rejection, nowMs, ...origin }: PutAside): Record<string, string> {
      return deadLetterAttributes(origin, rejection, subscription, nowMs);
    },
  };
}
