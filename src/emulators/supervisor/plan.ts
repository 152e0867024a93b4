import type { ServiceName } from '../services.js';

/** How to run one service; everything is decided before the supervisor starts. */
export interface ServicePlan {
  name: ServiceName;
  implementation: 'google' | 'healthmon' | 'external';
  /** What runs: a path, or the address of an external one. */
  path: string;
  version?: string | undefined;
  host: string;
  port: number;
  restPort?: number | undefined;
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
  /** How long all services together may take until they answer. */
  readyTimeoutMs: number;
  /** End with the process that started the supervisor. */
  tethered: boolean;
}

/** From the starter to the supervisor. */
export type StarterMessage = { type: 'plan'; plan: StackPlan } | { type: 'detach' };

/** From the supervisor to its starter. */
export type SupervisorMessage =
  | { type: 'service'; name: ServiceName; milliseconds: number }
  | { type: 'ready' }
  | { type: 'failed'; failure: StartFailure };

export interface StartFailure {
  service: ServiceName;
  message: string;
  logTail: string[];
  logPath: string;
}
