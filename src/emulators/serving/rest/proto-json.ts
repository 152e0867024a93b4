import type protobuf from 'protobufjs/light.js';
import { CONVERSION } from '../descriptors.js';
import type { Message } from '../method.js';
import { ServiceError } from '../service-error.js';
import { SCALARS } from './scalars.js';
import { toCamelCase, toSnakeCase, WELL_KNOWN, WRAPPER } from './well-known.js';

const TYPE_NAMES: Record<string, string> = { bool: 'TYPE_BOOL', string: 'TYPE_STRING', bytes: 'TYPE_BYTES' };

/**
 * Reads a message from its JSON form. Names of fields may be in camelCase or snake_case; null means absent.
 * @param path where in the request the message stands, for errors.
 * @throws ServiceError that names the field.
 */
export function parseMessage(type: protobuf.Type, json: unknown, path = ''): Message {
  const message = parseSpecial(type, json, path);
  if (message !== undefined) return message;
  if (!isObject(json)) throw invalidValue(path, `type.googleapis.com/${type.fullName.slice(1)}`, json);
  const parsed: Message = {};
  const oneofs = new Map<protobuf.OneOf, string>();
  for (const [name, member] of Object.entries(json)) {
    const field = fieldOf(type, name);
    if (field === undefined) throw unknownName(name, path);
    const below = join(path, field.name);
    if (member === null && field.type !== 'google.protobuf.Value') continue;
    if (field.partOf && oneofs.has(field.partOf)) {
      throw invalid(
        below,
        `oneof field '${field.partOf.name}' is already set. Cannot set '${toSnakeCase(field.name)}'`,
      );
    }
    if (field.partOf) oneofs.set(field.partOf, field.name);
    parsed[field.name] = parseField(field, member, below);
  }
  return parsed;
}

/** A message whose JSON form is not an object of its fields. */
function parseSpecial(type: protobuf.Type, json: unknown, path: string): Message | undefined {
  const wellKnown = WELL_KNOWN[type.fullName];
  if (wellKnown !== undefined) {
    const parsed = wellKnown.parse(json);
    if (parsed === undefined) throw invalidValue(path, `type.googleapis.com/${type.fullName.slice(1)}`, json);
    return parsed as Message;
  }
  if (WRAPPER.test(type.fullName)) return { value: parseSingular(type.fields['value']!, json, path) };
  if (type.fullName !== '.google.protobuf.Any') return undefined;
  const { '@type': url, ...fields } = isObject(json) ? json : {};
  const inner = typeof url === 'string' ? lookupType(type, url) : undefined;
  if (inner === undefined) throw invalidValue(path, 'type.googleapis.com/google.protobuf.Any', json);
  const message = parseMessage(inner, isSpecial(inner) ? fields['value'] : fields, path);
  return { type_url: url, value: inner.encode(inner.fromObject(message)).finish() };
}

export function fieldOf(type: protobuf.Type, name: string): protobuf.Field | undefined {
  const camel = toCamelCase(name);
  return Object.hasOwn(type.fields, camel)
    ? type.fields[camel]!.resolve()
    : Object.hasOwn(type.fields, name)
      ? type.fields[name]!.resolve()
      : undefined;
}

/** @param json of the whole field: a list where it is repeated, an object where it is a map. */
export function parseField(field: protobuf.Field, json: unknown, path: string): unknown {
  if (field.map) {
    if (!isObject(json)) throw invalidValue(path, 'map', json);
    return Object.fromEntries(
      Object.entries(json).map(([key, value]) => [key, parseSingular(field, value, `${path}[${key}]`)]),
    );
  }
  if (!field.repeated) return parseSingular(field, json, path);
  // A list of one may be written without brackets: Google's servers take it.
  const list = Array.isArray(json) ? json : [json];
  return list.map((item, index) => parseSingular(field, item, `${path}[${index}]`));
}

function parseSingular(field: protobuf.Field, json: unknown, path: string): unknown {
  const type = field.resolve().resolvedType;
  if (type === null) {
    const value = SCALARS[field.type]!.parse(json);
    if (value === undefined)
      throw invalidValue(path, TYPE_NAMES[field.type] ?? `TYPE_${field.type.toUpperCase()}`, json);
    return value;
  }
  if ('fields' in type) return parseMessage(type, json, path);
  const number = typeof json === 'string' && !/^\d+$/.test(json) ? type.values[json] : Number(json);
  if (number === undefined || !Number.isInteger(number) || json === null || typeof json === 'boolean') {
    throw invalidValue(path, `type.googleapis.com/${type.fullName.slice(1)}`, json);
  }
  return number;
}

export interface PrintOptions {
  /** Print enums as numbers, as `$alt=json;enum-encoding=int` asks for. */
  enumsAsNumbers?: boolean;
}

/** The JSON form of a decoded message. Fields without presence are left out where they hold their default. */
export function printMessage(type: protobuf.Type, message: Message, options: PrintOptions = {}): unknown {
  const wellKnown = WELL_KNOWN[type.fullName];
  if (wellKnown !== undefined) return wellKnown.print(message);
  if (WRAPPER.test(type.fullName)) {
    const { value } = type.fields;
    return printSingular(value!, message['value'] ?? value!.resolve().typeDefault, options);
  }
  if (type.fullName === '.google.protobuf.Any') return printAny(type, message, options);
  const json: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const value = message[field.name];
    if (value === undefined || isDefault(field.resolve(), value)) continue;
    json[field.name] = field.map
      ? Object.fromEntries(
          Object.entries(value as object).map(([key, item]) => [key, printSingular(field, item, options)]),
        )
      : field.repeated
        ? (value as unknown[]).map((item) => printSingular(field, item, options))
        : printSingular(field, value, options);
  }
  return json;
}

function printAny(type: protobuf.Type, message: Message, options: PrintOptions): unknown {
  const url = String(message['type_url'] ?? '');
  const inner = lookupType(type, url);
  if (inner === undefined) return url === '' ? {} : { '@type': url };
  const bytes = (message['value'] as Buffer | undefined) ?? Buffer.alloc(0);
  const decoded = inner.toObject(inner.decode(bytes), CONVERSION);
  const json = printMessage(inner, decoded, options);
  return isSpecial(inner) ? { '@type': url, value: json } : { '@type': url, ...(json as object) };
}

function isDefault(field: protobuf.Field, value: unknown): boolean {
  if (field.repeated) return (value as unknown[]).length === 0;
  if (field.map) return Object.keys(value as object).length === 0;
  const { resolvedType } = field;
  if (field.partOf || (resolvedType !== null && 'fields' in resolvedType)) return false;
  if (resolvedType !== null)
    return (typeof value === 'number' ? value : resolvedType.values[value as string]) === 0;
  return value === '' || value === false || value === 0 || value === '0' || (value as Buffer).length === 0;
}

function printSingular(field: protobuf.Field, value: unknown, options: PrintOptions): unknown {
  const type = field.resolve().resolvedType;
  if (type === null) return SCALARS[field.type]!.print(value);
  if ('fields' in type) return printMessage(type, value as Message, options);
  if (type.fullName === '.google.protobuf.NullValue') return null;
  return options.enumsAsNumbers && typeof value === 'string' ? type.values[value] : value;
}

function lookupType(from: protobuf.Type, url: string): protobuf.Type | undefined {
  const found = from.root.lookup(url.slice(url.lastIndexOf('/') + 1));
  return found !== null && 'fields' in found ? (found as protobuf.Type) : undefined;
}

function isSpecial(type: protobuf.Type): boolean {
  return WELL_KNOWN[type.fullName] !== undefined || WRAPPER.test(type.fullName);
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

export function join(path: string, name: string): string {
  return path === '' ? toSnakeCase(name) : `${path}.${toSnakeCase(name)}`;
}

function unknownName(name: string, path: string): ServiceError {
  const at = path === '' ? '' : ` at '${path}'`;
  return invalid(path, `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`);
}

function invalidValue(path: string, type: string, json: unknown): ServiceError {
  return invalid(path, `Invalid value at '${path}' (${type}), ${JSON.stringify(json)?.slice(0, 200)}`);
}

function invalid(field: string, description: string): ServiceError {
  const fieldViolations = [{ ...(field !== '' && { field }), description }];
  return new ServiceError('INVALID_ARGUMENT', description, [
    { type: 'google.rpc.BadRequest', fields: { fieldViolations } },
  ]);
}
