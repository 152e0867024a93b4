import type { DatasetEntry, TableEntry } from '../../catalog/entries.js';

/** An option as the `_OPTIONS` views and DDL text show it: name, type, value as SQL. */
export type OptionRow = [name: string, type: string, value: string];

const MILLISECONDS_PER_DAY = 86_400_000;

function rows(items: (OptionRow | undefined)[]): OptionRow[] {
  return items.filter((item) => item !== undefined);
}

function text(name: string, value: string | undefined): OptionRow | undefined {
  return value === undefined ? undefined : [name, 'STRING', printString(value)];
}

function labels(value: Record<string, string> | undefined): OptionRow | undefined {
  if (!value || Object.keys(value).length === 0) return undefined;
  return ['labels', 'ARRAY<STRUCT<STRING, STRING>>', printLabels(value)];
}

function days(name: string, milliseconds: number | undefined): OptionRow | undefined {
  if (milliseconds === undefined) return undefined;
  const value = milliseconds / MILLISECONDS_PER_DAY;
  return [name, 'FLOAT64', Number.isInteger(value) ? value.toFixed(1) : String(value)];
}

export function tableOptionRows(table: TableEntry): OptionRow[] {
  const { materializedView } = table;
  return rows([
    text('description', table.description),
    table.materializedView?.enableRefresh === undefined
      ? undefined
      : ['enable_refresh', 'BOOL', String(materializedView!.enableRefresh)],
    table.expirationTime === undefined
      ? undefined
      : ['expiration_timestamp', 'TIMESTAMP', printTimestamp(table.expirationTime)],
    text('friendly_name', table.friendlyName),
    labels(table.labels),
    days('partition_expiration_days', table.timePartitioning?.expirationMs),
    table.requirePartitionFilter === undefined
      ? undefined
      : ['require_partition_filter', 'BOOL', String(table.requirePartitionFilter)],
  ]);
}

export function datasetOptionRows(dataset: DatasetEntry): OptionRow[] {
  return rows([
    days('default_partition_expiration_days', dataset.defaultPartitionExpirationMs),
    days('default_table_expiration_days', dataset.defaultTableExpirationMs),
    text('description', dataset.description),
    text('friendly_name', dataset.friendlyName),
    labels(dataset.labels),
  ]);
}

export function printString(value: string): string {
  return JSON.stringify(value);
}

function printLabels(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([key, value]) => `STRUCT(${printString(key)}, ${printString(value)})`,
  );
  return `[${pairs.join(', ')}]`;
}

function printTimestamp(milliseconds: number): string {
  return `TIMESTAMP "${new Date(milliseconds).toISOString()}"`;
}
