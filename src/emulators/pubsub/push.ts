import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Message } from '../serving/method.js';
import type { Destination, Outgoing } from './outlet.js';
import type { Subscription } from './subscription.js';

/** Codes of answers that acknowledge a message: https://cloud.google.com/pubsub/docs/push#receive_push */
const ACKNOWLEDGING = [102, 200, 201, 202, 204];
const WINDOW_MESSAGES = 100;
const WINDOW_BYTES = 64 * 1024 * 1024;
const TOKEN_LIFETIME_SECONDS = 3600;

/** POSTs each message to an endpoint. */
export function pushDestination(subscription: Subscription): Destination {
  const config = subscription.settings.pushConfig as Message;
  const endpoint = config.pushEndpoint as string;
  return {
    maxMessages: WINDOW_MESSAGES,
    maxBytes: WINDOW_BYTES,
    deliver: (messages, signal) =>
      Promise.all(
        messages.map(async (message) => {
          const deadline = AbortSignal.timeout(subscription.backlog.settings.ackDeadlineMs);
          const { headers, body } = pushRequest(subscription, config, message);
          try {
            const response = await fetch(endpoint, {
              method: 'POST',
              headers: { ...headers, ...authorization(config, endpoint) },
              body,
              redirect: 'manual',
              signal: AbortSignal.any([signal, deadline]),
            });
            await response.body?.cancel();
            return ACKNOWLEDGING.includes(response.status);
          } catch {
            return false;
          }
        }),
      ),
  };
}

/** https://cloud.google.com/pubsub/docs/payload-unwrapping */
function pushRequest(
  { name }: Subscription,
  { noWrapper }: Message,
  message: Outgoing,
): { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> | string } {
  const { id, publishTimeMs, orderingKey, attributes } = message;
  const data = Buffer.from(message.data);
  const publishTime = new Date(publishTimeMs).toISOString();
  if (noWrapper === undefined) {
    const fields = {
      attributes: Object.fromEntries(attributes),
      ...(data.length === 0 ? {} : { data: data.toString('base64') }),
      messageId: id,
      message_id: id,
      publishTime,
      publish_time: publishTime,
      ...(orderingKey === '' ? {} : { orderingKey }),
    };
    const { deliveryAttempt } = message;
    const attempt = deliveryAttempt === undefined ? {} : { deliveryAttempt };
    return {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: fields, subscription: name, ...attempt }),
    };
  }
  if (!(noWrapper as Message).writeMetadata) return { headers: {}, body: data };
  return {
    headers: {
      ...Object.fromEntries([...attributes].filter(([key, value]) => isHeader(key, value))),
      'x-goog-pubsub-subscription-name': name,
      'x-goog-pubsub-message-id': id,
      'x-goog-pubsub-publish-time': publishTime,
      ...(isHeader('k', orderingKey) && orderingKey !== ''
        ? { 'x-goog-pubsub-ordering-key': orderingKey }
        : {}),
    },
    body: data,
  };
}

/** Headers that carry the request itself are not for attributes. */
function isHeader(key: string, value: string): boolean {
  return (
    /^[\w!#$%&'*+.^`|~-]+$/.test(key) &&
    /^[\x20-\x7e\t]*$/.test(value) &&
    !/^(?:host|content-length|connection|transfer-encoding|authorization|expect|upgrade|te|trailer|keep-alive)$/i.test(
      key,
    )
  );
}

let key: KeyObject | undefined;

/** A token with the claims that Google's has, signed by a key of this process: it is for tests, and proves nothing. */
function authorization({ oidcToken }: Message, endpoint: string): Record<string, string> {
  if (oidcToken === undefined) return {};
  const { serviceAccountEmail = '', audience } = oidcToken as {
    serviceAccountEmail?: string;
    audience?: string;
  };
  key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const issuedAt = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    aud: audience || endpoint,
    azp: serviceAccountEmail,
    email: serviceAccountEmail,
    email_verified: true,
    exp: issuedAt + TOKEN_LIFETIME_SECONDS,
    iat: issuedAt,
    iss: 'https://accounts.google.com',
    sub: serviceAccountEmail,
  };
  const signed = `${part({ alg: 'RS256', kid: 'healthmon-local', typ: 'JWT' })}.${part(claims)}`;
  return {
    authorization: `Bearer ${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`,
  };
}
