import type { RejectionReason } from '../../core/rejection-reasons.js';

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

/** Why a message is put aside. Whatever its payload does to the decoder, the worker goes on. */
export function rejectionOf(error: unknown): Rejection {
  if (error instanceof RejectedMessage) return error.rejection;
  return { reason: 'undecodable', detail: `The decoder failed: ${(error as Error).name}.` };
}
