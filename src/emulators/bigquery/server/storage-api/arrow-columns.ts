import {
  DuckDBBigIntVector,
  DuckDBBigNumVector,
  DuckDBBlobVector,
  type DuckDBBooleanVector,
  type DuckDBDataChunk,
  DuckDBDateVector,
  DuckDBDecimal16Vector,
  DuckDBDecimal32Vector,
  DuckDBDecimal64Vector,
  DuckDBDecimal128Vector,
  DuckDBDoubleVector,
  DuckDBHugeIntVector,
  DuckDBIntegerVector,
  DuckDBIntervalVector,
  type DuckDBListVector,
  type DuckDBStructVector,
  DuckDBTimestampTZVector,
  DuckDBTimestampVector,
  DuckDBTimeVector,
  DuckDBVarCharVector,
  type DuckDBVector,
} from '@duckdb/node-api';
import { shownText } from '../../../googlesql/values/geography/text.js';
import type { TableField } from '../../catalog/entries.js';
import { type ArrowBody, rangeEnds } from './arrow-schema.js';

/** One column of Arrow on its way: values are added one by one, `undefined` for the row of a vector is NULL. */
interface Column {
  add(vector: DuckDBVector, row: number): void;
  addNull(): void;
  nodes(): [number, number][];
  buffers(): Uint8Array[];
}

class Validity {
  length = 0;
  nulls = 0;
  #bits = Buffer.alloc(64);

  add(isValid: boolean): void {
    const at = this.length >> 3;
    if (at >= this.#bits.length) this.#bits = Buffer.concat([this.#bits, Buffer.alloc(this.#bits.length)]);
    if (isValid) this.#bits[at]! |= 1 << (this.length & 7);
    else this.nulls++;
    this.length++;
  }

  /** Nothing where nothing is NULL. */
  buffer(): Uint8Array {
    return this.nulls === 0 ? new Uint8Array(0) : this.bits();
  }

  bits(): Uint8Array {
    return this.#bits.subarray(0, (this.length + 7) >> 3);
  }
}

/** Values of a fixed number of bytes. */
class FixedColumn implements Column {
  readonly #validity = new Validity();
  #bytes = Buffer.alloc(16 * 1024);

  constructor(
    private readonly size: number,
    private readonly write: (vector: DuckDBVector, row: number, bytes: Buffer, at: number) => boolean,
  ) {}

  add(vector: DuckDBVector, row: number): void {
    this.#validity.add(this.write(vector, row, this.#room(), this.#validity.length * this.size));
  }

  addNull(): void {
    this.#room();
    this.#validity.add(false);
  }

  #room(): Buffer {
    const end = (this.#validity.length + 1) * this.size;
    if (end > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    return this.#bytes;
  }

  nodes(): [number, number][] {
    return [[this.#validity.length, this.#validity.nulls]];
  }

  buffers(): Uint8Array[] {
    return [this.#validity.buffer(), this.#bytes.subarray(0, this.#validity.length * this.size)];
  }
}

class BooleanColumn implements Column {
  readonly #validity = new Validity();
  readonly #values = new Validity();

  add(vector: DuckDBVector, row: number): void {
    const value = (vector as DuckDBBooleanVector).getItem(row);
    this.#validity.add(value !== null);
    this.#values.add(value === true);
  }

  addNull(): void {
    this.#validity.add(false);
    this.#values.add(false);
  }

  nodes(): [number, number][] {
    return [[this.#validity.length, this.#validity.nulls]];
  }

  buffers(): Uint8Array[] {
    return [this.#validity.buffer(), this.#values.bits()];
  }
}

class Offsets {
  #offsets = new Int32Array(1024);
  #length = 1;

  add(end: number): void {
    if (this.#length === this.#offsets.length) {
      const grown = new Int32Array(this.#offsets.length * 2);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[this.#length++] = end;
  }

  buffer(): Uint8Array {
    return new Uint8Array(this.#offsets.buffer, 0, this.#length * 4);
  }
}

/** Text and bytes. */
class BinaryColumn implements Column {
  readonly #validity = new Validity();
  readonly #offsets = new Offsets();
  #bytes = Buffer.alloc(64 * 1024);
  #used = 0;

  constructor(private readonly read: (vector: DuckDBVector, row: number) => string | Uint8Array | null) {}

  add(vector: DuckDBVector, row: number): void {
    const value = this.read(vector, row);
    if (value === null) {
      this.addNull();
      return;
    }
    const most = typeof value === 'string' ? value.length * 3 : value.length;
    while (this.#used + most > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    }
    if (typeof value === 'string') this.#used += this.#bytes.write(value, this.#used, 'utf8');
    else {
      this.#bytes.set(value, this.#used);
      this.#used += value.length;
    }
    this.#offsets.add(this.#used);
    this.#validity.add(true);
  }

  addNull(): void {
    this.#offsets.add(this.#used);
    this.#validity.add(false);
  }

  nodes(): [number, number][] {
    return [[this.#validity.length, this.#validity.nulls]];
  }

  buffers(): Uint8Array[] {
    return [this.#validity.buffer(), this.#offsets.buffer(), this.#bytes.subarray(0, this.#used)];
  }
}

/** BigQuery has no NULL arrays: they are empty. */
class ListColumn implements Column {
  #length = 0;
  readonly #offsets = new Offsets();
  #end = 0;

  constructor(private readonly item: Column) {}

  add(vector: DuckDBVector, row: number): void {
    const list = vector as DuckDBListVector;
    const length = list.getItemVector(row) === null ? 0 : list.getEntryLength(row);
    const start = length === 0 ? 0 : list.getEntryOffset(row);
    for (let index = 0; index < length; index++) this.item.add(list.childVector, start + index);
    this.#end += length;
    this.addNull();
  }

  addNull(): void {
    this.#offsets.add(this.#end);
    this.#length++;
  }

  nodes(): [number, number][] {
    return [[this.#length, 0], ...this.item.nodes()];
  }

  buffers(): Uint8Array[] {
    return [new Uint8Array(0), this.#offsets.buffer(), ...this.item.buffers()];
  }
}

class StructColumn implements Column {
  readonly #validity = new Validity();

  constructor(private readonly members: readonly Column[]) {}

  add(vector: DuckDBVector, row: number): void {
    const struct = vector as DuckDBStructVector;
    if (!struct.isItemValid(row)) {
      this.addNull();
      return;
    }
    for (const [index, member] of this.members.entries()) member.add(struct.entryVectorAt(index), row);
    this.#validity.add(true);
  }

  addNull(): void {
    for (const member of this.members) member.addNull();
    this.#validity.add(false);
  }

  nodes(): [number, number][] {
    return [
      [this.#validity.length, this.#validity.nulls],
      ...this.members.flatMap((member) => member.nodes()),
    ];
  }

  buffers(): Uint8Array[] {
    return [this.#validity.buffer(), ...this.members.flatMap((member) => member.buffers())];
  }
}

/** A column of values that `write` puts in their place. */
function fixed<T>(
  size: number,
  kinds: readonly (abstract new (...values: never[]) => { getItem(row: number): T | null })[],
  write: (value: T, bytes: Buffer, at: number) => void,
): (field: TableField) => Column {
  return (field) =>
    new FixedColumn(size, (vector, row, bytes, at) => {
      if (!kinds.some((kind) => vector instanceof kind)) throw unexpected(field, vector);
      const value = (vector as unknown as { getItem(row: number): T | null }).getItem(row);
      if (value !== null) write(value, bytes, at);
      return value !== null;
    });
}

const int64 = (value: bigint, bytes: Buffer, at: number) => void bytes.writeBigInt64LE(value, at);
const micros = ({ micros: value }: { micros: bigint }, bytes: Buffer, at: number) => int64(value, bytes, at);

/** A signed integer of `words` times 64 bits. */
function wide(value: bigint, words: number, bytes: Buffer, at: number): void {
  for (let word = 0; word < words; word++) {
    bytes.writeBigInt64LE(BigInt.asIntN(64, value >> BigInt(64 * word)), at + 8 * word);
  }
}

type DecimalVector =
  | DuckDBDecimal16Vector
  | DuckDBDecimal32Vector
  | DuckDBDecimal64Vector
  | DuckDBDecimal128Vector;

function decimalColumn(field: TableField): Column {
  const kinds = [DuckDBDecimal16Vector, DuckDBDecimal32Vector, DuckDBDecimal64Vector, DuckDBDecimal128Vector];
  return new FixedColumn(16, (vector, row, bytes, at) => {
    if (!kinds.some((kind) => vector instanceof kind)) throw unexpected(field, vector);
    const { type } = vector as DecimalVector;
    const scaled = (vector as DecimalVector).getScaledValue(row);
    if (scaled !== null) wide(BigInt(scaled) * 10n ** BigInt(NUMERIC_SCALE - type.scale), 2, bytes, at);
    return scaled !== null;
  });
}

const NUMERIC_SCALE = 9;

const text =
  (show: (value: string) => string = (value) => value) =>
  (field: TableField) =>
    new BinaryColumn((vector, row) => {
      if (!(vector instanceof DuckDBVarCharVector)) throw unexpected(field, vector);
      const value = vector.getItem(row);
      return value === null ? null : show(value);
    });

const COLUMNS: Record<Exclude<TableField['type'], 'RECORD' | 'RANGE'>, (field: TableField) => Column> = {
  INTEGER: fixed<bigint | number>(
    8,
    [DuckDBBigIntVector, DuckDBHugeIntVector, DuckDBIntegerVector],
    (value, bytes, at) => int64(BigInt(value), bytes, at),
  ),
  FLOAT: fixed<number>(8, [DuckDBDoubleVector], (value, bytes, at) => void bytes.writeDoubleLE(value, at)),
  BOOLEAN: () => new BooleanColumn(),
  STRING: text(),
  JSON: text(),
  GEOGRAPHY: text(shownText),
  BYTES: (field) =>
    new BinaryColumn((vector, row) => {
      if (!(vector instanceof DuckDBBlobVector)) throw unexpected(field, vector);
      return vector.getItem(row)?.bytes ?? null;
    }),
  DATE: fixed<{ days: number }>(
    4,
    [DuckDBDateVector],
    ({ days }, bytes, at) => void bytes.writeInt32LE(days, at),
  ),
  TIME: fixed<{ micros: bigint }>(8, [DuckDBTimeVector], micros),
  DATETIME: fixed<{ micros: bigint }>(8, [DuckDBTimestampVector], micros),
  TIMESTAMP: fixed<{ micros: bigint }>(8, [DuckDBTimestampTZVector], micros),
  NUMERIC: decimalColumn,
  BIGNUMERIC: fixed<bigint>(32, [DuckDBBigNumVector], (value, bytes, at) => wide(value, 4, bytes, at)),
  INTERVAL: fixed<{ months: number; days: number; micros: bigint }>(
    16,
    [DuckDBIntervalVector],
    ({ months, days, micros: rest }, bytes, at) => {
      bytes.writeInt32LE(months, at);
      bytes.writeInt32LE(days, at + 4);
      bytes.writeBigInt64LE(rest * 1000n, at + 8);
    },
  ),
};

function columnOf(field: TableField): Column {
  if (field.mode === 'REPEATED') return new ListColumn(columnOf({ ...field, mode: 'NULLABLE' }));
  if (field.type === 'RECORD') return new StructColumn((field.fields ?? []).map(columnOf));
  if (field.type === 'RANGE') return new StructColumn(rangeEnds(field).map(columnOf));
  return COLUMNS[field.type](field);
}

function unexpected(field: TableField, vector: DuckDBVector): Error {
  return new Error(`column ${field.name} of type ${field.type} is stored as ${vector.type}`);
}

/** Rows on their way into one batch of Arrow. */
export class ArrowBatch {
  rowCount = 0;
  readonly #columns: readonly Column[];

  constructor(fields: readonly TableField[]) {
    this.#columns = fields.map(columnOf);
  }

  add(chunk: DuckDBDataChunk): void {
    const rows = chunk.rowCount;
    for (const [index, column] of this.#columns.entries()) {
      const vector = chunk.getColumnVector(index);
      for (let row = 0; row < rows; row++) column.add(vector, row);
    }
    this.rowCount += rows;
  }

  body(): ArrowBody {
    return {
      length: this.rowCount,
      nodes: this.#columns.flatMap((column) => column.nodes()),
      buffers: this.#columns.flatMap((column) => column.buffers()),
    };
  }
}
