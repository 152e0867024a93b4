import avro from 'avsc';
import { bigLongType, LONG_MARK } from '../avro-long.js';
import { invalid } from './names.js';
import { attempt, type CompiledSchema, type Encoding } from './schema-types.js';

/** https://avro.apache.org/docs/1.11.1/specification/ */
export function compileAvro(definition: string): CompiledSchema {
  const { type, logicalTypes } = parseAvro(definition);
  return { read: (data, encoding) => toJson(readAvro(type, data, encoding), type, logicalTypes) };
}

/** A revision has to read what was written with the one before, and the other way round. @throws ServiceError INVALID_ARGUMENT */
export function checkAvroRevision(before: string, after: string): void {
  const [old, revised] = [parseAvro(before).type, parseAvro(after).type];
  attempt('Invalid schema revision: the new one cannot read what was written before', () =>
    revised.createResolver(old),
  );
  attempt('Invalid schema revision: the one before cannot read what the new one writes', () =>
    old.createResolver(revised),
  );
}

/** @throws ServiceError INVALID_ARGUMENT when it is no message of the schema */
export function readAvro(type: avro.Type, data: Buffer, encoding: Encoding): unknown {
  return attempt(`Invalid data in message: Message failed schema validation, as ${encoding} Avro`, () =>
    encoding === 'JSON' ? fromJsonText(type, data.toString('utf8')) : type.fromBuffer(data),
  );
}

const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{16,}$/;

/** JSON.parse would round integers that are too long for a double, so those are handed on as text. */
function fromJsonText(type: avro.Type, text: string): unknown {
  const marked = text.replace(TEXT_OR_NUMBER, (token) =>
    LONG_INTEGER.test(token) ? `"${LONG_MARK}${token}"` : token,
  );
  if (marked === text) return type.fromString(text);
  try {
    const value = type.fromString(marked);
    if (!type.toString(value).includes(LONG_MARK)) return value;
  } catch {
    // One of them is no long: a double, or a fault.
  }
  return type.fromString(text);
}

interface ParsedAvro {
  type: avro.Type;
  /** What values stand for besides their type. */
  logicalTypes: ReadonlyMap<avro.Type, LogicalType>;
}

interface LogicalType {
  name: string;
  /** Of a decimal. */
  scale: number;
}

export function parseAvro(definition: string): ParsedAvro {
  const logicalTypes = new Map<avro.Type, LogicalType>();
  const type = attempt('Invalid schema definition: it is no Avro schema', () =>
    avro.Type.forSchema(JSON.parse(definition), {
      noAnonymousTypes: true,
      // The library keeps no logical type that it does not convert itself.
      typeHook(schema, options) {
        const { logicalType, scale = 0, ...plain } = schema as unknown as Record<string, unknown>;
        // One for each place, as they differ in what they stand for.
        const name = typeof schema === 'string' ? schema : plain.type;
        if (name === 'long' && logicalType === undefined) return bigLongType();
        if (typeof logicalType !== 'string') return undefined as never;
        const known = avro.Type.forSchema(plain as never, options);
        logicalTypes.set(known, { name: logicalType, scale: Number(scale) });
        return known;
      },
    }),
  );
  return { type, logicalTypes };
}

const MS_PER_DAY = 86_400_000;

/** How values with a logical type are written in JSON; those that are not listed stay numbers and bytes. */
const LOGICAL: Record<string, (value: unknown, type: LogicalType) => unknown> = {
  date: (days) => new Date(Number(days) * MS_PER_DAY).toISOString().slice(0, 10),
  'time-millis': (milliseconds) => timeOfDay(Number(milliseconds) * 1000),
  'time-micros': (micros) => timeOfDay(Number(micros)),
  'timestamp-millis': (milliseconds) => new Date(Number(milliseconds)).toISOString(),
  'timestamp-micros': (micros) => instant(Number(micros)),
  decimal: (bytes, { scale }) => decimal(bytes as Buffer, scale),
};

/** Values as JSON has them: bytes in base64, logical types and 64-bit integers as text. */
function toJson(value: unknown, type: avro.Type, logicalTypes: ReadonlyMap<avro.Type, LogicalType>): unknown {
  const logical = logicalTypes.get(type);
  const convert = logical && LOGICAL[logical.name];
  if (convert !== undefined && value !== null) return convert(value, logical!);
  const inner = (item: unknown, itemType: avro.Type) => toJson(item, itemType, logicalTypes);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value === 'bigint') return String(value);
  if (type instanceof avro.types.RecordType) {
    const record = value as Record<string, unknown>;
    return Object.fromEntries(
      type.fields.map((field) => [field.name, inner(record[field.name], field.type)]),
    );
  }
  if (type instanceof avro.types.ArrayType) {
    return (value as unknown[]).map((item) => inner(item, type.itemsType));
  }
  if (type instanceof avro.types.MapType) {
    return Object.fromEntries(
      Object.entries(value as Record<string, unknown>).map(([key, item]) => [
        key,
        inner(item, type.valuesType),
      ]),
    );
  }
  if (type instanceof avro.types.UnwrappedUnionType) {
    const branch = type.types.find((one) => one.isValid(value));
    return branch === undefined ? value : inner(value, branch);
  }
  if (type instanceof avro.types.WrappedUnionType && value !== null) {
    const [[name, item] = ['', undefined]] = Object.entries(value as object);
    const branch = type.types.find((one) => one.branchName === name);
    if (branch === undefined) throw invalid('Invalid data in message: a value is of no branch of its union.');
    return inner(item, branch);
  }
  return value;
}

function timeOfDay(micros: number): string {
  return instant(micros).slice(11, -1);
}

/** RFC 3339 with microseconds. */
function instant(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** @param bytes a two's-complement number, big-endian */
function decimal(bytes: Buffer, scale: number): string {
  const unscaled =
    bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const text = scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`;
  return unscaled < 0n ? `-${text}` : text;
}
