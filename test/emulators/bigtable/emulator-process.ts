import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { builtScript } from '../../../src/emulators/built-script.js';
import { BigtableClient } from './bigtable-client.js';

export interface EmulatorProcess {
  client: BigtableClient;
  port: number;
  pid: number;
  /** From the start of the process until it said that it listens, in milliseconds. */
  startMs: number;
  /** Resolves when it is gone. Calls under way end with an error; the client is still to be closed. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** The emulator as a process of its own. */
export async function startProcess(dataDir: string, args: readonly string[] = []): Promise<EmulatorProcess> {
  const started = performance.now();
  const child: ChildProcess = spawn(
    process.execPath,
    [builtScript('bigtable/main.js'), '--data-dir', dataDir, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (data: Buffer) => resolve(data.toString()));
    child.once('exit', () => reject(new Error('the emulator ended before it was ready')));
  });
  const startMs = performance.now() - started;
  const { port } = JSON.parse(line) as { port: number };
  const client = await BigtableClient.connect(port);
  return {
    client,
    port,
    pid: child.pid!,
    startMs,
    kill: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
    },
  };
}
