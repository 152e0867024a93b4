import { nameFlag } from '../../src/core/stack-name.js';
import type { ServiceStatus, StackStatus } from '../../src/emulators/stack/status.js';
import type { Output } from '../../src/output/output.js';

/** What `start`, `restart` and `status` answer with. */
export interface StackReport {
  name: string;
  folder: string;
  running: boolean;
  project: string | undefined;
  services: ServiceStatus[];
  env: Record<string, string>;
}

export const REPORT_KEYS = {
  name: 'name of the stack',
  folder: 'where its state and logs are',
  running: 'whether it runs',
  project: 'the project it runs with',
  services:
    'name, implementation, version, host, port, endpoint, pid, ready, uptimeSeconds, rssMb and log of each',
  env: 'the variables by which clients find it',
} satisfies Record<keyof StackReport, string>;

export async function reportOf(
  status: StackStatus,
  location: { env: NodeJS.ProcessEnv; cwd: string; name?: string | undefined },
): Promise<StackReport> {
  const { stackEnv } = await import('../../src/emulators/stack/status.js');
  const { name, folder, running, project, services } = status;
  return { name, folder, running, project, services, env: (await stackEnv(location)) ?? {} };
}

export function renderReport(report: StackReport, output: Output): void {
  if (!report.running) {
    const start = `healthmon emulators start${nameFlag(report.name)}`;
    output.note(`The local cloud does not run. Start it with "${start}".`);
    return;
  }
  const { green, red } = output.style;
  output.table(
    ['service', 'state', 'endpoint', 'emulator', 'pid', 'up', 'memory'],
    report.services.map((service) => [
      service.name,
      service.ready ? green('ready') : red(service.exit === undefined ? 'not answering' : 'ended'),
      service.endpoint,
      [service.implementation, service.version].filter(Boolean).join(' '),
      service.pid ?? '-',
      service.uptimeSeconds === null ? '-' : duration(service.uptimeSeconds),
      service.rssMb === null ? '-' : `${service.rssMb} MB`,
    ]),
  );
  for (const service of report.services) {
    if (service.exit !== undefined) output.warn(describeDeath(service));
    if ((service.rssMb ?? 0) > LARGE_RSS_MB) {
      output.warn(
        `${service.name} holds ${service.rssMb} MB; "healthmon emulators restart" starts it anew and keeps the data.`,
      );
    }
  }
}

/** Google's in-memory emulators never give memory back; from here on they get slow. */
const LARGE_RSS_MB = 2048;

function describeDeath(service: ServiceStatus): string {
  const { code, signal, at, logTail } = service.exit!;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return [`${service.name} ended ${how} at ${at}. Its last lines (${service.log}):`, ...logTail].join('\n  ');
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}
