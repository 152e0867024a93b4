import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import protobuf from 'protobufjs';

/** Definitions of an API as its client package has them, such as of `@google-cloud/run`. */
export function definitionsOf(packageName: string): protobuf.Root {
  const main = createRequire(import.meta.url).resolve(packageName);
  const file = main.replace(/\/build\/.*$/, '/build/protos/protos.json');
  return protobuf.Root.fromJSON(JSON.parse(readFileSync(file, 'utf8'))).resolveAll() as protobuf.Root;
}

/**
 * Where JSON is not what a message of Protocol Buffers is written as: unknown fields, values of another type, names
 * that an enumeration does not have. https://protobuf.dev/programming-guides/json/
 */
export function shapeProblems(type: protobuf.Type, value: unknown, path = type.name): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = `${path}.${name}`;
    const field = type.fields[name];
    if (field === undefined) return [`${at} is unknown`];
    if (field instanceof protobuf.MapField) {
      return Object.entries(member as object).flatMap(([key, each]) => ofField(field, each, `${at}[${key}]`));
    }
    if (!field.repeated) return ofField(field, member, at);
    if (!Array.isArray(member)) return [`${at} is no list`];
    return member.flatMap((each, index) => ofField(field, each, `${at}[${index}]`));
  });
}

const WELL_KNOWN: Readonly<Record<string, RegExp>> = {
  '.google.protobuf.Duration': /^-?\d+(\.\d{1,9})?s$/,
  '.google.protobuf.Timestamp': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
};

function ofField(field: protobuf.Field, value: unknown, at: string): string[] {
  const resolved = field.resolvedType;
  if (resolved instanceof protobuf.Enum) {
    return typeof value === 'string' && value in resolved.values ? [] : [`${at} is no ${resolved.name}`];
  }
  if (resolved instanceof protobuf.Type) {
    const text = WELL_KNOWN[resolved.fullName];
    if (text === undefined) return shapeProblems(resolved, value, at);
    return typeof value === 'string' && text.test(value) ? [] : [`${at} is no ${resolved.name}`];
  }
  const isRight =
    field.type === 'string' || field.type === 'bytes'
      ? typeof value === 'string'
      : field.type === 'bool'
        ? typeof value === 'boolean'
        : Number.isFinite(Number(value)) && (typeof value === 'number' || /64$/.test(field.type));
  return isRight ? [] : [`${at} is no ${field.type}`];
}
