import { notImplemented } from '../../googlesql/errors.js';
import { BigQueryError } from '../errors.js';
import type { NewEntry } from './catalog.js';
import type { RangePartitioning, TableEntry, TimePartitioningType } from './entries.js';
import { findField } from './fields.js';

const MAX_CLUSTERING_FIELDS = 4;

const CLUSTERABLE = new Set([
  'STRING',
  'BYTES',
  'INTEGER',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
  'DATETIME',
  'NUMERIC',
  'BIGNUMERIC',
  'RANGE',
]);

/** Checks partitioning and clustering against the columns, in BigQuery's words. */
export function checkPartitioning(table: NewEntry<TableEntry>): void {
  const { timePartitioning: time, rangePartitioning: range } = table;
  if (time !== undefined && range !== undefined) {
    throw new BigQueryError('invalid', 'Only one of timePartitioning and rangePartitioning can be specified');
  }
  if (time?.field !== undefined) checkTimeField(table, time.field, time.type);
  if (range !== undefined) {
    const field = requireField(table, range.field, 'partitioning');
    if (field.type !== 'INTEGER') {
      throw new BigQueryError(
        'invalid',
        `The field specified for range partitioning must be of type INTEGER: ${range.field} is ${field.type}`,
      );
    }
  }
  checkClustering(table);
}

function checkTimeField(table: NewEntry<TableEntry>, name: string, type: TimePartitioningType): void {
  const field = requireField(table, name, 'partitioning');
  const allowed = type === 'HOUR' ? ['TIMESTAMP', 'DATETIME'] : ['TIMESTAMP', 'DATE', 'DATETIME'];
  if (!allowed.includes(field.type) || field.mode === 'REPEATED') {
    throw new BigQueryError(
      'invalid',
      `The field specified for partitioning can only be of type ${allowed.join(', ')}: ${name} is ${field.type}`,
    );
  }
}

function checkClustering(table: NewEntry<TableEntry>): void {
  if (table.clustering === undefined) return;
  if (table.clustering.length > MAX_CLUSTERING_FIELDS) {
    throw new BigQueryError('invalid', `Maximum number of clustering fields is ${MAX_CLUSTERING_FIELDS}`);
  }
  for (const name of table.clustering) {
    const field = requireField(table, name, 'clustering');
    if (!CLUSTERABLE.has(field.type) || field.mode === 'REPEATED') {
      throw new BigQueryError('invalid', `Field ${name} of type ${field.type} cannot be used for clustering`);
    }
  }
}

function requireField(table: NewEntry<TableEntry>, name: string, purpose: string) {
  const field = findField(table.fields, name);
  if (field === undefined) {
    throw new BigQueryError(
      'invalid',
      `The field specified for ${purpose} cannot be found in the schema: ${name}`,
    );
  }
  return field;
}

/** Digits of a partition id per partitioning type: `2026`, `202601`, `20260131`, `2026013123`. */
const ID_LENGTH: Record<TimePartitioningType, number> = { YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10 };

/** `t$20260101` as table and partition id; without a decorator the partition is absent. */
export function splitDecorator(tableId: string): { tableId: string; partitionId?: string } {
  if (tableId.includes('@')) throw notImplemented(`Time travel (the table decorator of ${tableId})`);
  const at = tableId.indexOf('$');
  if (at < 0) return { tableId };
  return { tableId: tableId.slice(0, at), partitionId: tableId.slice(at + 1) };
}

/** Half-open interval of the integer-range partition named by a decorator, which is its lower bound. */
export function partitionBounds(range: RangePartitioning, partitionId: string): [start: bigint, end: bigint] {
  const [first, last, interval] = [range.range.start, range.range.end, range.range.interval].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ];
  const start = /^-?\d+$/.test(partitionId) ? BigInt(partitionId) : undefined;
  if (start === undefined || start < first || start >= last || (start - first) % interval !== 0n) {
    throw new BigQueryError(
      'invalid',
      `Invalid range partitioning decorator $${partitionId} for a table partitioned from ${first} to ${last} by ${interval}`,
    );
  }
  return [start, start + interval < last ? start + interval : last];
}

/** Start of the partition named by a decorator, as `YYYY-MM-DD HH:MM:SS` in UTC. */
export function partitionStart(table: TableEntry, partitionId: string): string {
  const time = table.timePartitioning;
  if (time === undefined) {
    throw new BigQueryError(
      'invalid',
      `Partition decorator $${partitionId} is used on a table without partitioning`,
    );
  }
  if (!/^\d+$/.test(partitionId) || partitionId.length !== ID_LENGTH[time.type]) {
    throw new BigQueryError(
      'invalid',
      `Invalid time partitioning decorator $${partitionId} for a table partitioned by ${time.type}`,
    );
  }
  const part = (from: number, to: number, fallback: string) => partitionId.slice(from, to) || fallback;
  const date = `${part(0, 4, '')}-${part(4, 6, '01')}-${part(6, 8, '01')}`;
  const text = `${date} ${part(8, 10, '00')}:00:00`;
  const parsed = new Date(`${text.replace(' ', 'T')}Z`);
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(date)) {
    throw new BigQueryError('invalid', `Invalid date in partition decorator $${partitionId}`);
  }
  return text;
}

/** The id of the partition that holds a moment, as a SQL expression of DuckDB over a timestamp expression. */
export function partitionIdSql(type: TimePartitioningType, timestampSql: string): string {
  const format = { YEAR: '%Y', MONTH: '%Y%m', DAY: '%Y%m%d', HOUR: '%Y%m%d%H' }[type];
  return `strftime(${timestampSql}, '${format}')`;
}
