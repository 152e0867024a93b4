import protobuf from 'protobufjs';
import { parseMessage } from '../serving/rest/proto-json.js';
import { attempt, type CompiledSchema } from './schema-types.js';

/** @throws ServiceError INVALID_ARGUMENT for what is no definition of one message */
export function compileProto(definition: string): CompiledSchema {
  const type = parseProto(definition);
  return {
    read: (data, encoding) =>
      attempt(
        `Invalid data in message: Message failed schema validation, as ${encoding} Protocol Buffers`,
        () => {
          const message =
            encoding === 'JSON'
              ? type.fromObject(parseMessage(type, JSON.parse(data.toString('utf8'))))
              : type.decode(new protobuf.Reader(data));
          return type.toObject(message, { longs: String, enums: String, bytes: String, defaults: true });
        },
      ),
  };
}

/** Optional fields may come and go; all others stay as they are. @throws ServiceError INVALID_ARGUMENT */
export function checkProtoRevision(before: string, after: string): void {
  const [old, revised] = [parseProto(before), parseProto(after)];
  attempt('Invalid schema revision', () => checkFields(old, revised, new Set()));
}

function parseProto(definition: string): protobuf.Type {
  return attempt('Invalid schema definition: it is no Protocol Buffers schema', () => {
    const parsed = protobuf.parse(definition, new protobuf.Root());
    if ((parsed.imports ?? []).length > 0) throw new Error('imports are not allowed');
    const scope = parsed.package === undefined ? parsed.root : parsed.root.lookup(parsed.package);
    const types = (scope as protobuf.NamespaceBase).nestedArray.filter((one) => one instanceof protobuf.Type);
    if (types.length !== 1)
      throw new Error(`it must hold exactly one top-level message, not ${types.length}`);
    parsed.root.resolveAll();
    return types[0] as protobuf.Type;
  });
}

/** @param seen types that were compared, which may hold themselves */
function checkFields(old: protobuf.Type, revised: protobuf.Type, seen: Set<protobuf.Type>): void {
  if (seen.has(old)) return;
  seen.add(old);
  for (const field of old.fieldsArray) {
    const successor = revised.fieldsById[field.id];
    if (successor === undefined) {
      if (!isOptional(field)) throw new Error(`the field "${field.name}" is not optional, and must stay`);
      continue;
    }
    if (shapeOf(field) !== shapeOf(successor)) {
      throw new Error(
        `the field ${field.id} was "${shapeOf(field)}" and must not become "${shapeOf(successor)}"`,
      );
    }
    const [type, revisedType] = [field.resolvedType, successor.resolvedType];
    if (type instanceof protobuf.Type && revisedType instanceof protobuf.Type) {
      checkFields(type, revisedType, seen);
    }
  }
  const added = revised.fieldsArray.find((field) => !(field.id in old.fieldsById) && !isOptional(field));
  if (added !== undefined) throw new Error(`the field "${added.name}" is new, and not optional`);
}

function isOptional(field: protobuf.Field): boolean {
  return !field.required && !field.repeated && !field.map;
}

/** As a definition has it, such as `repeated string names`. */
function shapeOf(field: protobuf.Field): string {
  const key = (field as { keyType?: string }).keyType;
  const type = key === undefined ? field.type : `map<${key}, ${field.type}>`;
  const label = field.required ? 'required ' : field.repeated ? 'repeated ' : '';
  return `${label}${type} ${field.name}`;
}
