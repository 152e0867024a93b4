/** What holds for a load where nothing else is said. Loads nothing, so that the declaration of the command may use it. */
export const LOAD_DEFAULTS = {
  mode: 'upsert',
  /** Around fields of CSV. https://datatracker.ietf.org/doc/html/rfc4180#section-2 */
  quote: '"',
} as const;
