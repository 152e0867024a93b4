import type { Message } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';
import { unsupported } from '../refusals.js';
import type { Database } from '../store/database.js';
import type { Emulator } from './emulator.js';
import { finishWith, operationOf, typed } from './operations.js';

/**
 * Carries out statements, one after another: what is wrong with any of them refuses all; what rows refuse fails the
 * operation, and the statements before it stay done.
 */
export async function updateDatabaseDdl(
  emulator: Emulator,
  { name }: Database,
  request: Message,
): Promise<Message> {
  const id = operationIdOf(request);
  if (id !== undefined && emulator.store.resources.has(`${name}/operations/${id}`)) {
    throw new ServiceError('ALREADY_EXISTS', `Operation already exists: ${name}/operations/${id}`);
  }
  const statements = (request.statements ?? []) as string[];
  if (statements.length === 0) {
    throw new ServiceError('INVALID_ARGUMENT', 'Missing statements in the request.');
  }
  checkNoProtoDescriptors(request);
  const commitTimes: Message[] = [];
  const failure = await emulator.store.updateSchema(name, statements, (_index, timestampMicros) =>
    commitTimes.push(toTimestamp(timestampMicros)),
  );
  return finishWith(
    emulator,
    operationOf({
      resource: name,
      id,
      metadata: typed('google.spanner.admin.database.v1.UpdateDatabaseDdlMetadata', {
        database: name,
        statements,
        commitTimestamps: commitTimes,
        progress: commitTimes.map((time) => ({ progressPercent: 100, startTime: time, endTime: time })),
      }),
      outcome: failure ?? typed('google.protobuf.Empty', {}),
    }),
  );
}

export function checkNoProtoDescriptors({ protoDescriptors }: Message): void {
  if (protoDescriptors instanceof Uint8Array && protoDescriptors.length > 0)
    throw unsupported('Proto bundles');
}

function operationIdOf({ operationId }: Message): string | undefined {
  if (operationId === undefined || operationId === '') return undefined;
  if (typeof operationId === 'string' && /^[a-z][a-z0-9_]{1,127}$/.test(operationId)) return operationId;
  throw new ServiceError('INVALID_ARGUMENT', `Invalid operation id: ${String(operationId)}.`);
}

function toTimestamp(micros: number): Message {
  return { seconds: String(Math.floor(micros / 1e6)), nanos: (micros % 1e6) * 1000 };
}
