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
  return slips(word, candidates)[0];
}

/** At most `limit` candidates, likely slips first, then those that begin with the word or hold it. */
export function nearest(word: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = word.toLowerCase();
  const holding = wanted.length < 3 ? [] : candidates.filter((each) => each.toLowerCase().includes(wanted));
  const beginning = holding.filter((each) => each.toLowerCase().startsWith(wanted));
  return [...new Set([...slips(word, candidates), ...beginning, ...holding])].slice(0, limit);
}

/** The candidates within a third of the word's letters, closest first. */
function slips(word: string, candidates: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return Array.from(candidates, (candidate) => ({
    candidate,
    distance: editDistance(wanted, candidate.toLowerCase()),
  }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
}

/** Letters to insert, delete, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, before[j - 2]! + 1);
      }
      current.push(distance);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
