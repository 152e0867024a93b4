import type { BqType } from '../../googlesql/syntax/types.js';
import type { Call, Outgoing } from '../../serving/method.js';
import { encode, type FieldValue, type Message } from '../../wire/message.js';
import { WireWriter } from '../../wire/writer.js';
import { valueText } from '../values/format.js';
import type { Row, Value } from '../values/value.js';
import { encodePartial, type Metadata, type PartialFields, type Stats, writeField } from './results.js';
import { splitValue, type WireValue, wireSize } from './split-value.js';

/** A message is sent when it has as many bytes. */
const MESSAGE_BYTES = 512 * 1024;
/** A value that may be larger is cut. */
const MAX_VALUE_BYTES = 1024 * 1024;

export interface StreamOptions {
  metadata: Metadata;
  /** Of the position behind so many rows; absent where a repeated statement may give them in another order. */
  resumeToken?: ((rows: number) => Buffer) | undefined;
  /** Rows that the client has already. */
  skip: number;
  precommitToken?: Message | undefined;
  /** Told once all rows are sent. */
  stats(rows: number): Stats | undefined;
}

/** Sends rows as `PartialResultSet`s, no faster than the client takes them. */
export async function streamResult(
  call: Call & Outgoing<Buffer>,
  rows: Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>,
  options: StreamOptions,
): Promise<void> {
  const stream = new ResultStream(call, options);
  for await (const batch of rows) {
    for (const row of batch) if (stream.add(row)) await stream.flush({});
    call.signal.throwIfAborted();
  }
  await stream.finish();
}

class ResultStream {
  readonly #types: readonly BqType[];
  #writer = new WireWriter(4096);
  #metadata: Metadata | undefined;
  #rows = 0;

  constructor(
    private readonly call: Outgoing<Buffer>,
    private readonly options: StreamOptions,
  ) {
    this.#types = options.metadata.fields.map(({ type }) => type);
    this.#metadata = options.metadata;
  }

  /** @returns whether it is time to send. */
  add(row: Row): boolean {
    if (++this.#rows <= this.options.skip) return false;
    for (let index = 0; index < this.#types.length; index++) this.#value(this.#types[index]!, row[index]!);
    return this.#writer.at >= MESSAGE_BYTES;
  }

  /** Sends what there is, up to the end of a row. */
  async flush(more: PartialFields): Promise<void> {
    const isFlowing = this.#send({ resumeToken: this.options.resumeToken?.(this.#rows), ...more });
    // Others have their turn between two messages.
    await (isFlowing ? new Promise((resolve) => setImmediate(resolve)) : this.call.drained());
  }

  async finish(): Promise<void> {
    const { stats, precommitToken } = this.options;
    await this.flush({ stats: stats(this.#rows), precommitToken, isLast: true });
  }

  #send(more: PartialFields): boolean {
    const message = encodePartial(this.#writer.done(), { metadata: this.#metadata, ...more });
    this.#metadata = undefined;
    this.#writer = new WireWriter(MESSAGE_BYTES);
    return this.call.send(message);
  }

  #value(type: BqType, value: Value): void {
    if (mayBeLarge(value)) {
      const wire = wireValueOf(type, value);
      if (wireSize(wire) > MAX_VALUE_BYTES) {
        this.#pieces(splitValue(wire, MAX_VALUE_BYTES));
        return;
      }
    }
    writeField(this.#writer, type, value);
  }

  #pieces(pieces: readonly WireValue[]): void {
    for (const [index, piece] of pieces.entries()) {
      const field = encode({ 2: wireMessage(piece) });
      this.#writer.reserve(field.length);
      this.#writer.copy(field, 0, field.length);
      if (index < pieces.length - 1) this.#send({ isChunked: true });
    }
  }
}

/** Not told exactly, but without looking at every item of a list. */
function mayBeLarge(value: Value): boolean {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.length * 3 > MAX_VALUE_BYTES;
  return Array.isArray(value);
}

function wireValueOf(type: BqType, value: Value): WireValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && type.kind !== 'DATE')
    return Number.isFinite(value) ? value : String(value);
  if (type.kind === 'ARRAY') return (value as Row).map((item) => wireValueOf(type.element, item));
  if (type.kind === 'STRUCT') {
    return (value as Row).map((item, index) => wireValueOf(type.fields[index]!.type, item));
  }
  return valueText(type, value);
}

/** A `google.protobuf.Value`. */
function wireMessage(value: WireValue): FieldValue {
  if (value === null) return { 1: 0 };
  if (typeof value === 'string') return { 3: value };
  if (typeof value === 'boolean') return { 4: value };
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    // Field 2, a double.
    bytes[0] = 0x11;
    bytes.writeDoubleLE(value, 1);
    return bytes;
  }
  return { 6: { 1: value.map(wireMessage) } };
}
