import type { Capability } from '../service.js';

/**
 * How Google's emulator differs from the service, as far as it matters to a pipeline. Each statement is checked
 * against the running emulator by the tests, but for those that only time or size could show.
 */
export const OFFICIAL_CAPABILITIES: readonly Capability[] = [
  { name: 'Tables, column families, reads, mutations, filters, aggregates', status: 'supported' },
  { name: 'Instances and clusters', status: 'refused', note: 'every instance exists already' },
  { name: 'SQL', status: 'refused' },
  {
    name: 'Garbage collection',
    status: 'differs',
    note: 'by age within seconds; by version not at once; intersections never. Readers take the newest cell by themselves',
  },
  { name: 'Limits of rows, cells and requests', status: 'differs', note: 'not enforced' },
  { name: 'Backups', status: 'refused', note: 'the call ends the emulator’s process' },
  { name: 'Persistence', status: 'differs', note: 'in memory only; "emulators snapshot" saves it' },
];
