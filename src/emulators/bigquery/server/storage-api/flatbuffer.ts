/** A place in the buffer, counted from its end. */
export type Place = number;

/**
 * Writes a FlatBuffer from its end to its start, as far as Arrow's metadata needs it.
 *
 * https://flatbuffers.dev/internals/
 */
export class FlatBuffer {
  #bytes = Buffer.alloc(1024);
  #used = 0;

  /** Room for `size` bytes such that `after` more bytes are followed by a multiple of `align`. */
  #prepare(align: number, after: number): void {
    const padding = -(this.#used + after) & (align - 1);
    while (this.#bytes.length < this.#used + padding + after + align) {
      const grown = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(grown, grown.length - this.#used, this.#bytes.length - this.#used);
      this.#bytes = grown;
    }
    this.#used += padding;
  }

  #put(size: 1 | 2 | 4): number {
    this.#prepare(size, size);
    this.#used += size;
    return this.#bytes.length - this.#used;
  }

  int8(value: number): void {
    const at = this.#put(1);
    this.#bytes.writeUInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#put(2);
    this.#bytes.writeInt16LE(value, at);
  }

  int32(value: number): void {
    const at = this.#put(4);
    this.#bytes.writeInt32LE(value, at);
  }

  int64(value: number): void {
    this.#prepare(8, 8);
    this.#used += 8;
    this.#bytes.writeBigInt64LE(BigInt(value), this.#bytes.length - this.#used);
  }

  /** The distance from here to a place behind. */
  offset(place: Place): void {
    this.#prepare(4, 4);
    this.int32(this.#used + 4 - place);
  }

  text(value: string): Place {
    const bytes = Buffer.from(value, 'utf8');
    this.#prepare(4, bytes.length + 1 + 4);
    this.#used += bytes.length + 1;
    bytes.copy(this.#bytes, this.#bytes.length - this.#used);
    this.#bytes[this.#bytes.length - this.#used + bytes.length] = 0;
    this.int32(bytes.length);
    return this.#used;
  }

  /** A vector of tables or texts. */
  offsets(places: readonly Place[]): Place {
    this.#prepare(4, places.length * 4 + 4);
    for (const place of [...places].reverse()) this.offset(place);
    this.int32(places.length);
    return this.#used;
  }

  /** A vector of structs of two 64-bit integers. */
  pairs(values: readonly (readonly [number, number])[]): Place {
    this.#prepare(8, values.length * 16);
    this.#prepare(4, values.length * 16 + 4);
    // The length must stand right before the first struct, which is aligned to eight bytes.
    this.#prepare(8, values.length * 16);
    for (const [first, second] of [...values].reverse()) {
      this.int64(second);
      this.int64(first);
    }
    this.int32(values.length);
    return this.#used;
  }

  /** A table; `fields` write their values, in the order of their numbers; those of defaults are left out. */
  table(fields: readonly (((buffer: FlatBuffer) => void) | undefined)[]): Place {
    const end = this.#used;
    const places = fields.map((write) => {
      if (write === undefined) return 0;
      write(this);
      return this.#used;
    });
    this.int32(0);
    const start = this.#used;
    for (const place of [...places].reverse()) this.int16(place === 0 ? 0 : start - place);
    this.int16(start - end);
    this.int16((fields.length + 2) * 2);
    // The table begins with the distance to its vtable.
    this.#bytes.writeInt32LE(this.#used - start, this.#bytes.length - start);
    return start;
  }

  /** The whole buffer, whose root is the table. */
  finish(root: Place): Buffer {
    this.#prepare(8, 4);
    this.offset(root);
    return this.#bytes.subarray(this.#bytes.length - this.#used);
  }
}
