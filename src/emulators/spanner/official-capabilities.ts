import type { Capability } from '../service.js';

/**
 * How Google's emulator differs from the service, as far as it matters to a pipeline. Each statement is checked
 * against the running emulator by the tests, but for those that only time or size could show.
 */
export const OFFICIAL_CAPABILITIES: readonly Capability[] = [
  { name: 'SQL, DML, mutations, transactions, DDL, change streams', status: 'supported' },
  {
    name: 'Concurrent read-write transactions',
    status: 'differs',
    note: 'one at a time per database; the others are aborted and have to be retried',
  },
  {
    name: 'Commit limits (80,000 mutations, 100 MB)',
    status: 'differs',
    note: 'not enforced; healthmon keeps to them by itself',
  },
  { name: 'Multiplexed sessions', status: 'differs', note: 'from version 1.5.29 on; switched off here' },
  { name: 'Fine-grained access control (CREATE ROLE, GRANT)', status: 'refused' },
  { name: 'Backups', status: 'refused' },
  { name: 'Persistence', status: 'differs', note: 'in memory only; "emulators snapshot" saves it' },
];
