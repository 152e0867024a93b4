import { Client, credentials } from '@grpc/grpc-js';
import { WireReader } from '../src/core/wire-reader.js';
import { encode } from '../src/emulators/wire/message.js';
import { textField } from '../src/emulators/wire/writer.js';

// Loops that do nothing but exchange bytes: what a service is measured against where there is no other one.

const identity = (bytes: Buffer) => bytes;

/** A client without a library on top: requests are ready-made bytes, and answers are not read. */
export class BareClient {
  readonly #client: Client;

  constructor(endpoint: string) {
    this.#client = new Client(endpoint, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
    });
  }

  call(path: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, identity, identity, request, (error, answer) =>
        error ? reject(error) : resolve(answer!),
      );
    });
  }

  /** @returns how many bytes came. */
  async read(path: string, request: Buffer): Promise<number> {
    let bytes = 0;
    for await (const answer of this.#client.makeServerStreamRequest(path, identity, identity, request)) {
      bytes += (answer as Buffer).length;
    }
    return bytes;
  }

  /** Sends requests over one stream and waits for an answer to each. @returns how many came. */
  exchange(path: string, requests: readonly Buffer[]): Promise<number> {
    return new Promise((resolve, reject) => {
      let answers = 0;
      const call = this.#client
        .makeBidiStreamRequest(path, identity, identity)
        .on('data', () => {
          answers++;
          if (answers === requests.length) call.end();
        })
        .on('error', reject)
        .on('end', () => resolve(answers));
      for (const request of requests) call.write(request);
    });
  }

  close(): void {
    this.#client.close();
  }
}

async function withBareClient<T>(endpoint: string, use: (client: BareClient) => Promise<T>): Promise<T> {
  const client = new BareClient(endpoint);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const PUBLISHER = '/google.pubsub.v1.Publisher';
const SUBSCRIBER = '/google.pubsub.v1.Subscriber';
const BIGTABLE = '/google.bigtable.v2.Bigtable';

/** Messages a second that are published, `batch` in a request, four requests at a time. */
export function barePublishing(
  endpoint: string,
  { topic, data, batch, count }: { topic: string; data: Buffer; batch: number; count: number },
): Promise<number> {
  const request = encode({ 1: topic, 2: Array.from({ length: batch }, () => ({ 1: data })) });
  return withBareClient(endpoint, async (client) => {
    let left = count / batch;
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (left-- > 0) await client.call(`${PUBLISHER}/Publish`, request);
      }),
    );
    return rate(count, startedMs);
  });
}

/** Messages a second that are pulled and acknowledged, one request after the other. */
export function barePulling(
  endpoint: string,
  { subscription, count }: { subscription: string; count: number },
): Promise<number> {
  return withBareClient(endpoint, async (client) => {
    const startedMs = performance.now();
    for (let received = 0; received < count; ) {
      const ackIds = await pullOnce(client, subscription, 1000);
      received += ackIds.length;
      await client.call(`${SUBSCRIBER}/Acknowledge`, encode({ 1: subscription, 2: ackIds }));
    }
    return rate(count, startedMs);
  });
}

/** Median time in milliseconds from the call of Publish to the answer of a Pull that waits for the message. */
export function bareLatency(
  endpoint: string,
  { topic, subscription, data, count }: { topic: string; subscription: string; data: Buffer; count: number },
): Promise<number> {
  const request = encode({ 1: topic, 2: [{ 1: data }] });
  return withBareClient(endpoint, async (client) => {
    const times: number[] = [];
    for (let index = 0; index < count; index++) {
      const pulled = pullOnce(client, subscription, 1);
      const startedMs = performance.now();
      await client.call(`${PUBLISHER}/Publish`, request);
      const ackIds = await pulled;
      times.push(performance.now() - startedMs);
      await client.call(`${SUBSCRIBER}/Acknowledge`, encode({ 1: subscription, 2: ackIds }));
    }
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  });
}

async function pullOnce(client: BareClient, subscription: string, maxMessages: number): Promise<string[]> {
  const reader = new WireReader(
    await client.call(`${SUBSCRIBER}/Pull`, encode({ 1: subscription, 3: maxMessages })),
  );
  const ackIds: string[] = [];
  while (reader.next()) {
    const outer = reader.enter();
    while (reader.next()) {
      if (reader.isBytes(1)) ackIds.push(reader.text());
      else reader.skip();
    }
    reader.leave(outer);
  }
  return ackIds;
}

export interface BareRow {
  key: string;
  /** By qualifier. */
  cells: Readonly<Record<string, string>>;
}

/** Rows a second that are written into the family `f`, `batch` in a request, four requests at a time. */
export function bareMutating(
  endpoint: string,
  table: string,
  rows: readonly BareRow[],
  batch: number,
): Promise<number> {
  const requests: Buffer[] = [];
  for (let from = 0; from < rows.length; from += batch) {
    const entries = rows.slice(from, from + batch).map(({ key, cells }) => ({
      1: key,
      2: Object.entries(cells).map(([qualifier, value]) => ({
        1: { 1: 'f', 2: qualifier, 3: 1000, 4: value },
      })),
    }));
    requests.push(Buffer.concat([textField(1, table), encode({ 2: entries })]));
  }
  return withBareClient(endpoint, async (client) => {
    let next = 0;
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (next < requests.length) await client.read(`${BIGTABLE}/MutateRows`, requests[next++]!);
      }),
    );
    return rate(rows.length, startedMs);
  });
}

/** Rows a second of a whole table, read as bytes. */
export function bareReading(endpoint: string, table: string, rows: number): Promise<number> {
  return withBareClient(endpoint, async (client) => {
    const startedMs = performance.now();
    await client.read(`${BIGTABLE}/ReadRows`, textField(1, table));
    return rate(rows, startedMs);
  });
}

function rate(count: number, startedMs: number): number {
  return (count / (performance.now() - startedMs)) * 1000;
}
