import { once } from 'node:events';
import { createServer as createHttpServer, request } from 'node:http';
import { connect, createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { TestStack } from './stack.js';

/** A call that went to a service: `POST /bigquery/v2/…` with its body, or a gRPC method such as `Commit`. */
export interface RecordedCall {
  service: 'spanner' | 'bigtable' | 'pubsub' | 'bigquery' | 'storage';
  method: string;
  body: string;
}

export interface Recorder {
  /** The standard variables, leading through the recorder. */
  env: Record<string, string>;
  /** The calls since the last time. */
  take(): RecordedCall[];
  close(): void;
}

/** Stands before all five services of a stack and notes every call. */
export async function recordCalls(stack: TestStack): Promise<Recorder> {
  let calls: RecordedCall[] = [];
  const servers: Server[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const env = { ...stack.env };

  for (const service of ['spanner', 'bigtable', 'pubsub'] as const) {
    const upstream = connect(`http://${stack.endpoints[service]}`);
    upstream.on('error', () => {});
    const server = createHttp2Server();
    server.on('session', (session) => {
      sessions.add(session);
      session.on('error', () => {});
      session.once('close', () => sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      calls.push({ service, method: String(headers[':path']).split('/').at(-1)!, body: '' });
      const forwarded = upstream.request({ ...headers, ':authority': stack.endpoints[service] });
      let trailers: Record<string, unknown> = {};
      forwarded.on('response', (answer, flags) => {
        if (stream.destroyed) return;
        // Flag 1 is END_STREAM: an answer of trailers alone, as for an error.
        if ((flags & 1) !== 0) stream.respond(answer, { endStream: true });
        else stream.respond(answer, { waitForTrailers: true });
      });
      forwarded.on('trailers', (found) => {
        trailers = found;
      });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers as never));
      forwarded.on('data', (chunk) => stream.write(chunk));
      forwarded.on('end', () => stream.end());
      forwarded.on('error', () => stream.close());
      stream.on('data', (chunk) => forwarded.write(chunk));
      stream.on('end', () => forwarded.end());
      stream.on('error', () => forwarded.close());
      stream.on('close', () => forwarded.close());
    });
    const port = await listen(server);
    servers.push(server);
    env[`${service.toUpperCase()}_EMULATOR_HOST`] = `127.0.0.1:${port}`;
    server.once('close', () => upstream.destroy());
  }

  for (const service of ['bigquery', 'storage'] as const) {
    const upstream = new URL(stack.endpoints[service]);
    const server = createHttpServer(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const path = incoming.url!.split('?')[0]!;
      calls.push({ service, method: `${incoming.method} ${path}`, body: body.toString('utf8') });
      const { host: _host, ...headers } = incoming.headers;
      const forwarded = request(
        {
          host: upstream.hostname,
          port: upstream.port,
          path: incoming.url,
          method: incoming.method,
          headers,
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      forwarded.on('error', () => outgoing.destroy());
      forwarded.end(body);
    });
    const port = await listen(server);
    servers.push(server);
    env[`${service.toUpperCase()}_EMULATOR_HOST`] = `http://127.0.0.1:${port}`;
  }

  return {
    env,
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
    close() {
      for (const session of sessions) session.destroy();
      for (const server of servers) server.close();
    },
  };
}

/** The calls that change something. */
export function writesAmong(calls: readonly RecordedCall[]): string[] {
  return calls.filter((call) => !isRead(call)).map(({ service, method }) => `${service} ${method}`);
}

/** SQL in Spanner changes nothing before a commit; sessions and leases hold no data. */
const GRPC_READS =
  /^(Get|List|Test|Read|StreamingRead|SampleRowKeys|Execute(Streaming)?Sql|CreateSession|BatchCreateSessions|DeleteSession|Pull|StreamingPull|ModifyAckDeadline|PingAndWarm)/;

function isRead({ service, method, body }: RecordedCall): boolean {
  if (service !== 'bigquery' && service !== 'storage') return GRPC_READS.test(method);
  if (method.startsWith('GET ')) return true;
  if (service !== 'bigquery' || !method.endsWith('/jobs')) return false;
  const { dryRun, query } = JSON.parse(body).configuration;
  return dryRun === true || /^SELECT\b/.test(query?.query ?? '');
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
