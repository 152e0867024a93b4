import { afterEach, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../src/config/config.js';
import { createGoogleClients } from '../../../src/gcp/clients.js';
import { pubSubAdmin } from '../../../src/gcp/pubsub/admin.js';
import { ONCE, type Running, startEmbedded, startOfficial } from './harness.js';

const PROJECT = 'updated';
const DAY_SECONDS = 86_400;

describe('a subscription that provision updates', () => {
  let running: Running | undefined;
  afterEach(() => running?.stop());

  /** Seconds of idleness after which the subscription ends, once the update is done; 0 for never. */
  async function ttlAfterUpdate(implementation: 'embedded' | 'official'): Promise<number | undefined> {
    running = await (implementation === 'embedded' ? startEmbedded() : startOfficial());
    if (running === undefined) return undefined;
    const { endpoint } = running;
    const api = running.api();
    const topic = `projects/${PROJECT}/topics/vitals`;
    const subscription = `projects/${PROJECT}/subscriptions/worker`;
    await api.publisher.createTopic({ name: topic }, ONCE);
    const expirationPolicy = { ttl: { seconds: DAY_SECONDS } };
    const messageRetentionDuration = { seconds: DAY_SECONDS };
    await api.subscriber.createSubscription(
      { name: subscription, topic, expirationPolicy, messageRetentionDuration },
      ONCE,
    );
    const config = resolveConfig({ flags: { project: PROJECT }, env: {}, cwd: '/' });
    const clients = createGoogleClients(config, () => ({ endpoint, implementation }), {});
    try {
      const admin = await pubSubAdmin(clients, config);
      await admin.updateSubscription('worker', {
        ackDeadlineSeconds: 60,
        retentionSeconds: DAY_SECONDS,
        minimumBackoffSeconds: 0,
        maximumBackoffSeconds: 0,
        deadLetterTopic: undefined,
        maxDeliveryAttempts: 0,
      });
    } finally {
      await clients.close();
    }
    const [updated] = await api.subscriber.getSubscription({ subscription }, ONCE);
    expect(updated.ackDeadlineSeconds).toBe(60);
    return Number(updated.expirationPolicy?.ttl?.seconds ?? 0);
  }

  it('never expires', async () => {
    expect(await ttlAfterUpdate('embedded')).toBe(0);
  });

  it('is updated without its expiration where Google’s emulator would refuse it', async () => {
    await ttlAfterUpdate('official');
  });
});
