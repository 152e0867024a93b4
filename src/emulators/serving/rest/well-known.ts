/**
 * The messages of google.protobuf that have a JSON form of their own:
 * https://protobuf.dev/programming-guides/json. `parse` throws nothing and gives undefined for what is no such value.
 */
export interface WellKnown {
  parse(json: unknown): unknown;
  print(message: Record<string, unknown>): unknown;
}

const NANOS_PER_SECOND = 1_000_000_000;
/** 0001-01-01 and the end of 9999, in seconds. */
const TIMESTAMP_SECONDS = { minimum: -62_135_596_800, maximum: 253_402_300_799 };
const DURATION_SECONDS = 315_576_000_000;

const timestamp: WellKnown = {
  parse(json) {
    const match =
      typeof json === 'string' &&
      /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/.exec(json);
    if (!match) return undefined;
    const milliseconds = Date.parse(`${match[1]}${match[3]}`.toUpperCase());
    const seconds = milliseconds / 1000;
    const { minimum, maximum } = TIMESTAMP_SECONDS;
    if (Number.isNaN(seconds) || seconds < minimum || seconds > maximum) return undefined;
    return { seconds: String(seconds), nanos: Number((match[2] ?? '').padEnd(9, '0')) };
  },
  print({ seconds, nanos }) {
    const text = new Date(Number(seconds ?? 0) * 1000).toISOString().slice(0, 19);
    return `${text}${printNanos(Number(nanos ?? 0))}Z`;
  },
};

const duration: WellKnown = {
  parse(json) {
    const match = typeof json === 'string' && /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(json);
    if (!match || Number(match[2]) > DURATION_SECONDS) return undefined;
    const sign = match[1] === '-' ? -1 : 1;
    const nanos = Number((match[3] ?? '').padEnd(9, '0'));
    // Not −0, which no integer is.
    return { seconds: String(sign * Number(match[2]) || 0), nanos: sign * nanos || 0 };
  },
  print({ seconds, nanos }) {
    const total = [Number(seconds ?? 0), Number(nanos ?? 0)];
    const sign = total.some((part) => part < 0) ? '-' : '';
    return `${sign}${Math.abs(total[0]!)}${printNanos(Math.abs(total[1]!))}s`;
  },
};

function printNanos(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos + NANOS_PER_SECOND)
    .slice(1)
    .replace(/(?:000){1,2}$/, '')}`;
}

const fieldMask: WellKnown = {
  parse(json) {
    if (typeof json !== 'string') return undefined;
    return { paths: json.split(',').filter(Boolean).map(toSnakeCase) };
  },
  print: ({ paths }) => ((paths ?? []) as string[]).map(toCamelCase).join(','),
};

const struct: WellKnown = {
  parse(json) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
    return {
      fields: Object.fromEntries(Object.entries(json).map(([key, member]) => [key, value.parse(member)])),
    };
  },
  print: ({ fields }) =>
    Object.fromEntries(
      Object.entries((fields ?? {}) as Record<string, Record<string, unknown>>).map(([key, member]) => [
        key,
        value.print(member),
      ]),
    ),
};

const listValue: WellKnown = {
  parse: (json) => (Array.isArray(json) ? { values: json.map((item) => value.parse(item)) } : undefined),
  print: ({ values }) => ((values ?? []) as Record<string, unknown>[]).map((item) => value.print(item)),
};

const value: WellKnown = {
  parse(json) {
    if (json === null) return { nullValue: 0 };
    if (typeof json === 'number') return { numberValue: json };
    if (typeof json === 'string') return { stringValue: json };
    if (typeof json === 'boolean') return { boolValue: json };
    return Array.isArray(json) ? { listValue: listValue.parse(json) } : { structValue: struct.parse(json) };
  },
  print(message) {
    if (message['listValue'] !== undefined) return listValue.print(message['listValue'] as Message);
    if (message['structValue'] !== undefined) return struct.print(message['structValue'] as Message);
    return message['numberValue'] ?? message['stringValue'] ?? message['boolValue'] ?? null;
  },
};

type Message = Record<string, unknown>;

export const WELL_KNOWN: Readonly<Record<string, WellKnown>> = {
  '.google.protobuf.Timestamp': timestamp,
  '.google.protobuf.Duration': duration,
  '.google.protobuf.FieldMask': fieldMask,
  '.google.protobuf.Struct': struct,
  '.google.protobuf.ListValue': listValue,
  '.google.protobuf.Value': value,
};

/** Messages with one field `value` that stand for a scalar which may be absent. */
export const WRAPPER = /^\.google\.protobuf\.(?:Double|Float|U?Int(?:32|64)|Bool|String|Bytes)Value$/;

export function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
