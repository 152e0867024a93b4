import type { Capability } from '../service.js';
import { methodCapabilities, renderSupportPage } from '../support-page.js';
import { Emulator, NO_JOURNAL } from './emulator.js';
import { REFUSED } from './refusals.js';
import { allMethods } from './server.js';
import { Store } from './store.js';

/** What there is besides methods, and where it is not quite as in the service. */
const FEATURES: readonly Capability[] = [
  { name: 'Filters: all of them, sink included', status: 'supported' },
  { name: 'Row keys, ranges, limits, reversed scans, statistics of reads', status: 'supported' },
  {
    name: 'Mutations',
    status: 'supported',
    note: 'each row wholly or not at all, with a status of its own',
  },
  { name: 'Aggregate families: sum, min, max of 64-bit integers', status: 'supported' },
  {
    name: 'Aggregate families: distinct counts (HyperLogLog++)',
    status: 'differs',
    note: 'the service does not say what its sketches look like; these are the ones that HLL_COUNT.EXTRACT reads',
  },
  { name: 'Split keys, deletion protection, consistency tokens', status: 'supported' },
  { name: 'REST of the admin API, for gcloud', status: 'supported' },
  {
    name: 'Persistence',
    status: 'supported',
    note: 'what is acknowledged survives the death of the process',
  },
  {
    name: 'Garbage collection',
    status: 'differs',
    note: 'seen at once; the service takes up to a week',
  },
  {
    name: 'Order of column families in a row',
    status: 'differs',
    note: 'by name; the service promises none',
  },
  {
    name: 'Instances, clusters, app profiles',
    status: 'differs',
    note: 'kept and listed, with no effect on data; tables may be in an instance that was never created',
  },
  { name: 'IAM policies', status: 'differs', note: 'kept and shown, and grant or forbid nothing' },
  { name: 'Long-running operations', status: 'differs', note: 'done when they are answered' },
  {
    name: 'SampleRowKeys',
    status: 'differs',
    note: 'split keys, and one key for each hundredth of the bytes',
  },
  {
    name: 'Quotas, replication, hot tablets',
    status: 'differs',
    note: 'there is one copy, and never a shortage',
  },
  { name: 'Row key schemas, customer-managed encryption keys', status: 'refused' },
];

/** What the emulator does and does not, the methods as they are served. */
export function bigtableCapabilities(): Capability[] {
  const emulator = new Emulator(new Store(), NO_JOURNAL, { now: Date.now, random: Math.random });
  const { served, refused } = methodCapabilities(allMethods(emulator), REFUSED);
  return [...served, ...FEATURES, ...refused];
}

export function supportPage(): string {
  return renderSupportPage('Bigtable', bigtableCapabilities());
}
