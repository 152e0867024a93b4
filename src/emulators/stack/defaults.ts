import type { Durability } from '../service.js';

/** What holds for a stack where nothing else is said. Loads nothing, so that declarations of commands may use it. */
export const STACK_DEFAULTS = { waitTimeoutMs: 60_000, durability: 'write' } as const satisfies {
  waitTimeoutMs: number;
  durability: Durability;
};
