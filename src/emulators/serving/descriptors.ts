import { readFile } from 'node:fs/promises';
import type protobuf from 'protobufjs/light.js';
import { HEALTH_DESCRIPTORS } from './health.js';
import type { Message } from './method.js';
import { ServiceError } from './service-error.js';

interface Namespace {
  nested?: Record<string, object>;
}

/** Longs as text, because they do not fit into numbers; what is absent stays absent. */
export const CONVERSION: protobuf.IConversionOptions = { longs: String, enums: String, bytes: Buffer };

/** What the messages and methods of services look like, read from the `protos.json` of their client packages. */
export class Descriptors {
  constructor(
    private readonly Reader: typeof protobuf.Reader,
    readonly root: protobuf.Root,
  ) {}

  /** @param name `google.pubsub.v1.Publisher/Publish`. @throws Error when no file describes it. */
  method(name: string): protobuf.Method {
    const [service = '', method = ''] = name.split('/');
    const found = this.root.lookupService(service).methods[method];
    if (found === undefined) throw new Error(`No descriptor of ${name}`);
    return found.resolve() as protobuf.Method;
  }

  /** All methods of a service; none when no file describes it. */
  methodsOf(service: string): protobuf.Method[] {
    const found = this.root.lookup(service);
    return found !== null && 'methodsArray' in found ? (found as protobuf.Service).methodsArray : [];
  }

  /** @throws ServiceError when the bytes are no such message. */
  decode(type: protobuf.Type, bytes: Buffer): Message {
    try {
      // Not the reader that the library chooses for a Buffer: it takes text that ends too early for whole.
      return type.toObject(type.decode(new this.Reader(bytes)), CONVERSION);
    } catch {
      throw new ServiceError('INVALID_ARGUMENT', `The request is not a valid ${type.fullName.slice(1)}.`);
    }
  }

  encode(type: protobuf.Type, message: Message): Buffer {
    const bytes = type.encode(type.fromObject(message)).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** A `protos.json` of a client package. */
export interface ProtosFile {
  path: string;
  /** The packages that are taken from it, such as `google.iam.v1`; all of them when left out. */
  packages?: readonly string[];
}

/** Reads descriptors; where files describe the same thing, the first one does. */
export async function readDescriptors(protos: readonly ProtosFile[]): Promise<Descriptors> {
  const [{ default: protobuf }, ...files] = await Promise.all([
    import('protobufjs/light.js'),
    ...protos.map(async ({ path, packages }) => {
      const file = JSON.parse(await readFile(path, 'utf8')) as Namespace;
      return packages === undefined ? file : packages.map((name) => pick(file, name)).reduce(merge);
    }),
  ]);
  const merged = [HEALTH_DESCRIPTORS as Namespace, ...files].reduce(merge);
  const root = protobuf.Root.fromJSON(merged as protobuf.INamespace);
  root.resolveAll();
  return new Descriptors(protobuf.Reader, root);
}

/** The package alone, in the namespaces around it. */
function pick(file: Namespace, name: string): Namespace {
  const [first = '', ...rest] = name.split('.');
  const found = file.nested?.[first] as Namespace | undefined;
  if (found === undefined) throw new Error(`No descriptors of the package ${name}`);
  return { nested: { [first]: rest.length === 0 ? found : pick(found, rest.join('.')) } };
}

function merge(one: Namespace, other: Namespace): Namespace {
  if (one.nested === undefined || other.nested === undefined) return { ...other, ...one };
  const nested = { ...other.nested };
  for (const [name, known] of Object.entries(one.nested)) {
    const more = nested[name];
    nested[name] = more === undefined ? known : merge(known, more);
  }
  return { ...one, nested };
}
