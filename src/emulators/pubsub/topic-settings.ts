import type { Message } from '../serving/method.js';
import { applyMask, checkDuration, checkLabels } from './fields.js';
import { checkName, invalid, notFound, unsupported } from './names.js';
import type { Store } from './store.js';
import type { Topic } from './subscription.js';
import { checkTransforms } from './transforms.js';

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#topic */
export const RETENTION_RANGE = { minimumMs: 10 * 60_000, maximumMs: 31 * 86_400_000 } as const;

const MUTABLE = [
  'labels',
  'message_retention_duration',
  'message_storage_policy',
  'message_transforms',
  'schema_settings',
  'kms_key_name',
  'ingestion_data_source_settings',
];
const IMMUTABLE = ['name', 'satisfies_pzs', 'state', 'tags'];
/** Given by the service, so never kept. */
const OUTPUT_ONLY = ['state', 'satisfiesPzs', 'tags'];

/**
 * What a topic is made with.
 * @throws ServiceError INVALID_ARGUMENT, NOT_FOUND for a schema that does not exist, UNIMPLEMENTED by name
 */
export async function newTopicSettings(store: Store, request: Message): Promise<Message> {
  const settings = structuredClone(request);
  for (const field of OUTPUT_ONLY) delete settings[field];
  checkName('topics', settings.name);
  await checkTopic(store, settings);
  return settings;
}

/** @throws ServiceError INVALID_ARGUMENT and as {@link newTopicSettings} */
export async function updatedTopicSettings(
  store: Store,
  topic: Topic,
  { topic: update, updateMask }: Message,
): Promise<Message> {
  const settings = applyMask(topic.settings, update as Message, updateMask, {
    resource: 'Topic',
    request: 'UpdateTopicRequest',
    mutable: MUTABLE,
    immutable: IMMUTABLE,
  });
  await checkTopic(store, settings);
  return settings;
}

/** The topic as the service shows it. */
export function topicResource({ settings }: Topic): Message {
  return { ...settings, state: 'ACTIVE' };
}

export interface SchemaSettings {
  schema: string;
  encoding: 'JSON' | 'BINARY';
  firstRevisionId?: string;
  lastRevisionId?: string;
}

export function schemaSettingsOf(settings: Message): SchemaSettings | undefined {
  return settings.schemaSettings as SchemaSettings | undefined;
}

async function checkTopic(store: Store, settings: Message): Promise<void> {
  checkLabels(settings.labels);
  checkDuration('message_retention_duration', settings.messageRetentionDuration, RETENTION_RANGE);
  const ingestion = settings.ingestionDataSourceSettings as Message | undefined;
  if (ingestion !== undefined && Object.keys(ingestion).length > 0) {
    throw unsupported(
      `Ingestion from other services (ingestion_data_source_settings.${Object.keys(ingestion)[0]})`,
    );
  }
  delete settings.ingestionDataSourceSettings;
  const schema = schemaSettingsOf(settings);
  if (schema !== undefined) {
    checkName('schemas', schema.schema);
    if (!store.resources.schemas.has(schema.schema)) throw notFound('Schema', schema.schema);
    if (schema.encoding !== 'JSON' && schema.encoding !== 'BINARY') {
      throw invalid('Invalid schema_settings: encoding must be JSON or BINARY.');
    }
    checkRevisions(store.resources.schemas.get(schema.schema)!, schema);
  }
  await checkTransforms(settings.messageTransforms);
}

function checkRevisions(
  revisions: readonly Message[],
  { firstRevisionId, lastRevisionId }: SchemaSettings,
): void {
  const indexOf = (id: string | undefined, fallback: number) => {
    if (!id) return fallback;
    const index = revisions.findIndex(({ revisionId }) => revisionId === id);
    if (index === -1) throw notFound('Schema revision', id);
    return index;
  };
  if (indexOf(firstRevisionId, 0) > indexOf(lastRevisionId, revisions.length - 1)) {
    throw invalid('Invalid schema_settings: the first revision was made after the last one.');
  }
}
