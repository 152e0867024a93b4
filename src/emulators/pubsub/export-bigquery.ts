import type { Message } from '../serving/method.js';
import { failure, invalid, notFound } from './names.js';
import type { Destination, Outgoing } from './outlet.js';
import type { CompiledSchema } from './schema-types.js';
import { compiledRevision, revisionOf, revisionsOf } from './schemas.js';
import type { Store } from './store.js';
import type { Subscription } from './subscription.js';
import { schemaSettingsOf } from './topic-settings.js';

const WINDOW_MESSAGES = 2_000;
const WINDOW_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

interface Config {
  table?: string;
  useTopicSchema?: boolean;
  useTableSchema?: boolean;
  writeMetadata?: boolean;
  dropUnknownFields?: boolean;
}

interface Column {
  name: string;
  type: string;
  mode?: string;
}

/** Inserts messages as rows: https://cloud.google.com/pubsub/docs/bigquery */
export function bigqueryDestination(store: Store, subscription: Subscription, endpoint: string): Destination {
  const config = subscription.settings.bigqueryConfig as Config;
  const url = tableUrl(endpoint, config.table ?? '');
  return {
    maxMessages: WINDOW_MESSAGES,
    maxBytes: WINDOW_BYTES,
    async deliver(messages, signal) {
      const columns = await readColumns(url, config.table!, signal);
      const read = await readerOf(store, subscription, config, columns);
      const arrived = messages.map(() => false);
      const rows: { index: number; insertId: string; json: unknown }[] = [];
      for (const [index, message] of messages.entries()) {
        const json = rowOf(subscription.name, config, columns, message, read);
        if (json !== undefined) rows.push({ index, insertId: message.id, json });
      }
      if (rows.length === 0) return arrived;
      const answer = await send(`${url}/insertAll`, signal, {
        rows: rows.map(({ insertId, json }) => ({ insertId, json })),
        skipInvalidRows: true,
        ignoreUnknownValues: config.dropUnknownFields === true,
      });
      const refused = new Set(((answer.insertErrors ?? []) as { index: number }[]).map(({ index }) => index));
      for (const [position, { index }] of rows.entries()) arrived[index] = !refused.has(position);
      return arrived;
    },
  };
}

/** @throws ServiceError NOT_FOUND without the table, INVALID_ARGUMENT when it lacks columns */
export async function checkBigquery(config: Config, endpoint: string): Promise<void> {
  if (config.useTopicSchema && config.useTableSchema) {
    throw invalid('use_topic_schema and use_table_schema cannot both be set.');
  }
  const columns = await readColumns(
    tableUrl(endpoint, config.table ?? ''),
    config.table!,
    AbortSignal.timeout(TIMEOUT_MS),
  );
  const needed = [
    ...(config.useTopicSchema || config.useTableSchema ? [] : ['data']),
    ...(config.writeMetadata ? ['subscription_name', 'message_id', 'publish_time', 'attributes'] : []),
  ];
  const missing = needed.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length > 0)
    throw invalid(`Incompatible schema: the table ${config.table} lacks the columns ${missing.join(', ')}.`);
}

function tableUrl(endpoint: string, table: string): string {
  const match = /^([\w.:-]+?)[.:]([\w-]+)\.([^.]+)$/.exec(table);
  if (match === null)
    throw invalid(`Invalid bigquery_config.table: "${table}". It must be PROJECT.DATASET.TABLE.`);
  const [project, dataset, id] = match.slice(1).map(encodeURIComponent);
  return `${endpoint}/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${id}`;
}

async function readColumns(url: string, table: string, signal: AbortSignal): Promise<Column[]> {
  const response = await fetch(url, { signal }).catch(() => undefined);
  if (response === undefined)
    throw failure('UNAVAILABLE', 'The BigQuery of this local cloud does not answer.');
  if (response.status === 404) throw notFound('BigQuery table', table);
  if (!response.ok)
    throw failure('UNAVAILABLE', `The BigQuery of this local cloud answers with ${response.status}.`);
  const { schema } = (await response.json()) as { schema?: { fields?: Column[] } };
  return schema?.fields ?? [];
}

async function send(url: string, signal: AbortSignal, body: unknown): Promise<Message> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  if (!response.ok) throw new Error(`BigQuery answered with ${response.status}`);
  return (await response.json()) as Message;
}

/** Fields of a message that become columns; undefined where the data goes into one column. */
type Reader = ((message: Outgoing) => unknown) | undefined;

async function readerOf(
  store: Store,
  { topic }: Subscription,
  config: Config,
  columns: readonly Column[],
): Promise<Reader> {
  if (config.useTableSchema) {
    const known = new Set(columns.map(({ name }) => name));
    return ({ data }) => {
      const fields = JSON.parse(data.toString('utf8')) as Record<string, unknown>;
      if (config.dropUnknownFields)
        for (const name of Object.keys(fields)) if (!known.has(name)) delete fields[name];
      return fields;
    };
  }
  if (!config.useTopicSchema) return undefined;
  const schema = schemaSettingsOf(topic.settings);
  const revisions = revisionsOf(store, topic.settings);
  if (revisions === undefined) throw new Error('The topic has no schema');
  const compiled = new Map<Message, CompiledSchema>();
  for (const revision of revisions) compiled.set(revision, await compiledRevision(revision));
  return ({ data, attributes }) =>
    compiled.get(revisionOf(store, topic.settings, attributes)!)!.read(data, schema!.encoding);
}

/** Undefined when the data does not fit. */
function rowOf(
  name: string,
  config: Config,
  columns: readonly Column[],
  message: Outgoing,
  read: Reader,
): unknown {
  const metadata = config.writeMetadata
    ? {
        subscription_name: name,
        message_id: message.id,
        publish_time: new Date(message.publishTimeMs).toISOString(),
        attributes: JSON.stringify({
          ...Object.fromEntries(message.attributes),
          ...(message.orderingKey === '' ? {} : { ordering_key: message.orderingKey }),
        }),
      }
    : {};
  try {
    if (read !== undefined) return { ...(read(message) as object), ...metadata };
    const isBytes = columns.find((column) => column.name === 'data')?.type === 'BYTES';
    return { data: message.data.toString(isBytes ? 'base64' : 'utf8'), ...metadata };
  } catch {
    return undefined;
  }
}
