/** What the local cloud knows and completion can ask for. */
export const SOURCES = [
  'tables',
  'bigquery-tables',
  'models',
  'patients',
  'snapshots',
  'stacks',
  'dead-letters',
] as const;
export type Source = (typeof SOURCES)[number];
