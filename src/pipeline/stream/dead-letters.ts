import { errorCode, GRPC } from '../../gcp/google-errors.js';
import type { OutgoingMessage, PublisherPort, ReceivedMessage } from '../../gcp/pubsub/port.js';
import type { BatchTarget } from './batch-writer.js';
import { deadLetterAttributes } from './dead-letter-attributes.js';
import type { Rejection } from './rejection.js';

/** A message on its way to the dead-letter topic. */
export interface DeadLetter {
  message: Pick<ReceivedMessage, 'messageId' | 'data' | 'attributes' | 'publishTimeMs'>;
  rejection: Rejection;
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
      const messages = items.map(({ message, rejection }) => ({
        data: message.data,
        attributes: deadLetterAttributes(message, rejection, subscription, nowMs()),
      }));
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
