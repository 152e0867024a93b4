import type { protos, v1 } from '@google-cloud/spanner';
import type { Config } from '../../config/config.js';
import { notReadyError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../clients.js';
import { isNotFound, translateGoogleError } from '../google-errors.js';
import { type CommitOptions, type CommitWrite, rowCommitter } from './commit.js';
import type { WireRows } from './rows.js';

type WireValue = protos.google.protobuf.IValue;

/** A value as Spanner's API gives it: INT64, NUMERIC, DATE, TIMESTAMP, BYTES and JSON are text. */
export type SpannerValue = string | number | boolean | null | SpannerValue[];

/**
 * Data of one database, through the generated client: one request is one call, with nothing pooled or retried
 * behind the caller's back. The larger client opens 25 sessions at once, and a missing database ends the process.
 */
export interface SpannerData {
  /** The database is in an emulator. */
  readonly local: boolean;
  /** That emulator is Google's. */
  readonly official: boolean;
  /** When the database was created, which tells a recreated database from the one before. */
  readonly createdAt: string;
  /** A session for one user at a time; sessions are deleted on close. */
  session(): Promise<string>;
  /** Writes rows in one transaction of its own. Errors are the client's, for the caller to judge. */
  commit(session: string, write: CommitWrite, options?: CommitOptions): Promise<void>;
  /** The values of a row that waits for its commit. */
  decode(rows: WireRows, index: number): SpannerValue[];
  /** A small result, all at once (10 MB at most). */
  query(sql: string, params?: QueryParams): Promise<SpannerValue[][]>;
  /** The rows with these primary keys, as far as they exist, in no order. */
  readKeys(
    table: string,
    columns: readonly string[],
    keys: readonly SpannerValue[][],
  ): Promise<SpannerValue[][]>;
  /** Deletes or updates many rows, partition by partition. */
  partitionedUpdate(sql: string): Promise<void>;
  /** Rows of one consistent snapshot, and its time as RFC 3339. */
  snapshot(sql: string): Promise<{ readTimestamp: string; pages: AsyncGenerator<SpannerValue[][]> }>;
}

export type QueryParams = Readonly<Record<string, { type: string; value: SpannerValue }>>;

const CALL_TIMEOUT_MS = 60_000;
/** Partitioned DML and long snapshot reads. */
const LONG_CALL_TIMEOUT_MS = 30 * 60_000;

/** Opens the database of the configuration. Exit code 3 when it does not exist. */
export async function openSpannerData(clients: GoogleClients, config: Config): Promise<SpannerData> {
  const spanner = await clients.spanner();
  const { instance, database: id } = config.spanner;
  const database = `projects/${config.project}/instances/${instance}/databases/${id}`;
  const doing = `open the Spanner database ${instance}/${id}`;
  let createdAt: string;
  try {
    const [info] = await spanner.getDatabaseAdminClient().getDatabase({ name: database });
    createdAt = `${info.createTime?.seconds ?? 0}.${info.createTime?.nanos ?? 0}`;
  } catch (error) {
    throw isNotFound(error)
      ? notReadyError({
          code: 'not-provisioned',
          message: `The Spanner database ${instance}/${id} does not exist.`,
          suggestion: 'Run "healthmon provision" first.',
          cause: error,
        })
      : translateGoogleError(error, doing, clients.local);
  }
  const { v1, protos } = await import('@google-cloud/spanner');
  const client = new v1.SpannerClient({ ...(spanner.options as object) });
  const headers = { 'google-cloud-resource-prefix': database, 'x-goog-spanner-route-to-leader': 'true' };
  const calls = { headers, retry: null } as unknown as object;
  // An emulator that refuses connections has died, so the client's ten minutes of retries would only hide it.
  const unary = (clients.local
    ? { timeout: CALL_TIMEOUT_MS, otherArgs: { headers }, retry: null }
    : { timeout: CALL_TIMEOUT_MS, otherArgs: { headers } }) as unknown as { timeout: number };
  const sessions: string[] = [];
  clients.onClose(async () => {
    // The service ends idle sessions after an hour; a lost request here must not hold up the exit.
    await Promise.allSettled(
      sessions.map((name) => client.deleteSession({ name }, { timeout: 1_000, otherArgs: { headers } })),
    );
    await client.close();
  });

  const session = async () => {
    const [made] = await client.createSession({ database }, unary);
    sessions.push(made.name!);
    return made.name!;
  };
  let shared: Promise<string> | undefined;
  const sharedSession = () => {
    shared ??= session();
    return shared;
  };
  const long = { ...calls, timeout: LONG_CALL_TIMEOUT_MS, otherArgs: { headers } };

  return {
    local: clients.local,
    official: (await clients.implementationOf('spanner')) === 'official',
    createdAt,
    session,
    commit: rowCommitter(protos, client, spanner.options, headers),
    decode(rows, index) {
      const { values } = protos.google.spanner.v1.Mutation.Write.decode(rows.row(index));
      return (values[0]!.values ?? []).map(plainValue);
    },
    async query(sql, params = {}) {
      const [answer] = await client.executeSql(
        { session: await sharedSession(), sql, ...wireParams(params) },
        unary,
      );
      return (answer.rows ?? []).map((row) => (row.values ?? []).map(plainValue));
    },
    async readKeys(table, columns, keys) {
      const [answer] = await client.read(
        {
          session: await sharedSession(),
          table,
          columns: [...columns],
          keySet: { keys: keys.map((values) => ({ values: values.map(wireValue) })) },
        },
        unary,
      );
      return (answer.rows ?? []).map((row) => (row.values ?? []).map(plainValue));
    },
    async partitionedUpdate(sql) {
      const name = await sharedSession();
      const [transaction] = await client.beginTransaction(
        { session: name, options: { partitionedDml: {} } },
        unary,
      );
      await client.executeSql({ session: name, sql, transaction: { id: transaction.id! } }, long);
    },
    async snapshot(sql) {
      const name = await session();
      const [transaction] = await client.beginTransaction(
        { session: name, options: { readOnly: { strong: true, returnReadTimestamp: true } } },
        unary,
      );
      const request = { session: name, sql, transaction: { id: transaction.id! } };
      return {
        readTimestamp: timestampText(transaction.readTimestamp!),
        pages: streamRows(client, request, long),
      };
    },
  };
}

function wireParams(params: QueryParams): object {
  const names = Object.keys(params);
  if (names.length === 0) return {};
  return {
    params: { fields: Object.fromEntries(names.map((name) => [name, wireValue(params[name]!.value)])) },
    paramTypes: Object.fromEntries(names.map((name) => [name, wireType(params[name]!.type)])),
  };
}

function wireType(type: string): object {
  const element = /^ARRAY<(.+)>$/.exec(type)?.[1];
  return element === undefined ? { code: type } : { code: 'ARRAY', arrayElementType: wireType(element) };
}

/** A value as the API takes it. */
function wireValue(value: SpannerValue): WireValue {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isFinite(value) ? { numberValue: value } : { stringValue: String(value) };
    default:
      return { listValue: { values: value.map(wireValue) } };
  }
}

function plainValue(value: WireValue): SpannerValue {
  if (value.stringValue !== undefined && value.stringValue !== null) return value.stringValue;
  if (value.listValue) return (value.listValue.values ?? []).map(plainValue);
  if (value.numberValue !== undefined && value.numberValue !== null) return value.numberValue;
  return value.boolValue ?? null;
}

function timestampText(time: protos.google.protobuf.ITimestamp): string {
  const seconds = Number(time.seconds ?? 0);
  const fraction = String(time.nanos ?? 0)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const base = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${base}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Interrupted streams are resumed this many times in a row without progress. */
const STREAM_RETRIES = 10;
const UNAVAILABLE = 14;
/** Rows are handed on when the service marks a point to resume from, or at the latest after this many values. */
const BUFFERED_VALUES = 400_000;

/**
 * Rows of a streaming statement. Values arrive cut anywhere; rows are given on only up to a point from which the
 * service can resume, so that an interrupted stream repeats none.
 */
async function* streamRows(
  client: v1.SpannerClient,
  request: protos.google.spanner.v1.IExecuteSqlRequest,
  options: object,
): AsyncGenerator<SpannerValue[][]> {
  let resumeToken: Uint8Array | string | undefined;
  let columns = 0;
  let carried: SpannerValue[] = [];
  let retriesLeft = STREAM_RETRIES;
  for (;;) {
    let values = [...carried];
    let chunked = false;
    let resumable = true;
    try {
      const stream = client.executeStreamingSql(
        resumeToken === undefined ? request : { ...request, resumeToken },
        options,
      );
      for await (const part of stream as AsyncIterable<protos.google.spanner.v1.IPartialResultSet>) {
        if (part.metadata?.rowType?.fields) columns = part.metadata.rowType.fields.length;
        const incoming = (part.values ?? []).map(plainValue);
        if (incoming.length > 0) {
          if (chunked) values.push(mergeChunk(values.pop()!, incoming.shift()!));
          for (const value of incoming) values.push(value);
          chunked = part.chunkedValue === true;
        }
        const hasToken =
          part.resumeToken !== undefined && part.resumeToken !== null && part.resumeToken.length > 0;
        if (!hasToken && values.length < BUFFERED_VALUES) continue;
        if (hasToken) {
          resumeToken = part.resumeToken as Uint8Array;
          retriesLeft = STREAM_RETRIES;
        } else resumable = false;
        const taken = chunked ? values.length - 1 : values.length;
        const whole = columns === 0 ? 0 : Math.floor(taken / columns);
        if (whole > 0) yield rowsOf(values, columns, whole);
        values = values.slice(whole * columns);
        if (hasToken) {
          resumable = !chunked;
          carried = [...values];
        }
      }
      if (columns > 0 && values.length > 0) yield rowsOf(values, columns, values.length / columns);
      return;
    } catch (error) {
      if ((error as { code?: number }).code !== UNAVAILABLE || !resumable || retriesLeft-- <= 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** (STREAM_RETRIES - retriesLeft)).unref());
    }
  }
}

function rowsOf(values: SpannerValue[], columns: number, count: number): SpannerValue[][] {
  return Array.from({ length: count }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

/** Joins the two halves of a value that was cut between two responses. */
function mergeChunk(first: SpannerValue, second: SpannerValue): SpannerValue {
  if (Array.isArray(first) && Array.isArray(second)) {
    if (first.length === 0 || second.length === 0) return [...first, ...second];
    const last = first.at(-1)!;
    const next = second[0]!;
    const joins =
      (typeof last === 'string' && typeof next === 'string') || (Array.isArray(last) && Array.isArray(next));
    return joins
      ? [...first.slice(0, -1), mergeChunk(last, next), ...second.slice(1)]
      : [...first, ...second];
  }
  return `${first as string}${second as string}`;
}
