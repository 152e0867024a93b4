import { WireReader } from '../../../core/wire-reader.js';
import { ServiceError } from '../../serving/service-error.js';
import { MAX_MUTATIONS, type MutationBatch } from '../rows/mutation-batch.js';
import type { Table } from '../rows/table.js';
import type { Store } from '../store.js';

/** Limit of https://cloud.google.com/bigtable/quotas. */
const MAX_KEY_BYTES = 4096;

/** Mutations of one row: `from` up to `to` of the batch. */
interface RowMutations {
  key: string;
  from: number;
  to: number;
  error: ServiceError | undefined;
}

/**
 * Carries out a `MutateRowsRequest`. Nothing is changed before all of it is read; then each row is changed wholly or
 * not at all.
 * @param isRestore takes what a checkpoint holds, see {@link MutationBatch.read}.
 * @returns for each entry the error it failed with.
 * @throws ServiceError when the request fails as a whole.
 */
export function mutateRows(
  store: Store,
  request: Buffer,
  timeMs: number,
  isRestore = false,
): (ServiceError | undefined)[] {
  const { table, batch } = begin(store, request, 5, timeMs);
  const rows: RowMutations[] = [];
  const reader = new WireReader(request);
  while (reader.next()) {
    if (reader.isBytes(2)) {
      const outer = reader.enter();
      rows.push(readRow(reader, table, batch, ENTRY, isRestore));
      reader.leave(outer);
    } else reader.skip();
  }
  if (batch.count === 0 && !rows.some(({ error }) => error !== undefined)) throw noMutations();
  for (const row of rows) {
    if (row.error === undefined && row.from === row.to) row.error = noMutations();
    if (row.error === undefined) table.apply(row.key, batch, row.from, row.to);
  }
  batch.clear();
  return rows.map(({ error }) => error);
}

/** Carries out a `MutateRowRequest`. @throws ServiceError. */
export function mutateRow(store: Store, request: Buffer, timeMs: number): void {
  const { table, batch } = begin(store, request, 6, timeMs);
  const row = readRow(new WireReader(request), table, batch, MUTATE_ROW, false);
  if (row.error !== undefined) throw row.error;
  if (row.from === row.to) throw noMutations();
  table.apply(row.key, batch, row.from, row.to);
  batch.clear();
}

/** Numbers of the fields that hold the key and the mutations. */
interface RowFields {
  key: number;
  mutations: number;
}
const ENTRY: RowFields = { key: 1, mutations: 2 };
const MUTATE_ROW: RowFields = { key: 2, mutations: 3 };

/** Finds the table, and gives it the time of the request. @param viewField number of `authorized_view_name`. */
export function begin(
  store: Store,
  request: Buffer,
  viewField: number,
  timeMs: number,
): { table: Table; batch: MutationBatch } {
  const table = store.table(readTableName(request, viewField));
  table.setTime(timeMs);
  store.batch.clear();
  return { table, batch: store.batch };
}

/** @throws ServiceError UNIMPLEMENTED for requests to an authorized view. */
export function readTableName(request: Buffer, viewField: number, materializedViewField?: number): string {
  let name = '';
  const reader = new WireReader(request);
  while (reader.next()) {
    if (reader.isBytes(1)) name = reader.text();
    else if (reader.isBytes(viewField) && reader.text() !== '') throw unsupported('Authorized views');
    else if (reader.isBytes(materializedViewField ?? 0) && reader.text() !== '') {
      throw unsupported('Materialized views');
    } else reader.skip();
  }
  return name;
}

export function unsupported(feature: string): ServiceError {
  return new ServiceError('UNIMPLEMENTED', `${feature} are not supported by this emulator.`);
}

/** Reads key and mutations of the message that the reader is in. A refusal is the row's error, and not thrown. */
function readRow(
  reader: WireReader,
  table: Table,
  batch: MutationBatch,
  fields: RowFields,
  isRestore: boolean,
): RowMutations {
  const from = batch.count;
  const { end } = reader;
  let key = '';
  let element = 0;
  let error: ServiceError | undefined;
  while (reader.next()) {
    if (reader.isBytes(fields.key)) key = reader.latin1();
    else if (reader.isBytes(fields.mutations) && error === undefined) {
      const start = reader.at;
      try {
        batch.read(reader, table, element++, isRestore);
      } catch (refusal) {
        if (!(refusal instanceof ServiceError)) throw refusal;
        error = refusal;
        reader.at = start;
        reader.end = end;
        reader.skip();
      }
    } else reader.skip();
  }
  if (batch.count > MAX_MUTATIONS) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Error in field 'Mutation list' : A request may have at most ${MAX_MUTATIONS} mutations`,
    );
  }
  error = keyError(key) ?? (error === undefined ? undefined : inRow(error, key, table));
  if (error !== undefined) batch.count = from;
  return { key, from, to: batch.count, error };
}

export function keyError(key: string): ServiceError | undefined {
  if (key.length === 0) return new ServiceError('INVALID_ARGUMENT', 'Row keys must be non-empty');
  if (key.length <= MAX_KEY_BYTES) return undefined;
  return new ServiceError(
    'INVALID_ARGUMENT',
    `Error in field 'row_key' : Row keys may have at most ${MAX_KEY_BYTES} bytes, but this one has ${key.length}`,
  );
}

/** Says which row a mutation failed for, as the service does. */
export function inRow(error: ServiceError, key: string, table: Table): ServiceError {
  const row = Buffer.from(key, 'latin1').toString('utf8');
  return new ServiceError(
    error.code,
    `Error while mutating the row '${row}' (${table.name}) : ${error.message}`,
  );
}

export function noMutations(): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', 'No mutations provided');
}
