import { bytes, flag, integer, udf } from '../duck/scalar-function.js';

const WORD = 64n;

function shift(value: bigint, by: bigint, left: boolean): bigint {
  if (by < 0n) throw new Error('Bitwise shift by negative offset.');
  if (by >= WORD) return 0n;
  return BigInt.asIntN(64, left ? value << by : BigInt.asUintN(64, value) >> by);
}

function shiftBytes(value: Uint8Array, by: bigint, left: boolean): Uint8Array {
  if (by < 0n) throw new Error('Bitwise shift by negative offset.');
  const width = BigInt(value.length) * 8n;
  if (by >= width) return new Uint8Array(value.length);
  const number = BigInt(`0x${Buffer.from(value).toString('hex')}`);
  const shifted = left ? BigInt.asUintN(Number(width), number << by) : number >> by;
  return Buffer.from(shifted.toString(16).padStart(value.length * 2, '0'), 'hex');
}

/** The bits of an integer in the other order; with `preserveSign` the first stays in its place. */
function reverseBits(value: bigint, preserveSign: boolean): bigint {
  const bits = BigInt.asUintN(64, value).toString(2).padStart(64, '0');
  const kept = preserveSign ? bits.slice(0, 1) : '';
  const turned = [...bits.slice(kept.length)].reverse().join('');
  return BigInt.asIntN(64, BigInt(`0b${kept}${turned}`));
}

function combine(operator: string, work: (a: number, b: number) => number) {
  return (left: Uint8Array, right: Uint8Array): Uint8Array => {
    if (left.length !== right.length) {
      throw new Error(
        `Bitwise ${operator} requires equal length of BYTES inputs. Got ${left.length} bytes on the left hand side and ${right.length} bytes on the right hand side.`,
      );
    }
    return left.map((byte, index) => work(byte, right[index]!));
  };
}

/** Bitwise operators where DuckDB's differ: shifts drop bits, `>>` fills with zeros, and all of them take BYTES. */
export const bitUdfs = {
  bit_reverse: udf([integer, flag], integer, reverseBits),
  shift_left: udf([integer, integer], integer, (value, by) => shift(value, by, true)),
  shift_right: udf([integer, integer], integer, (value, by) => shift(value, by, false)),
  shift_left_bytes: udf([bytes, integer], bytes, (value, by) => shiftBytes(value, by, true)),
  shift_right_bytes: udf([bytes, integer], bytes, (value, by) => shiftBytes(value, by, false)),
  and_bytes: udf(
    [bytes, bytes],
    bytes,
    combine('AND', (a, b) => a & b),
  ),
  or_bytes: udf(
    [bytes, bytes],
    bytes,
    combine('OR', (a, b) => a | b),
  ),
  xor_bytes: udf(
    [bytes, bytes],
    bytes,
    combine('XOR', (a, b) => a ^ b),
  ),
  not_bytes: udf([bytes], bytes, (value) => value.map((byte) => ~byte & 0xff)),
};
