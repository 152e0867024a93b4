import type { Implementation, ServiceName } from '../../core/services.js';
import type { Ports } from './ports.js';

/** What runs, and where it listens. */
export interface RunningService {
  name: ServiceName;
  /** `external`: started by somebody else. */
  implementation: Implementation | 'external';
  /** A path, a `docker run` line, or the address of an external service. */
  path: string;
  version?: string | undefined;
  host: string;
  port: number;
  /** REST gateway of the Spanner emulator. */
  restPort?: number | undefined;
}

/** How to run one service; everything is decided before the supervisor starts. */
export interface ServicePlan extends RunningService {
  /** Absent for an external service, which is only checked. */
  command?: string;
  args?: string[];
  /** Variables that the service has besides those of its starter. */
  env?: Record<string, string>;
}

export interface StackPlan {
  folder: string;
  name: string;
  project: string;
  services: ServicePlan[];
  /** Of all services, those too that are not started: others are told their addresses before they run. */
  ports: Ports;
  /** How long all services together may take until they answer. */
  readyTimeoutMs: number;
}

/** What a running stack shall become; written to its folder before the supervisor gets SIGUSR2. */
export interface Adjustment {
  /** Given back in the state when the supervisor is through with it. */
  id: string;
  /** Services that shall be ended for the moment. All others are started if they do not run. */
  paused: readonly ServiceName[];
  /** Services that the stack did not have. */
  added: readonly ServicePlan[];
  readyTimeoutMs: number;
}

/** From the starter to the supervisor. */
export type StarterMessage = { type: 'plan'; plan: StackPlan } | { type: 'detach' };

/** From the supervisor to its starter. */
export type SupervisorMessage =
  | { type: 'service'; name: ServiceName; milliseconds: number }
  | { type: 'ready' }
  | { type: 'failed'; failure: StartFailure };

export interface StartFailure {
  message: string;
  logTail: string[];
  logPath: string;
}
