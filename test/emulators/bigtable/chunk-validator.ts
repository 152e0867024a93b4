/** A `ReadRowsResponse` as the descriptors decode it. */
export interface ReadRowsResponse {
  chunks?: Chunk[];
  lastScannedRowKey?: Buffer;
  requestStats?: object;
}

interface Chunk {
  rowKey?: Buffer;
  familyName?: { value?: string };
  qualifier?: { value?: Buffer };
  timestampMicros?: string;
  labels?: string[];
  value?: Buffer;
  valueSize?: number;
  resetRow?: boolean;
  commitRow?: boolean;
}

export interface ReadCell {
  family: string;
  qualifier: Buffer;
  timestampMicros: string;
  value: Buffer;
  labels: string[];
}

export interface ReadRow {
  key: Buffer;
  cells: ReadCell[];
}

/**
 * Puts rows together from the chunks of a stream, and insists on every rule that the documentation of `CellChunk`
 * states; it shares no code with what writes them.
 * @throws Error that names the rule that was broken.
 */
export function validateChunks(responses: readonly ReadRowsResponse[], isReversed = false): ReadRow[] {
  const rows: ReadRow[] = [];
  let row: ReadRow | undefined;
  let cell: (ReadCell & { pieces: Buffer[]; size: number }) | undefined;
  let scanned: Buffer | undefined;
  const demand = (condition: boolean, rule: string) => {
    if (!condition) throw new Error(`${rule} (after ${rows.length} rows)`);
  };
  const isAfter = (key: Buffer, before: Buffer) => Buffer.compare(key, before) * (isReversed ? -1 : 1) > 0;
  for (const { chunks = [], lastScannedRowKey } of responses) {
    for (const chunk of chunks) {
      const { rowKey = Buffer.alloc(0), value = Buffer.alloc(0), valueSize = 0 } = chunk;
      if (chunk.resetRow) {
        demand(row !== undefined, 'reset_row needs a row in progress');
        const others = { ...chunk, resetRow: undefined };
        demand(
          Object.values(others).every((field) => field === undefined),
          'reset_row carries no data',
        );
        row = undefined;
        cell = undefined;
        continue;
      }
      if (row === undefined) {
        demand(rowKey.length > 0, 'a row starts with its key');
        demand(
          scanned === undefined || isAfter(rowKey, scanned),
          'row keys are in order, and none comes twice',
        );
        demand(chunk.familyName !== undefined, 'a row starts with a family');
        row = { key: rowKey, cells: [] };
      } else {
        demand(rowKey.length === 0 || rowKey.equals(row.key), 'a row ends with commit_row');
      }
      if (cell !== undefined) {
        demand(
          [chunk.familyName, chunk.qualifier, chunk.timestampMicros, chunk.labels?.[0]].every(
            (field) => field === undefined,
          ),
          'pieces of a value carry the value only',
        );
        demand(valueSize === 0 || valueSize === cell.size, 'value_size stays the same');
      } else {
        const previous: ReadCell | undefined = row.cells.at(-1);
        demand(
          chunk.familyName === undefined || chunk.qualifier !== undefined,
          'a new family needs a qualifier',
        );
        const family: string | undefined =
          chunk.familyName === undefined ? previous?.family : (chunk.familyName.value ?? '');
        const qualifier: Buffer | undefined =
          chunk.qualifier === undefined ? previous?.qualifier : (chunk.qualifier.value ?? Buffer.alloc(0));
        demand(family !== undefined && qualifier !== undefined, 'a row starts with family and qualifier');
        cell = {
          family: family!,
          qualifier: qualifier!,
          timestampMicros: chunk.timestampMicros ?? '0',
          value: Buffer.alloc(0),
          labels: chunk.labels ?? [],
          pieces: [],
          size: valueSize,
        };
      }
      cell.pieces.push(value);
      demand(valueSize === 0 || chunk.commitRow !== true, 'value_size > 0 does not stand beside commit_row');
      if (valueSize === 0) {
        const { pieces, size, ...done } = cell;
        const whole = Buffer.concat(pieces);
        demand(size === 0 || size === whole.length, 'value_size is the length of the whole value');
        row.cells.push({ ...done, value: whole });
        cell = undefined;
      }
      if (chunk.commitRow === true) {
        rows.push(row);
        scanned = row.key;
        row = undefined;
      }
    }
    if (lastScannedRowKey !== undefined && lastScannedRowKey.length > 0) {
      demand(row === undefined, 'last_scanned_row_key does not come within a row');
      demand(scanned === undefined || !isAfter(scanned, lastScannedRowKey), 'last_scanned_row_key goes on');
      scanned = lastScannedRowKey;
    }
  }
  demand(row === undefined, 'the last row is committed');
  for (const { key, cells } of rows) checkOrder(key, cells);
  return rows;
}

/** Cells of a column newest first, columns of a family in order, families together. */
function checkOrder(key: Buffer, cells: readonly ReadCell[]): void {
  const families = new Set<string>();
  for (const [index, cell] of cells.entries()) {
    const before = cells[index - 1];
    if (before === undefined || before.family !== cell.family) {
      if (families.has(cell.family)) throw new Error(`family ${cell.family} comes twice in row ${key}`);
      families.add(cell.family);
      continue;
    }
    const order = Buffer.compare(before.qualifier, cell.qualifier);
    const isOlder = order === 0 && BigInt(before.timestampMicros) >= BigInt(cell.timestampMicros);
    if (order > 0 || (order === 0 && !isOlder)) throw new Error(`cells of row ${key} are not in order`);
  }
}
