import type { OfficialName } from '../services.js';

export interface OfficialCapability {
  service: OfficialName;
  name: string;
  status: 'supported' | 'differs' | 'refused';
  note?: string;
}

/**
 * How Google's emulators differ from the services, as far as it matters to a pipeline. Each statement is checked
 * against the running emulators by the tests, but for those that only time or size could show.
 */
export const OFFICIAL_CAPABILITIES: readonly OfficialCapability[] = [
  { service: 'spanner', name: 'SQL, DML, mutations, transactions, DDL, change streams', status: 'supported' },
  {
    service: 'spanner',
    name: 'Concurrent read-write transactions',
    status: 'differs',
    note: 'one at a time per database; the others are aborted and have to be retried',
  },
  {
    service: 'spanner',
    name: 'Commit limits (80,000 mutations, 100 MB)',
    status: 'differs',
    note: 'not enforced; healthmon keeps to them by itself',
  },
  {
    service: 'spanner',
    name: 'Multiplexed sessions',
    status: 'differs',
    note: 'from version 1.5.29 on; switched off here',
  },
  { service: 'spanner', name: 'Fine-grained access control (CREATE ROLE, GRANT)', status: 'refused' },
  { service: 'spanner', name: 'Backups', status: 'refused' },
  {
    service: 'spanner',
    name: 'Persistence',
    status: 'differs',
    note: 'in memory only; "emulators snapshot" saves it',
  },
  {
    service: 'bigtable',
    name: 'Tables, column families, reads, mutations, filters, aggregates',
    status: 'supported',
  },
  {
    service: 'bigtable',
    name: 'Instances and clusters',
    status: 'refused',
    note: 'every instance exists already',
  },
  { service: 'bigtable', name: 'SQL', status: 'refused' },
  {
    service: 'bigtable',
    name: 'Garbage collection',
    status: 'differs',
    note: 'by age within seconds; by version not at once; intersections never. Readers take the newest cell by themselves',
  },
  {
    service: 'bigtable',
    name: 'Limits of rows, cells and requests',
    status: 'differs',
    note: 'not enforced',
  },
  { service: 'bigtable', name: 'Backups', status: 'refused', note: 'the call ends the emulator’s process' },
  {
    service: 'bigtable',
    name: 'Persistence',
    status: 'differs',
    note: 'in memory only; "emulators snapshot" saves it',
  },
  {
    service: 'pubsub',
    name: 'Topics, subscriptions, ordering, dead-letter topics, exactly-once, seek, Avro schemas',
    status: 'supported',
  },
  {
    service: 'pubsub',
    name: 'Subscription filters',
    status: 'differs',
    note: 'accepted and ignored: every message is delivered',
  },
  {
    service: 'pubsub',
    name: 'BigQuery and Cloud Storage subscriptions',
    status: 'differs',
    note: 'accepted and ignored',
  },
  { service: 'pubsub', name: 'Protocol buffer schemas', status: 'refused' },
  { service: 'pubsub', name: 'IAM', status: 'refused' },
  {
    service: 'pubsub',
    name: 'Persistence',
    status: 'differs',
    note: 'in memory only; "emulators snapshot" saves the definitions, not the messages',
  },
];
