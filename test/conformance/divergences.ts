import type { Ledger } from './support/ledger.js';

/** Recorded cases of the service that the emulator answers differently. */
export const recordedDivergences: Ledger = {};

/** Examples of the language reference that the emulator answers differently, or that BigQuery does not have. */
export const documentationDivergences: Ledger = {};

/** Examples that BigQuery refuses too: other products' syntax, tables that are not given, broken text. */
export const documentationOutOfScope: Ledger = {};
