import type { ServiceName } from '../../core/services.js';

export type Action = 'create' | 'update' | 'unchanged' | 'blocked';

/** One resource and what provision does to it. Steps of a service are applied in order. */
export interface Step {
  service: ServiceName;
  resource: string;
  action: Action;
  /** What differs, statement by statement or setting by setting. */
  detail?: string[];
  apply?(): Promise<void>;
}

/** Plans one service by looking at what is there. */
export type Planner = () => Promise<Step[]>;

/** A resource to create, or one that is there already. */
export function createOrKeep(
  service: ServiceName,
  resource: string,
  exists: boolean,
  apply: () => Promise<void>,
  detail?: string[],
): Step {
  return exists
    ? { service, resource, action: 'unchanged' }
    : { service, resource, action: 'create', apply, ...(detail && { detail }) };
}
