import type { Message } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';
import { invalid } from './names.js';

export type Encoding = 'JSON' | 'BINARY';

/** A definition that was read. */
export interface CompiledSchema {
  /** @returns the fields of a message in their JSON form. @throws ServiceError INVALID_ARGUMENT when it is none of the schema */
  read(data: Buffer, encoding: Encoding): unknown;
}

const MAX_DEFINITION_BYTES = 300 * 1024;

/** @throws ServiceError INVALID_ARGUMENT that says what is wrong with the definition */
export async function compileSchema({ type, definition }: Message): Promise<CompiledSchema> {
  const text = checkDefinition(definition);
  if (type === 'AVRO') return (await import('./avro-schemas.js')).compileAvro(text);
  if (type === 'PROTOCOL_BUFFER') return (await import('./proto-schemas.js')).compileProto(text);
  throw invalid('Invalid schema type: it must be AVRO or PROTOCOL_BUFFER.');
}

/**
 * Whether a schema may be followed by a revision: https://cloud.google.com/pubsub/docs/commit-schema-revision
 * @throws ServiceError INVALID_ARGUMENT that says what stands against it
 */
export async function checkRevision(before: Message, after: Message): Promise<void> {
  const texts = [checkDefinition(before.definition), checkDefinition(after.definition)] as const;
  if (after.type === 'AVRO') (await import('./avro-schemas.js')).checkAvroRevision(...texts);
  else (await import('./proto-schemas.js')).checkProtoRevision(...texts);
}

function checkDefinition(definition: unknown): string {
  if (typeof definition !== 'string' || definition === '') throw invalid('The schema has no definition.');
  const bytes = Buffer.byteLength(definition);
  if (bytes <= MAX_DEFINITION_BYTES) return definition;
  throw invalid(
    `The definition of the schema has ${bytes} bytes; at most ${MAX_DEFINITION_BYTES} are allowed.`,
  );
}

/** Libraries throw errors of their own, with texts that say what is wrong. */
export function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw invalid(`${what}: ${(error as Error).message.split('\n')[0]}`);
  }
}
