import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Implementation } from '../../src/core/services.js';
import { findOfficialEmulators, officialService } from '../../src/emulators/official/find.js';
import { isListening } from '../../src/emulators/serving/listening.js';
import { embeddedPlan } from '../../src/emulators/supervisor/planning.js';
import { dataPath } from '../../src/emulators/supervisor/state.js';
import { freePort } from './free-port.js';

const HOST = '127.0.0.1';

/** An emulator that a test may freeze and kill, on a port that stays the same. */
export interface OwnEmulator {
  endpoint: string;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Kills it and removes its data. */
  end(): Promise<void>;
}

export async function startOwnEmulator(
  service: 'bigtable' | 'pubsub' | 'spanner',
  implementation: Implementation,
): Promise<OwnEmulator> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), `healthmon-own-${service}-`));
  const { command, args } = await commandOf(service, implementation, port, folder);
  let child: ChildProcess | undefined;
  // Google's emulator of Spanner starts another process, which would outlive it.
  // It writes the times of some refusals in the zone of its process.
  const env = { ...process.env, ...(implementation === 'official' && { TZ: 'UTC' }) };
  const launch = () => spawn(command, args, { env, stdio: 'ignore', detached: true });
  const signal = (name: NodeJS.Signals) => {
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, name);
  };
  const own: OwnEmulator = {
    endpoint: `${HOST}:${port}`,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async kill() {
      if (child === undefined || child.exitCode !== null) return;
      const exited = once(child, 'exit');
      signal('SIGKILL');
      await exited;
      child = undefined;
    },
    async end() {
      await own.kill();
      rmSync(folder, { recursive: true, force: true });
    },
    async start() {
      child = launch();
      const deadline = Date.now() + 60_000;
      while (!(await isListening(port, HOST))) {
        if (Date.now() > deadline) throw new Error(`the ${service} emulator did not start`);
        // A connection of another process may hold the port for a moment.
        if (child.exitCode !== null) child = launch();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
  await own.start();
  return own;
}

async function commandOf(
  service: 'bigtable' | 'pubsub' | 'spanner',
  implementation: Implementation,
  port: number,
  folder: string,
): Promise<{ command: string; args: string[] }> {
  if (implementation === 'embedded') {
    mkdirSync(dataPath(folder, service), { recursive: true });
    const plan = embeddedPlan(
      service,
      { folder, project: 'healthmon-local' },
      { [service]: port },
      () => `${HOST}:9`,
    );
    return { command: plan.command!, args: plan.args! };
  }
  const emulator = (await findOfficialEmulators(process.env))[service];
  if (emulator === undefined) throw new Error(`the ${service} emulator is not installed`);
  const official = officialService(service);
  const restPort = official.servesRest?.(emulator.path) ? await freePort() : undefined;
  return official.launch(emulator.path, { host: HOST, port, restPort }, process.env);
}

/** A proxy before an HTTP service that can answer 503 for it, and tells of each request before it is forwarded. */
export interface FaultProxy {
  url: string;
  failing: boolean | 'writes';
  /** Requests that were refused. */
  refused: number;
  close(): void;
}

export async function startFaultProxy(
  target: string,
  onRequest: (incoming: IncomingMessage) => void = () => {},
): Promise<FaultProxy> {
  const upstream = new URL(target);
  const server: Server = createServer((incoming, outgoing) => {
    onRequest(incoming);
    if (proxy.failing === true || (proxy.failing === 'writes' && incoming.method !== 'GET')) {
      proxy.refused++;
      incoming.resume();
      outgoing.writeHead(503, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ error: { code: 503, message: 'backend error', status: 'UNAVAILABLE' } }));
      return;
    }
    const forwarded = request(
      {
        host: upstream.hostname,
        port: upstream.port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const proxy: FaultProxy = {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    failing: false,
    refused: 0,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
