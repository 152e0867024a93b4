import type { StarterMessage, SupervisorMessage } from './plan.js';
import { Supervisor } from './supervisor.js';

// What services keep and log is for its owner alone; they inherit this.
process.umask(0o077);

// The process that owns the services of one stack. Its starter sends the plan, hears how it goes, and either
// detaches from it or stays: then the end of the starter is the end of the stack.
let supervisor: Supervisor | undefined;
let isDetached = false;
const FOLDER_CHECK_MS = 2000;
// Whoever removes the state folder can no longer stop the stack by it, so it stops itself. The timer also keeps
// this process alive when all services have died.
const keepAlive = setInterval(() => {
  if (supervisor !== undefined && !supervisor.hasState()) void stop();
}, FOLDER_CHECK_MS);

function send(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message, () => {});
}

async function stop(): Promise<void> {
  const isClean = (await supervisor?.stop()) ?? true;
  process.exitCode = isClean ? 0 : 1;
  clearInterval(keepAlive);
  if (process.connected) process.disconnect();
}

process.on('message', (message: StarterMessage) => {
  if (message.type === 'detach') {
    isDetached = true;
    process.disconnect();
    return;
  }
  // It may be read after the end of its sender.
  if (!process.connected) return;
  supervisor = new Supervisor(message.plan, send);
  void supervisor.start().then((isReady) => {
    if (isReady) return;
    process.exitCode = 3;
    clearInterval(keepAlive);
    if (process.connected) process.disconnect();
  });
});
process.on('disconnect', () => {
  if (!isDetached) void stop();
});
// Nobody heard the end of a starter that came before this file was loaded.
if (!process.connected) void stop();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop());
process.on('SIGUSR2', () => void supervisor?.adjust());
