import { MalformedMessage, type WireReader } from '../../../core/wire-reader.js';
import type { Message } from '../../serving/method.js';

/** A `google.protobuf.Value` without the message around it. A structure is a `Map`: no type of Spanner takes one. */
export type Plain = null | boolean | number | string | readonly Plain[] | ReadonlyMap<string, Plain>;

/** Deeper lists are no value of any type. */
const MAX_DEPTH = 100;

/** Reads the `google.protobuf.Value` that the current field of the reader holds. */
export function readPlain(reader: WireReader, depth = 0): Plain {
  if (depth > MAX_DEPTH) throw new MalformedMessage('value is nested too deeply');
  const outer = reader.enter();
  let value: Plain = null;
  while (reader.next()) {
    if (reader.isBytes(3)) value = reader.text();
    else if (reader.field === 2 && reader.wireType === 1) value = reader.double();
    else if (reader.isVarint(4)) value = reader.boolean();
    else if (reader.isBytes(6)) value = readPlainList(reader, depth + 1);
    else if (reader.isBytes(5)) value = readStruct(reader, depth + 1);
    else if (reader.isVarint(1)) {
      reader.skip();
      value = null;
    } else reader.skip();
  }
  reader.leave(outer);
  return value;
}

/** Reads the `google.protobuf.ListValue` that the current field of the reader holds. */
export function readPlainList(reader: WireReader, depth = 0): Plain[] {
  const outer = reader.enter();
  const values: Plain[] = [];
  while (reader.next()) {
    if (reader.isBytes(1)) values.push(readPlain(reader, depth));
    else reader.skip();
  }
  reader.leave(outer);
  return values;
}

function readStruct(reader: WireReader, depth: number): ReadonlyMap<string, Plain> {
  const outer = reader.enter();
  const fields = new Map<string, Plain>();
  while (reader.next()) {
    if (!reader.isBytes(1)) {
      reader.skip();
      continue;
    }
    const entry = reader.enter();
    let key = '';
    let value: Plain = null;
    while (reader.next()) {
      if (reader.isBytes(1)) key = reader.text();
      else if (reader.isBytes(2)) value = readPlain(reader, depth);
      else reader.skip();
    }
    fields.set(key, value);
    reader.leave(entry);
  }
  reader.leave(outer);
  return fields;
}

/** Of a `google.protobuf.Value` as the descriptors decode it. */
export function plainOf(message: Message): Plain {
  if (typeof message.stringValue === 'string') return message.stringValue;
  if (typeof message.numberValue === 'number') return message.numberValue;
  if (typeof message.boolValue === 'boolean') return message.boolValue;
  if (message.listValue !== undefined) return plainListOf(message.listValue as Message);
  if (message.structValue !== undefined) {
    const { fields = {} } = message.structValue as { fields?: Record<string, Message> };
    return new Map(Object.entries(fields).map(([key, value]) => [key, plainOf(value)]));
  }
  return null;
}

/** Of a `google.protobuf.ListValue` as the descriptors decode it. */
export function plainListOf(message: Message): Plain[] {
  return ((message.values as Message[] | undefined) ?? []).map(plainOf);
}

/** As the service shows a value that it cannot take: the text form of the message. */
export function plainText(value: Plain): string {
  if (value === null) return 'null_value: NULL_VALUE';
  if (typeof value === 'string') return `string_value: ${JSON.stringify(value)}`;
  if (typeof value === 'number') return `number_value: ${String(value).replace(/^Infinity/, 'inf')}`;
  if (typeof value === 'boolean') return `bool_value: ${value}`;
  if (value instanceof Map) return 'struct_value {…}';
  const items = (value as readonly Plain[]).map((item) => `values { ${plainText(item)} }`);
  return `list_value { ${items.join(' ')} }`;
}
