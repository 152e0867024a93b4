import { PubSub } from '@google-cloud/pubsub';

/** Publishes readings as flat JSON to a topic of the test stack. */
export async function publishReadings(topic: string, readings: readonly object[]): Promise<void> {
  const client = new PubSub({ projectId: 'healthmon-local' });
  try {
    for (const json of readings) await client.topic(topic).publishMessage({ json });
  } finally {
    await client.close();
  }
}
