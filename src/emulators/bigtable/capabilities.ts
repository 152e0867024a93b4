import type { Capability } from '../service.js';
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
  { name: 'Aggregates of distinct counts (HyperLogLog)', status: 'refused' },
  { name: 'Row key schemas, customer-managed encryption keys', status: 'refused' },
];

const STATUSES = { supported: 'Supported', differs: 'Differs', refused: 'Refused' } as const;

/** What the emulator does and does not, the methods as they are served. */
export function bigtableCapabilities(): Capability[] {
  const refused = Object.entries(REFUSED).flatMap(([service, features]) =>
    Object.entries(features).flatMap(([feature, names]) =>
      names.map((name) => ({ name: `${shortName(service)}.${name}`, feature })),
    ),
  );
  const refusedNames = new Set(refused.map(({ name }) => name));
  const emulator = new Emulator(new Store(), NO_JOURNAL, { now: Date.now, random: Math.random });
  const served = Object.entries(allMethods(emulator)).flatMap(([service, methods]) =>
    Object.keys(methods).map((name) => `${shortName(service)}.${name}`),
  );
  return [
    ...served
      .filter((name) => !refusedNames.has(name))
      .map((name): Capability => ({ name, status: 'supported' })),
    ...FEATURES,
    ...refused.map(({ name, feature }): Capability => ({ name, status: 'refused', note: feature })),
  ];
}

/** `Bigtable` of `google.bigtable.v2.Bigtable`. */
function shortName(service: string): string {
  return service.split('.').at(-1)!;
}

export function supportPage(): string {
  const entries = bigtableCapabilities();
  const lines = [
    '# What the embedded Bigtable supports',
    '',
    'Generated from the tables in the code; a test keeps it up to date. What is refused answers with',
    '`UNIMPLEMENTED` and its name, never with an empty success.',
  ];
  for (const [status, title] of Object.entries(STATUSES)) {
    const group = entries.filter((entry) => entry.status === status);
    const texts = group.map(({ name, note }) => `- ${name}${note === undefined ? '' : `: ${note}`}`);
    lines.push('', `## ${title}`, '', ...texts);
  }
  return `${lines.join('\n')}\n`;
}
