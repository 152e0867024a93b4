import { CODES, type ServiceError } from '../../serving/service-error.js';
import {
  bytesField,
  int64Length,
  numberField,
  textField,
  varintLength,
  WireWriter,
} from '../../wire/writer.js';
import type { Cell } from '../rows/row.js';

/** `{index, status}` of a row that was written, without the index: OK is an empty status. */
const OK_STATUS = Buffer.from([0x12, 0x00]);

/** The bytes of a `MutateRowsResponse` with a status for each entry; undefined is OK. */
export function encodeStatuses(errors: readonly (ServiceError | undefined)[]): Buffer {
  const writer = new WireWriter(16 * errors.length + 16);
  for (const [index, error] of errors.entries()) {
    const status = error === undefined ? OK_STATUS : bytesField(2, encodeStatus(error));
    const indexBytes = index === 0 ? 0 : 1 + varintLength(index);
    writer.reserve(indexBytes + status.length + 12);
    writer.byte(0x0a);
    writer.varint(indexBytes + status.length);
    if (index !== 0) {
      writer.byte(0x08);
      writer.varint(index);
    }
    writer.copy(status, 0, status.length);
  }
  return writer.done();
}

/** The bytes of a `google.rpc.Status`. */
function encodeStatus(error: ServiceError): Buffer {
  return Buffer.concat([numberField(1, CODES[error.code]), textField(2, error.message)]);
}

/** The bytes of a `google.bigtable.v2.Row`. @param cells in the order of a row. */
export function encodeRow(key: Buffer, cells: readonly Cell[]): Buffer {
  const families: Buffer[] = [];
  for (let at = 0; at < cells.length; ) {
    const { family } = cells[at]!.column;
    const columns: Buffer[] = [];
    while (at < cells.length && cells[at]!.column.family === family) {
      const { column } = cells[at]!;
      const versions: Buffer[] = [];
      while (cells[at]?.column === column) versions.push(bytesField(2, encodeCell(cells[at++]!)));
      columns.push(bytesField(2, Buffer.concat([bytesField(1, column.bytes), ...versions])));
    }
    families.push(bytesField(2, Buffer.concat([bytesField(1, family.nameBytes), ...columns])));
  }
  return Buffer.concat([bytesField(1, key), ...families]);
}

function encodeCell({ high, low, bytes, start, end }: Cell): Buffer {
  return Buffer.concat([int64Field(1, high, low), bytesField(2, bytes.subarray(start, end))]);
}

function int64Field(field: number, high: number, low: number): Buffer {
  const writer = new WireWriter(12);
  writer.byte(field * 8);
  writer.int64(high, low);
  return writer.done();
}

/** One entry of a `MutateRowsRequest` that sets the given cells. */
export function encodeEntry(key: string, cells: readonly Cell[]): Buffer {
  const mutations = cells.map(({ column, high, low, bytes, start, end }) => {
    const length = int64Length(high, low) + end - start + column.fullField.length + 64;
    const writer = new WireWriter(length);
    for (const [field, content] of [
      [1, column.family.nameBytes],
      [2, column.bytes],
    ] as const) {
      writer.byte(field * 8 + 2);
      writer.varint(content.length);
      writer.copy(content, 0, content.length);
    }
    writer.byte(0x18);
    writer.int64(high, low);
    writer.byte(0x22);
    writer.varint(end - start);
    writer.copy(bytes, start, end);
    return bytesField(2, bytesField(1, writer.done()));
  });
  return bytesField(2, Buffer.concat([bytesField(1, Buffer.from(key, 'latin1')), ...mutations]));
}

/** The bytes of a `RequestStats` with the full view of a read. */
export function encodeReadStats(
  stats: { rowsSeen: number; rowsReturned: number; cellsSeen: number; cellsReturned: number },
  elapsedMs: number,
): Buffer {
  const iteration = Buffer.concat([
    numberField(1, stats.rowsSeen),
    numberField(2, stats.rowsReturned),
    numberField(3, stats.cellsSeen),
    numberField(4, stats.cellsReturned),
  ]);
  const nanos = Math.round((elapsedMs % 1000) * 1e6);
  const latency = Buffer.concat([numberField(1, Math.floor(elapsedMs / 1000)), numberField(2, nanos)]);
  return bytesField(1, Buffer.concat([bytesField(1, iteration), bytesField(2, bytesField(1, latency))]));
}
