/** What holds for a load where nothing else is said. Loads nothing, so that the declaration of the command may use it. */
export const LOAD_DEFAULTS = {
  mode: 'upsert',
  /** Around fields of CSV. https://datatracker.ietf.org/doc/html/rfc4180#section-2 */
  quote: '"',
} as const;

/** What holds of a request where nothing else is said, but for its files. */
export const DEFAULT_LOAD = {
  schemas: [],
  map: [],
  ignoreExtraColumns: false,
  allowMissingColumns: false,
  mode: LOAD_DEFAULTS.mode,
  check: false,
  dryRun: false,
  alsoBigQuery: false,
  lowPriority: false,
} as const;
