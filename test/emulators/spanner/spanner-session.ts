import type { Json, MessageClient, Outcome } from '../../helpers/message-client.js';
import { createDatabase, createInstance } from './backends.js';

export const SPANNER = 'google.spanner.v1.Spanner';

/** Text for whatever the API writes as a string. */
export type Plain = null | boolean | number | string | readonly Plain[];

/** A session of one database, for tests that speak to the data API. */
export class SpannerSession {
  constructor(
    readonly client: MessageClient,
    readonly database: string,
    readonly name: string,
  ) {}

  static async create(client: MessageClient, schema: readonly string[]): Promise<SpannerSession> {
    const database = await createDatabase(client, await createInstance(client), schema);
    return SpannerSession.of(client, database);
  }

  static async of(client: MessageClient, database: string, fields: Json = {}): Promise<SpannerSession> {
    const [session] = await client.must(`${SPANNER}/CreateSession`, { database, session: fields });
    return new SpannerSession(client, database, String(session!.name));
  }

  call(method: string, request: Json): Promise<Outcome<Json[]>> {
    return this.client.call(`${SPANNER}/${method}`, { session: this.name, ...request });
  }

  must(method: string, request: Json): Promise<Json[]> {
    return this.client.must(`${SPANNER}/${method}`, { session: this.name, ...request });
  }

  async begin(options: Json = { readWrite: {} }): Promise<Json> {
    const [transaction] = await this.must('BeginTransaction', { options });
    return transaction!;
  }

  /** Commits mutations alone. @returns the timestamp in microseconds. */
  async write(...mutations: Json[]): Promise<bigint> {
    const [answer] = await this.must('Commit', { singleUseTransaction: { readWrite: {} }, mutations });
    return microsOf(answer!.commitTimestamp);
  }

  async rows(table: string, columns: readonly string[], more: Json = {}): Promise<unknown[][]> {
    const [answer] = await this.must('Read', { table, columns, keySet: { all: true }, ...more });
    return rowsOf(answer!);
  }
}

export function upsert(table: string, columns: readonly string[], ...rows: Plain[][]): Json {
  return { insertOrUpdate: { table, columns, values: rows.map(list) } };
}

export function list(values: readonly Plain[]): Json {
  return { values: values.map(wire) };
}

function wire(value: Plain): Json {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return { listValue: list(value) };
}

export function plain(value: Json): unknown {
  if (value.listValue !== undefined) return (((value.listValue as Json).values ?? []) as Json[]).map(plain);
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
}

export function rowsOf({ rows = [] }: Json): unknown[][] {
  return (rows as Json[]).map((row) => ((row.values ?? []) as Json[]).map(plain));
}

export function microsOf(timestamp: unknown): bigint {
  const { seconds = '0', nanos = 0 } = timestamp as { seconds?: string; nanos?: number };
  return BigInt(seconds) * 1_000_000n + BigInt(nanos) / 1000n;
}

export function timestampOf(micros: bigint): Json {
  return { seconds: String(micros / 1_000_000n), nanos: Number(micros % 1_000_000n) * 1000 };
}
