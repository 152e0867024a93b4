/** What holds for the ward where nothing else is said. Loads nothing, so that declarations of commands may use it. */
export const WARD_DEFAULTS = {
  /** A patient whose newest reading is older is stale. */
  staleAfterMs: 15 * 60_000,
} as const;
