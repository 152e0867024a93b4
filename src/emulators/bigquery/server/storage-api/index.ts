import type { RawMethod } from '../../../serving/grpc-calls.js';
import { healthMethods } from '../../../serving/health.js';
import type { Call } from '../../../serving/method.js';
import { callerOf } from '../http/caller.js';
import type { ServerContext } from '../server-context.js';
import { appendAll } from './append-rows.js';
import { ReadSessions } from './read-sessions.js';
import { toServiceError } from './service-errors.js';
import { WriteStreams } from './write-streams.js';

const SERVICE = 'google.cloud.bigquery.storage.v1';

/** The Storage Read API and the Storage Write API. */
export function storageMethods(context: ServerContext): Map<string, RawMethod> {
  const reads = new ReadSessions(context);
  const writes = new WriteStreams(context);
  const unary = (work: (request: Buffer, call: Call) => Buffer | Promise<Buffer>) => ({
    kind: 'unary-raw' as const,
    handle: async (request: Buffer, call: Call) => {
      try {
        return await work(request, call);
      } catch (error) {
        throw toServiceError(error);
      }
    },
  });
  const methods: Record<string, Record<string, RawMethod>> = {
    [`${SERVICE}.BigQueryRead`]: {
      CreateReadSession: unary((request, { metadata }) =>
        reads.create(request, callerOf(Object.fromEntries(metadata))),
      ),
      ReadRows: {
        kind: 'server-stream-raw',
        handle: async (request, call) => {
          try {
            for await (const answer of reads.read(request, call.signal)) {
              if (!call.send(answer)) await call.drained();
            }
          } catch (error) {
            throw toServiceError(error);
          }
        },
      },
      SplitReadStream: unary((request) => reads.split(request)),
    },
    [`${SERVICE}.BigQueryWrite`]: {
      CreateWriteStream: unary((request) => writes.create(request)),
      AppendRows: {
        kind: 'duplex-raw',
        handle: (requests, call) => appendAll(context, writes, requests, call),
      },
      GetWriteStream: unary((request) => writes.get(request)),
      FinalizeWriteStream: unary((request) => writes.finalize(request)),
      BatchCommitWriteStreams: unary((request) => writes.commitAll(request)),
      FlushRows: unary((request) => writes.flush(request)),
    },
  };
  const all = { ...methods, ...(healthMethods(Object.keys(methods)) as typeof methods) };
  return new Map(
    Object.entries(all).flatMap(([service, named]) =>
      Object.entries(named).map(([name, method]) => [`${service}/${name}`, method] as const),
    ),
  );
}
