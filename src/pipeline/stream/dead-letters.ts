import { errorCode, GRPC } from '../../gcp/google-errors.js';
import type { OutgoingMessage, PublisherPort, ReceivedMessage } from '../../gcp/pubsub/port.js';
import type { BatchTarget } from './batch-writer.js';
import type { Rejection } from './rejection.js';

/** A message on its way to the dead-letter topic. */
export interface DeadLetter {
  message: Pick<ReceivedMessage, 'messageId' | 'data' | 'attributes' | 'publishTimeMs'>;
  rejection: Rejection;
}

/** Our attributes beside the original ones. Replaying takes them off again. */
export const DEAD_LETTER_PREFIX = 'healthmon_';

/** Pub/Sub takes 100 attributes, with values of 1,024 bytes. */
const MAX_ATTRIBUTES = 100;
const MAX_DETAIL_LENGTH = 500;

/** The dead letter of a message: its payload and attributes unchanged, and why it is here. */
function deadLetterMessage(
  { message, rejection }: DeadLetter,
  subscription: string,
  nowMs: number,
): OutgoingMessage {
  const ours: Record<string, string> = {
    healthmon_reason: rejection.reason,
    healthmon_detail: rejection.detail.slice(0, MAX_DETAIL_LENGTH),
    healthmon_message_id: message.messageId,
    healthmon_subscription: subscription,
    healthmon_publish_time: new Date(message.publishTimeMs).toISOString(),
    healthmon_rejected_at: new Date(nowMs).toISOString(),
  };
  if (rejection.column !== undefined) ours.healthmon_column = rejection.column;
  const original = Object.entries(message.attributes);
  const room = MAX_ATTRIBUTES - Object.keys(ours).length - 1;
  if (original.length > room) ours.healthmon_attributes_dropped = String(original.length - room);
  return { data: message.data, attributes: { ...Object.fromEntries(original.slice(0, room)), ...ours } };
}

/** Dead letters are few and may be large, so batches stay small. */
const MAX_BATCH = 100;
const MAX_BATCH_BYTES = 8_000_000;

export function deadLetterTarget<T extends DeadLetter>(
  publisher: PublisherPort,
  subscription: string,
  nowMs: () => number,
): BatchTarget<T> {
  return {
    name: 'dead-letter topic',
    maxItems: MAX_BATCH,
    concurrency: 2,
    async write(items) {
      const messages = items.map((item) => deadLetterMessage(item, subscription, nowMs()));
      const bytes = messages.reduce((sum, message) => sum + message.data.length, 0);
      if (messages.length > 1 && bytes > MAX_BATCH_BYTES) {
        throw Object.assign(new Error('the dead letters are too large for one request'), {
          code: GRPC.invalidArgument,
        });
      }
      try {
        await publisher.publish(messages);
      } catch (error) {
        // An attribute the service refuses must not keep a message from being put aside.
        if (messages.length > 1 || errorCode(error) !== GRPC.invalidArgument) throw error;
        const { healthmon_reason, healthmon_message_id } = messages[0]!.attributes as Record<string, string>;
        const attributes = { healthmon_reason, healthmon_message_id, healthmon_attributes_dropped: 'all' };
        await publisher.publish([{ data: messages[0]!.data, attributes } as OutgoingMessage]);
      }
      return [];
    },
  };
}
