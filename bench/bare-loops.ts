import { insertPort } from '../src/gcp/bigquery/insert.js';
import { bigtablePort } from '../src/gcp/bigtable/port.js';
import {
  publisherPort,
  type ReceivedMessage,
  type SubscriptionPort,
  subscriptionPort,
} from '../src/gcp/pubsub/port.js';
import { LatencyHistogram } from '../src/pipeline/stream/latency.js';
import { type VitalsTarget, vitalsMessages } from './vitals-target.js';

/** Above what the sinks take, also from Google's emulator, which hands each stream about 2,000 messages a second. */
const STREAMS = 32;
const BATCH = 1_000;
const INSERT_BATCH = 500;

interface Message {
  Patient_ID: string;
  Temperature_C: number;
  Blood_Pressure: string;
  Heart_Rate: number;
  event_timestamp: string;
}

/** Publishes ready-made messages as fast as the client can. Gives messages a second. */
export async function barePublish({ clients, config }: VitalsTarget, count: number): Promise<number> {
  const messages = [...vitalsMessages(count)].map((text) => ({ data: Buffer.from(text) }));
  const publisher = await publisherPort(clients, config.pubsub.topic);
  let next = 0;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < messages.length) {
        const batch = messages.slice(next, next + BATCH);
        next += BATCH;
        await publisher.publish(batch);
      }
    }),
  );
  return (count / (performance.now() - startedMs)) * 1000;
}

/** What both bare loops do with messages, and nothing else: no checks, no leases, no retries. */
async function bareWriter({
  clients,
  config,
}: VitalsTarget): Promise<(messages: ReceivedMessage[]) => Promise<void>> {
  const bigtable = await bigtablePort(clients, config, { name: config.bigtable.table, families: ['vitals'] });
  const bigquery = await insertPort(clients, config, config.bigquery.streamTable);
  return async (messages) => {
    const rows = messages.map((message) => ({
      message,
      vitals: JSON.parse(message.data.toString()) as Message,
    }));
    const now = new Date().toISOString();
    const inserts = rows.map(({ message, vitals }) => {
      const [systolic, diastolic] = vitals.Blood_Pressure.split('/');
      return {
        insertId: message.messageId,
        json: JSON.stringify({
          Patient_ID: vitals.Patient_ID,
          event_timestamp: vitals.event_timestamp,
          Temperature_C: vitals.Temperature_C,
          Systolic: Number(systolic),
          Diastolic: Number(diastolic),
          Heart_Rate: vitals.Heart_Rate,
          Message_ID: message.messageId,
          Ingested_At: now,
        }),
      };
    });
    const failures = await Promise.all([
      bigtable.mutateRows(
        rows.map(({ vitals }) => {
          const timestampMs = Date.parse(vitals.event_timestamp);
          const [systolic, diastolic] = vitals.Blood_Pressure.split('/') as [string, string];
          return {
            key: `${vitals.Patient_ID}#${9_999_999_999_999 - timestampMs}`,
            timestampMs,
            cells: [
              { qualifier: Buffer.from('temperature_c'), value: Buffer.from(String(vitals.Temperature_C)) },
              { qualifier: Buffer.from('systolic'), value: Buffer.from(systolic) },
              { qualifier: Buffer.from('diastolic'), value: Buffer.from(diastolic) },
              { qualifier: Buffer.from('heart_rate'), value: Buffer.from(String(vitals.Heart_Rate)) },
            ],
          };
        }),
      ),
      bigquery.insertRows(inserts.slice(0, INSERT_BATCH)),
      inserts.length > INSERT_BATCH ? bigquery.insertRows(inserts.slice(INSERT_BATCH)) : [],
    ]);
    if (failures.flat().length > 0) throw new Error('a row was refused');
  };
}

/** Hands the messages of a subscription to `onMessages` until `count` have come. */
function pull(
  subscription: SubscriptionPort,
  count: number,
  onMessages: (messages: ReceivedMessage[], received: number) => void,
  onError: (error: Error) => void,
): void {
  let received = 0;
  for (let index = 0; index < STREAMS; index++) {
    const stream = subscription.open(
      { maxOutstandingMessages: 20_000, maxOutstandingBytes: 64 * 1024 * 1024, ackDeadlineSeconds: 600 },
      {
        messages(messages) {
          received += messages.length;
          onMessages(messages, received);
          if (received === count) stream.finish();
        },
        ended: (error) => error && onError(error),
      },
    );
  }
}

/** Pulls, writes full batches to both sinks and acknowledges, with the worker's clients. Gives messages a second. */
export async function bareStream(target: VitalsTarget, count: number): Promise<number> {
  const subscription = await subscriptionPort(target.clients, target.config.pubsub.subscription);
  const write = await bareWriter(target);
  const waiting: ReceivedMessage[] = [];
  let written = 0;
  let startedMs = 0;
  await new Promise<void>((resolve, reject) => {
    const writeBatch = async () => {
      const batch = waiting.splice(0, BATCH);
      await write(batch);
      await subscription.acknowledge(batch.map((message) => message.ackId));
      written += batch.length;
      if (written === count) resolve();
    };
    pull(
      subscription,
      count,
      (messages, received) => {
        startedMs ||= performance.now();
        for (const message of messages) waiting.push(message);
        while (waiting.length >= BATCH || (received === count && waiting.length > 0))
          writeBatch().catch(reject);
      },
      reject,
    );
  });
  return (count / (performance.now() - startedMs)) * 1000;
}

/** Writes whatever comes at once, as soon as it comes. Gives the times from publishing to being stored. */
export async function bareLatency(target: VitalsTarget, count: number): Promise<LatencyHistogram> {
  const subscription = await subscriptionPort(target.clients, target.config.pubsub.subscription);
  const write = await bareWriter(target);
  const latency = new LatencyHistogram();
  let written = 0;
  await new Promise<void>((resolve, reject) => {
    const writeBatch = async (messages: ReceivedMessage[]) => {
      await write(messages);
      for (const { publishTimeMs } of messages) latency.record(Date.now() - publishTimeMs);
      await subscription.acknowledge(messages.map((message) => message.ackId));
      written += messages.length;
      if (written === count) resolve();
    };
    pull(subscription, count, (messages) => void writeBatch(messages).catch(reject), reject);
  });
  return latency;
}

/** As many callbacks as Google's Python subscriber runs at once by default. */
const CALLBACKS = 10;

/**
 * The worker that healthmon replaces: every message is committed to each sink by itself, then acknowledged. Gives
 * messages a second.
 */
export async function commitPerMessage({ clients, config }: VitalsTarget, count: number): Promise<number> {
  const pubsub = await clients.pubsub();
  const table = (await clients.bigtable()).instance(config.bigtable.instance).table(config.bigtable.table);
  const stream = (await clients.bigquery())
    .dataset(config.bigquery.dataset)
    .table(config.bigquery.streamTable);
  const subscription = pubsub.subscription(config.pubsub.subscription, {
    flowControl: { maxMessages: CALLBACKS, allowExcessMessages: false },
  });
  let written = 0;
  const startedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', async (message) => {
      try {
        const vitals = JSON.parse(message.data.toString()) as Message;
        const [systolic, diastolic] = vitals.Blood_Pressure.split('/') as [string, string];
        const { Patient_ID, Temperature_C, Heart_Rate, event_timestamp } = vitals;
        const timestamp = Date.parse(event_timestamp);
        const cell = (value: string | number) => ({ value: String(value), timestamp: timestamp * 1000 });
        await table.insert({
          key: `${Patient_ID}#${9_999_999_999_999 - timestamp}`,
          data: {
            vitals: {
              temperature_c: cell(Temperature_C),
              systolic: cell(systolic),
              diastolic: cell(diastolic),
              heart_rate: cell(Heart_Rate),
            },
          },
        });
        await stream.insert({
          Patient_ID,
          event_timestamp,
          Temperature_C,
          Systolic: Number(systolic),
          Diastolic: Number(diastolic),
          Heart_Rate,
          Message_ID: message.id,
          Ingested_At: new Date().toISOString(),
        });
        message.ack();
        if (++written === count) resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
  const seconds = (performance.now() - startedMs) / 1000;
  await subscription.close();
  return count / seconds;
}
