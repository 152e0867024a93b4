import { ServiceError } from '../../serving/service-error.js';
import { COMMIT_TIMESTAMP, type Row } from '../values/value.js';
import type { TreeOf } from './snapshot-view.js';
import type { TableInfo } from './table-info.js';
import type { WriteView } from './write-view.js';

/** A row as a commit writes it. */
export interface FinishedWrite {
  info: TableInfo;
  key: string;
  /** The newest version before it, where indexes have to know it. */
  before: Row | undefined;
  after: Row | undefined;
  tuple: string | undefined;
}

/** https://cloud.google.com/spanner/quotas#limits-for */
const MAX_MUTATIONS = 80_000;
const MAX_COMMIT_BYTES = 100 * 1024 * 1024;

/** What a transaction wrote, with the timestamp of its commit in place. */
export function finishWrites(view: WriteView, timestampMicros: number, treeOf: TreeOf): FinishedWrite[] {
  const nanos = BigInt(timestampMicros) * 1000n;
  const finished: FinishedWrite[] = [];
  let bytes = 0;
  for (const [info, writes] of view.writes) {
    const tree = treeOf(info.treeId);
    const mayBePending = info.table.columns.some(({ allowCommitTimestamp }) => allowCommitTimestamp === true);
    for (const [writtenKey, { row }] of writes) {
      const isPending = mayBePending && row?.includes(COMMIT_TIMESTAMP) === true;
      const after = isPending ? row.map((value) => (value === COMMIT_TIMESTAMP ? nanos : value)) : row;
      const key = isPending ? info.encodedKeyOf(after!) : writtenKey;
      const newest = tree?.get(key, Number.POSITIVE_INFINITY);
      if (after === undefined && newest === undefined) continue;
      const before = info.indexes.length > 0 && newest !== undefined ? info.layout.decode(newest) : undefined;
      const tuple = after && info.layout.encode(after);
      bytes += key.length + (tuple?.length ?? 0);
      finished.push({ info, key, before, after, tuple });
    }
  }
  if (bytes > MAX_COMMIT_BYTES) throw tooLarge(bytes);
  return finished;
}

export function checkMutationCount(count: number): void {
  if (count <= MAX_MUTATIONS) return;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `The transaction contains too many mutations. Insert and update operations count with the multiplicity of the number of columns they affect. For example, inserting values into one key column and four non-key columns count as five mutations total for the insert. Delete and delete range operations count as one mutation regardless of the number of columns affected. The total mutation count includes any changes to indexes that the transaction generates. Please reduce the number of writes, or use fewer indexes. (Maximum number: ${MAX_MUTATIONS})`,
  );
}

function tooLarge(bytes: number): ServiceError {
  return new ServiceError(
    'INVALID_ARGUMENT',
    `The commit has ${bytes} bytes, and at most ${MAX_COMMIT_BYTES} are allowed.`,
  );
}

/** Changes of indexes that a write brings with it, each of which counts as a mutation. */
export function indexChanges(write: FinishedWrite): { tree: string; key: string; row: string | undefined }[] {
  const changes: { tree: string; key: string; row: string | undefined }[] = [];
  for (const index of write.info.indexes) {
    const { before, after, key } = write;
    const old = before !== undefined && index.includes(before) ? index.encodedEntryOf(before) : undefined;
    const entry = after !== undefined && index.includes(after) ? index.encodedEntryOf(after) : undefined;
    if (old === entry) continue;
    if (old !== undefined) changes.push({ tree: index.treeId, key: old, row: undefined });
    if (entry !== undefined) changes.push({ tree: index.treeId, key: entry, row: key });
  }
  return changes;
}
