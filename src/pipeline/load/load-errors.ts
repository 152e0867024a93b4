import { EXIT, HealthmonError } from '../../errors/healthmon-error.js';
import { firstLine } from '../../gcp/google-errors.js';
import type { LoadResult, TableLoadResult } from './load-result.js';
import type { MaxRejects } from './max-rejects.js';
import type { Source } from './source.js';
import type { ReasonCount } from './validate.js';

/** More rows than `--max-rejects` allows turned out to be bad while the good ones were written. */
export class TooManyRefused extends Error {
  constructor(readonly rowsWritten: number) {
    super();
  }
}

export function exceeds(
  { rowsRead, rowsRejected }: Pick<LoadResult, 'rowsRead' | 'rowsRejected'>,
  limit: MaxRejects | undefined,
): boolean {
  if (limit === undefined) return false;
  if (limit.count !== undefined) return rowsRejected > limit.count;
  return rowsRead > 0 && (rowsRejected / rowsRead) * 100 > limit.percent!;
}

export function tooManyError(
  {
    rowsRead,
    rowsRejected,
    reasons,
    rejectsFiles,
  }: Pick<LoadResult, 'rowsRead' | 'rowsRejected' | 'reasons' | 'rejectsFiles'>,
  outcome = 'nothing was written',
): HealthmonError {
  return new HealthmonError({
    code: 'too-many-rejects',
    message: `${rowsRejected} of ${rowsRead} rows are rejected, more than --max-rejects allows; ${outcome}.`,
    detail: reasonLines(reasons),
    suggestion: `Correct the rows in ${rejectsFiles.join(', ')}, or raise --max-rejects.`,
    exitCode: EXIT.rowsRejected,
  });
}

export function emptiedError({ table, rowsRead, reasons, rejectsFiles }: TableLoadResult): HealthmonError {
  return new HealthmonError({
    code: 'every-row-rejected',
    message: `All ${rowsRead} rows for the table ${table} are rejected, so it was not emptied.`,
    detail: reasonLines(reasons),
    suggestion: `Correct the rows in ${rejectsFiles.join(', ')}, or load a file with a header line only to empty the table.`,
    exitCode: EXIT.rowsRejected,
  });
}

function reasonLines(reasons: readonly ReasonCount[]): string {
  return reasons
    .map(({ column, reason, count }) => `${count} × ${column === '' ? '' : `${column}: `}${reason}`)
    .join('\n');
}

export function referencedError(table: string, cause: unknown): HealthmonError {
  return new HealthmonError({
    code: 'table-referenced',
    message: `The table ${table} cannot be emptied: rows of another table refer to its rows.`,
    detail: firstLine((cause as Error).message),
    suggestion: 'Load both tables in one command with --mode truncate, or use --mode upsert.',
    cause,
  });
}

export function changedError(sources: readonly Source[]): HealthmonError {
  return new HealthmonError({
    code: 'file-changed',
    message: `${sources.map(({ label }) => label).join(', ')} changed while it was loaded.`,
    suggestion: 'Run the command again; rows are written by key, so nothing is doubled.',
  });
}
