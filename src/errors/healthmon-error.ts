/** Process exit codes of the command contract. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notReady: 3,
  rowsRejected: 4,
  gateFailed: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorFields {
  /** Stable, kebab-case, documented in the troubleshooting guide. */
  code: string;
  /** What happened, in one sentence. Never holds patients' data. */
  message: string;
  /** Why it happened. */
  detail?: string;
  /** What to type or change next. */
  suggestion?: string;
  exitCode?: ExitCode;
  cause?: unknown;
}

/** A failure the user can act on. Anything else that is thrown is a defect and is reported as `internal`. */
export class HealthmonError extends Error {
  readonly code: string;
  readonly detail: string | undefined;
  readonly suggestion: string | undefined;
  readonly exitCode: ExitCode;

  constructor(fields: ErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'HealthmonError';
    this.code = fields.code;
    this.detail = fields.detail;
    this.suggestion = fields.suggestion;
    this.exitCode = fields.exitCode ?? EXIT.failed;
  }
}

export function usageError(fields: Omit<ErrorFields, 'exitCode'>): HealthmonError {
  return new HealthmonError({ ...fields, exitCode: EXIT.usage });
}

export function notReadyError(fields: Omit<ErrorFields, 'exitCode'>): HealthmonError {
  return new HealthmonError({ ...fields, exitCode: EXIT.notReady });
}
