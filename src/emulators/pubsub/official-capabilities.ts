import type { Capability } from '../service.js';

/**
 * How Google's emulator differs from the service, as far as it matters to a pipeline. Each statement is checked
 * against the running emulator by the tests, but for those that only time or size could show.
 */
export const OFFICIAL_CAPABILITIES: readonly Capability[] = [
  {
    name: 'Topics, subscriptions, ordering, dead-letter topics, exactly-once, seek, Avro schemas',
    status: 'supported',
  },
  {
    name: 'Subscription filters',
    status: 'differs',
    note: 'accepted and ignored: every message is delivered',
  },
  { name: 'BigQuery and Cloud Storage subscriptions', status: 'differs', note: 'accepted and ignored' },
  { name: 'Protocol buffer schemas', status: 'refused' },
  { name: 'IAM', status: 'refused' },
  {
    name: 'Persistence',
    status: 'differs',
    note: 'in memory only; "emulators snapshot" saves it',
  },
];
