import type protobuf from 'protobufjs/light.js';
import { encode, type Message } from '../wire/message.js';
import type { Descriptors } from './descriptors.js';
import { toSnakeCase } from './rest/well-known.js';

/** What reflection serves: descriptors made anew, a file for each package. */
export interface FileDescriptors {
  /** Those that are described. */
  services: readonly string[];
  /** Bytes of a `google.protobuf.FileDescriptorProto`. */
  ofName(file: string): Buffer | undefined;
  /** @param symbol full name of a message, enum, service or method. */
  ofSymbol(symbol: string): Buffer | undefined;
}

/** Numbers of `google.protobuf.FieldDescriptorProto.Type`. */
const TYPE_NUMBERS: Record<string, number> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};
const MESSAGE_TYPE = 11;
const ENUM_TYPE = 14;
const REPEATED_LABEL = 3;

/** Describes services, with all that their packages hold and what of others is needed for it. */
export function describeFiles({ root }: Descriptors, names: readonly string[]): FileDescriptors {
  const services = names.filter((name) => isService(root.lookup(name)));
  const packages = new Map<string, Set<protobuf.ReflectionObject>>();
  const visit = (item: protobuf.ReflectionObject) => {
    const outermost = outermostOf(item);
    const members = packages.get(outermost.parent!.fullName) ?? new Set();
    packages.set(outermost.parent!.fullName, members);
    if (members.has(outermost)) return;
    members.add(outermost);
    for (const needed of referencesOf(outermost)) visit(needed);
  };
  for (const name of services) for (const item of root.lookup(name)!.parent!.nestedArray) visit(item);
  const files = new Map(
    [...packages].map(([name, members]) => [fileNameOf(name), encodeFile(name, [...members])]),
  );
  return {
    services,
    ofName: (file) => files.get(file),
    ofSymbol: (symbol) => {
      const found = root.lookup(symbol);
      return found?.parent ? files.get(fileNameOf(outermostOf(found).parent!.fullName)) : undefined;
    },
  };
}

function isService(item: protobuf.ReflectionObject | null): item is protobuf.Service {
  return item !== null && 'methods' in item;
}

function isType(item: protobuf.ReflectionObject): item is protobuf.Type {
  return 'fields' in item;
}

function isEnum(item: protobuf.ReflectionObject): item is protobuf.Enum {
  return 'values' in item;
}

/** The member of a package that holds the item. */
function outermostOf(item: protobuf.ReflectionObject): protobuf.ReflectionObject {
  const { parent } = item;
  return parent !== null && (isType(parent) || isService(parent)) ? outermostOf(parent) : item;
}

function referencesOf(item: protobuf.ReflectionObject): protobuf.ReflectionObject[] {
  if (isService(item)) {
    return item.methodsArray.flatMap((method) => {
      const { resolvedRequestType, resolvedResponseType } = method.resolve() as protobuf.Method;
      return [resolvedRequestType!, resolvedResponseType!];
    });
  }
  if (!isType(item)) return [];
  return [
    ...item.fieldsArray.flatMap((field) => field.resolve().resolvedType ?? []),
    ...item.nestedArray.flatMap(referencesOf),
  ];
}

/** @param name full name of a package, with its leading dot. */
function fileNameOf(name: string): string {
  return `${name.slice(1).replaceAll('.', '/')}/all.proto`;
}

function encodeFile(name: string, members: readonly protobuf.ReflectionObject[]): Buffer {
  const dependencies = new Set(
    members.flatMap(referencesOf).map((item) => outermostOf(item).parent!.fullName),
  );
  dependencies.delete(name);
  return encode({
    1: fileNameOf(name),
    2: name.slice(1),
    3: [...dependencies].map(fileNameOf),
    4: members.filter(isType).map(describeType),
    5: members.filter(isEnum).map(describeEnum),
    6: members.filter(isService).map(describeService),
    12: 'proto3',
  });
}

function describeType(type: protobuf.Type): Message {
  // Those that only make a field optional come last.
  const oneofs = type.oneofsArray.toSorted(
    (one, other) => Number(isSynthetic(one)) - Number(isSynthetic(other)),
  );
  return {
    1: type.name,
    2: type.fieldsArray.map((field) => describeField(field, oneofs)),
    3: [
      ...type.nestedArray.filter(isType).map(describeType),
      ...type.fieldsArray.filter((field) => field.map).map((field) => describeMapEntry(field)),
    ],
    4: type.nestedArray.filter(isEnum).map(describeEnum),
    8: oneofs.map((oneof) => ({ 1: toSnakeCase(oneof.name) })),
  };
}

function isSynthetic(oneof: protobuf.OneOf): boolean {
  return oneof.fieldsArray.length === 1 && isOptional(oneof.fieldsArray[0]!);
}

function isOptional(field: protobuf.Field): boolean {
  return field.options?.['proto3_optional'] === true;
}

function describeField(field: protobuf.Field, oneofs: readonly protobuf.OneOf[]): Message {
  const isRepeated = field.repeated || field.map;
  return {
    1: toSnakeCase(field.name),
    3: field.id,
    4: isRepeated ? REPEATED_LABEL : 1,
    ...(field.map
      ? { 5: MESSAGE_TYPE, 6: `${field.parent!.fullName}.${entryNameOf(field)}` }
      : describeValue(field)),
    9: field.partOf ? oneofs.indexOf(field.partOf) : undefined,
    10: field.name,
    17: isOptional(field) ? true : undefined,
  };
}

function describeValue(field: protobuf.Field): Message {
  const { resolvedType } = field.resolve();
  if (resolvedType === null) return { 5: TYPE_NUMBERS[field.type]! };
  return { 5: isType(resolvedType) ? MESSAGE_TYPE : ENUM_TYPE, 6: resolvedType.fullName };
}

/** A map is a list of messages of its own type on the wire. */
function describeMapEntry(field: protobuf.Field): Message {
  // The library types what it calls a field of a map as another class, and lists it among the fields.
  const { keyType } = field as unknown as protobuf.MapField;
  return {
    1: entryNameOf(field),
    2: [
      { 1: 'key', 3: 1, 4: 1, 5: TYPE_NUMBERS[keyType]!, 10: 'key' },
      { 1: 'value', 3: 2, 4: 1, ...describeValue(field), 10: 'value' },
    ],
    7: { 7: true },
  };
}

function entryNameOf(field: protobuf.Field): string {
  return `${field.name[0]!.toUpperCase()}${field.name.slice(1)}Entry`;
}

function describeEnum({ name, values, options }: protobuf.Enum): Message {
  return {
    1: name,
    2: Object.entries(values).map(([value, number]) => ({ 1: value, 2: number })),
    3: options?.['allow_alias'] === true ? { 2: true } : undefined,
  };
}

function describeService(service: protobuf.Service): Message {
  return {
    1: service.name,
    2: service.methodsArray.map((method) => ({
      1: method.name,
      2: method.resolvedRequestType!.fullName,
      3: method.resolvedResponseType!.fullName,
      5: method.requestStream ? true : undefined,
      6: method.responseStream ? true : undefined,
    })),
  };
}
