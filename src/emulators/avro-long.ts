import avro from 'avsc';

/** Begins a text that stands for an integer in JSON: a private-use character, which no text has by chance. */
export const LONG_MARK = '\uE0FF';

/** A type of Avro's 64-bit integers as bigint, for numbers lose digits. In JSON they are numbers or marked texts. */
export function bigLongType(): avro.Type {
  return avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes;
    },
    fromJSON(value: unknown) {
      const long = integerOf(value);
      if (BigInt.asIntN(64, long) !== long) throw new Error('a long must have 64 bits');
      return long;
    },
    toJSON: String,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (left: bigint, right: bigint) => (left === right ? 0 : left < right ? -1 : 1),
  });
}

function integerOf(value: unknown): bigint {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'string' && value.startsWith(LONG_MARK)) return BigInt(value.slice(LONG_MARK.length));
  throw new Error('a long must be a number');
}
