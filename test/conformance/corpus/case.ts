import type { CaseParameter } from '../support/cases.js';

/** A case written by hand from the language reference. `d.` in the SQL is the case's own dataset. */
export interface OwnCase {
  name: string;
  setup?: string;
  sql: string;
  parameters?: CaseParameter[];
  /** `name TYPE` of each column, REPEATED as `name TYPE*`. */
  columns?: string[];
  /** Values as the recorded cases print them; order counts unless `unordered`. */
  rows?: unknown[][];
  unordered?: boolean;
  /** Part of the error's message, instead of rows. */
  error?: string | RegExp;
  reason?: string;
  statementType?: string;
  affected?: number;
}
