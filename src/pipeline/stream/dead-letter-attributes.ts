import type { Rejection } from './rejection.js';

/** Our attributes beside the original ones. Replaying takes them off again. */
export const DEAD_LETTER_PREFIX = 'healthmon_';

/** Pub/Sub takes 100 attributes, with values of 1,024 bytes. */
const MAX_ATTRIBUTES = 100;
const MAX_DETAIL_LENGTH = 500;

/** What a dead letter says of the message that it was. */
export interface Origin {
  messageId: string;
  attributes: Readonly<Record<string, string>>;
  publishTimeMs: number;
}

/** The attributes of a dead letter, whose payload is the message's: those of the message, and why it is here. */
export function deadLetterAttributes(
  message: Origin,
  rejection: Rejection,
  subscription: string,
  nowMs: number,
): Record<string, string> {
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
  return { ...Object.fromEntries(original.slice(0, room)), ...ours };
}
