import { type Hint, hintsOf } from '../../googlesql/syntax/hints.js';
import { findTable, type Schema } from '../schema/model.js';
import { invalidArgument } from './errors.js';

type Value = 'flag' | 'number' | 'text' | readonly string[];

const JOIN_METHODS = ['apply_join', 'hash_join', 'merge_join', 'push_broadcast_hash_join', 'loop_join'];

/** https://cloud.google.com/spanner/docs/reference/standard-sql/query-syntax#hints */
const VALUES: Readonly<Record<string, Value>> = {
  allow_search_indexes_in_transaction: 'flag',
  allow_distributed_merge: 'flag',
  batch_mode: 'flag',
  constant_folding: 'flag',
  disable_inline: 'flag',
  enable_adaptive_plans: 'flag',
  enhance_query_timeout_ms: 'number',
  force_index: 'text',
  force_join_order: 'flag',
  group_method: ['hash_group', 'stream_group'],
  group_type: ['hash_group', 'stream_group'],
  groupby_scan_optimization: 'flag',
  hash_join_build_side: ['build_left', 'build_right'],
  hash_join_execution: ['one_pass', 'multi_pass'],
  index_strategy: ['force_index_union'],
  join_method: JOIN_METHODS,
  join_type: JOIN_METHODS,
  lock_scanned_ranges: ['shared', 'exclusive'],
  optimizer_version: 'text',
  optimizer_statistics_package: 'text',
  parameter_sensitive: ['always', 'auto', 'never'],
  require_enhance_query: 'flag',
  scan_method: ['auto', 'batch', 'row'],
  seekable_key_size: 'number',
  statement_tag: 'text',
  use_additional_parallelism: 'flag',
  use_unenforced_foreign_key: 'flag',
};

const JOIN_HINTS = 'force_join_order hash_join_build_side hash_join_execution join_method join_type'.split(
  ' ',
);
const PLACES: Readonly<Record<Exclude<Hint['place'], 'statement' | 'other'>, readonly string[]>> = {
  table: 'force_index groupby_scan_optimization index_strategy scan_method seekable_key_size'.split(' '),
  join: [...JOIN_HINTS, 'batch_mode'],
  group: ['group_method', 'group_type'],
  'set operation': ['join_method', 'force_join_order'],
};
const NOT_OF_STATEMENTS = [
  'group_method',
  'group_type',
  'groupby_scan_optimization',
  'batch_mode',
  'disable_inline',
];

/** Refuses hints that the service does not know, in the places where it does not know them. */
export function checkHints(sql: string, schema: Schema): void {
  for (const hint of hintsOf(sql)) {
    const wanted = VALUES[hint.name];
    const isHere =
      hint.place === 'statement'
        ? !NOT_OF_STATEMENTS.includes(hint.name)
        : hint.place === 'other' || PLACES[hint.place].includes(hint.name);
    if (wanted === undefined || !isHere) throw invalidArgument(`Unsupported hint: ${hint.writtenName}.`);
    if (!fits(wanted, hint.value)) {
      throw invalidArgument(`Invalid hint value for: ${hint.writtenName} hint: ${shown(hint.value)}.`);
    }
    if (hint.name === 'force_index') checkIndex(hint, schema);
  }
}

function fits(wanted: Value, value: string): boolean {
  if (wanted === 'text') return true;
  if (wanted === 'flag') return /^(true|false)$/i.test(value);
  if (wanted === 'number') return /^\d+$/.test(value);
  return wanted.includes(value.toLowerCase());
}

/** Numbers and flags as they are, texts in quotes. */
function shown(value: string): string {
  return /^(\d+|true|false)$/i.test(value) ? value : JSON.stringify(value);
}

function checkIndex({ place, value, table, writtenName }: Hint, schema: Schema): void {
  if (value.toLowerCase() === '_base_table') return;
  if (place !== 'table')
    throw invalidArgument(`Invalid statement-level hint value: ${writtenName}=${shown(value)}.`);
  const index = schema.indexes.get(value.toLowerCase());
  const owner = table === undefined ? undefined : findTable(schema, table);
  const isOfTable = owner === undefined || index?.table.toLowerCase() === owner.name.toLowerCase();
  if (index !== undefined && isOfTable) return;
  throw invalidArgument(`The table ${owner?.name ?? table} does not have a secondary index called ${value}`);
}
