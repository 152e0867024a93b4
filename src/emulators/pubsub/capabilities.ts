import type { Capability } from '../service.js';
import { renderSupportPage } from '../support-page.js';

type Entry = readonly [name: string, status: Capability['status'], note?: string];

/** Every method there is. A test holds the list against the descriptors, and against what is served. */
const METHODS: Record<string, readonly Entry[]> = {
  'google.pubsub.v1.Publisher': [
    ['CreateTopic', 'supported'],
    ['UpdateTopic', 'supported'],
    ['Publish', 'supported'],
    ['GetTopic', 'supported'],
    ['ListTopics', 'supported'],
    ['ListTopicSubscriptions', 'supported'],
    ['ListTopicSnapshots', 'supported'],
    ['DeleteTopic', 'supported'],
    ['DetachSubscription', 'supported'],
  ],
  'google.pubsub.v1.Subscriber': [
    ['CreateSubscription', 'supported'],
    ['GetSubscription', 'supported'],
    ['UpdateSubscription', 'supported'],
    ['ListSubscriptions', 'supported'],
    ['DeleteSubscription', 'supported'],
    ['ModifyAckDeadline', 'supported'],
    ['Acknowledge', 'supported'],
    ['Pull', 'supported'],
    ['StreamingPull', 'supported'],
    ['ModifyPushConfig', 'supported'],
    ['GetSnapshot', 'supported'],
    ['ListSnapshots', 'supported'],
    ['CreateSnapshot', 'supported'],
    ['UpdateSnapshot', 'supported'],
    ['DeleteSnapshot', 'supported'],
    ['Seek', 'supported'],
  ],
  'google.pubsub.v1.SchemaService': [
    ['CreateSchema', 'supported'],
    ['GetSchema', 'supported'],
    ['ListSchemas', 'supported'],
    ['ListSchemaRevisions', 'supported'],
    ['CommitSchema', 'supported'],
    ['RollbackSchema', 'supported'],
    ['DeleteSchemaRevision', 'supported'],
    ['DeleteSchema', 'supported'],
    ['ValidateSchema', 'supported'],
    ['ValidateMessage', 'supported'],
  ],
  'google.iam.v1.IAMPolicy': [
    ['SetIamPolicy', 'differs', 'policies are kept and shown, and grant or forbid nothing'],
    ['GetIamPolicy', 'supported'],
    ['TestIamPermissions', 'differs', 'every permission is there'],
  ],
};

const FEATURES: readonly Entry[] = [
  ['Ordering keys', 'supported'],
  ['Exactly-once delivery, confirmations on streams', 'supported'],
  ['Filters', 'supported', 'the whole grammar'],
  ['Flow control, keep-alives and back-pressure of streams', 'supported'],
  ['Dead-letter policies', 'differs', 'attempts are exact; the service counts them approximately'],
  ['Retry policies', 'supported'],
  ['Retention of messages, topics and acknowledged messages', 'supported', 'looked after every ten minutes'],
  ['Snapshots, seek to a time or a snapshot', 'supported', 'under ordering and exactly-once delivery too'],
  ['Avro schemas', 'supported', 'a revision must read the one before, and the other way round'],
  ['Protocol Buffers schemas', 'supported', 'without imports; a revision may add and remove optional fields'],
  ['Push, wrapped and unwrapped', 'supported'],
  ['Tokens of push requests', 'differs', 'signed by a key of the process; they prove nothing'],
  ['BigQuery subscriptions', 'supported', 'into the BigQuery of the local cloud'],
  ['Bigtable subscriptions', 'supported', 'into the Bigtable of the local cloud'],
  ['Cloud Storage subscriptions', 'differs', 'into the Cloud Storage of the local cloud; files end at 64 MB'],
  ['Single-message transforms in JavaScript', 'supported', 'in a sandbox, 500 ms and 32 MB for each message'],
  ['Single-message transforms by AI inference', 'refused'],
  ['Ingestion from other services', 'refused'],
  ['Expiration of subscriptions', 'differs', 'the policy is kept and shown; no subscription expires'],
  ['Encryption keys, storage policies, tags', 'differs', 'kept and shown, but for tags; without effect'],
  ['Limits of names, labels, messages and settings', 'supported'],
  ['Quotas of throughput', 'differs', 'there are none'],
  [
    'Persistence',
    'supported',
    'what is answered for survives the death of the process; with fsync the loss of power',
  ],
];

export function capabilities(): Capability[] {
  return [
    ...Object.entries(METHODS).flatMap(([service, methods]) =>
      methods.map(([name, status, note]) => ({ name: `${service.split('.').at(-1)}.${name}`, status, note })),
    ),
    ...FEATURES.map(([name, status, note]) => ({ name, status, note })),
  ];
}

/** Full names of methods: `google.pubsub.v1.Publisher/Publish`. */
export function methodNames(): string[] {
  return Object.entries(METHODS).flatMap(([service, methods]) =>
    methods.map(([name]) => `${service}/${name}`),
  );
}

export function supportPage(): string {
  return renderSupportPage('Pub/Sub', capabilities());
}
