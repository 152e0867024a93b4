import type { Message } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';
import { invalid } from './names.js';

export type Encoding = 'JSON' | 'BINARY';

/** A definition that was read. */
export interface CompiledSchema {
  /** @returns the fields of a message. @throws ServiceError INVALID_ARGUMENT when it is none of the schema */
  read(data: Buffer, encoding: Encoding): unknown;
}

const MAX_DEFINITION_BYTES = 300 * 1024;

/** @throws ServiceError INVALID_ARGUMENT that says what is wrong with the definition */
export async function compileSchema({ type, definition }: Message): Promise<CompiledSchema> {
  if (typeof definition !== 'string' || definition === '') throw invalid('The schema has no definition.');
  const bytes = Buffer.byteLength(definition);
  if (bytes > MAX_DEFINITION_BYTES) {
    throw invalid(
      `The definition of the schema has ${bytes} bytes; at most ${MAX_DEFINITION_BYTES} are allowed.`,
    );
  }
  if (type === 'AVRO') return compileAvro(definition);
  if (type === 'PROTOCOL_BUFFER') return compileProto(definition);
  throw invalid('Invalid schema type: it must be AVRO or PROTOCOL_BUFFER.');
}

/** https://avro.apache.org/docs/1.11.1/specification/ */
async function compileAvro(definition: string): Promise<CompiledSchema> {
  const { default: avro } = await import('avsc');
  const type = attempt('Invalid schema definition: it is no Avro schema', () =>
    avro.Type.forSchema(JSON.parse(definition), { noAnonymousTypes: true }),
  );
  return {
    read: (data, encoding) =>
      attempt(`Invalid data in message: Message failed schema validation, as ${encoding} Avro`, () =>
        encoding === 'JSON' ? type.fromString(data.toString('utf8')) : type.fromBuffer(data),
      ),
  };
}

async function compileProto(definition: string): Promise<CompiledSchema> {
  const [{ default: protobuf }, { parseMessage }] = await Promise.all([
    import('protobufjs'),
    import('../serving/rest/proto-json.js'),
  ]);
  const type = attempt('Invalid schema definition: it is no Protocol Buffers schema', () => {
    const parsed = protobuf.parse(definition, new protobuf.Root());
    if ((parsed.imports ?? []).length > 0) throw new Error('imports are not allowed');
    const scope = parsed.package === undefined ? parsed.root : parsed.root.lookup(parsed.package);
    const types = (scope as protobuf.NamespaceBase).nestedArray.filter((one) => one instanceof protobuf.Type);
    if (types.length !== 1)
      throw new Error(`it must hold exactly one top-level message, not ${types.length}`);
    parsed.root.resolveAll();
    return types[0] as protobuf.Type;
  });
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

/** Libraries throw errors of their own, with texts that say what is wrong. */
function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw invalid(`${what}: ${(error as Error).message.split('\n')[0]}`);
  }
}
