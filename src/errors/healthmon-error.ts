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

/** The closest of `candidates` to `word` by edit distance, when it is close enough to be a likely slip. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
