/** Why a message cannot become readings. The code is stable; it travels with the dead letter. */
export const REJECTION_REASONS = [
  'not-utf8',
  'invalid-json',
  'not-an-object',
  'missing-field',
  'wrong-type',
  'out-of-range',
  'inconsistent',
  'invalid-time',
  'date-only',
  'time-without-offset',
  'unsupported-resource',
  'unmapped-code',
  'unknown-unit',
  'no-value',
  'entered-in-error',
  'not-final',
  'too-many-readings',
  'unknown-encoding',
  'undecodable',
  'bigtable-rejected',
  'bigquery-rejected',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Holds names of columns and limits only, never a patient's values. */
export interface Rejection {
  reason: RejectionReason;
  detail: string;
  /** The column it is about, when there is one. */
  column?: string | undefined;
}

/** Thrown while a message is decoded, and turned into a dead letter. */
export class RejectedMessage extends Error {
  readonly rejection: Rejection;

  constructor(reason: RejectionReason, detail: string, column?: string) {
    super(detail);
    this.rejection = { reason, detail, column };
  }
}
