import { isDiskFull } from '../../../core/disk-full.js';

/** A table was changed since the work on it began. */
export class ConcurrentChange extends Error {
  override readonly name = 'ConcurrentChange';
}

/** Whether DuckDB refused a change because of another one. */
export function isConflict(error: unknown): boolean {
  if (error instanceof ConcurrentChange) return true;
  return (
    !isOutOfMemory(error) &&
    !hasNoRoom(error) &&
    messagesOf(error).some((message) =>
      /^(TransactionContext Error|Failed to append: Transaction conflict)/.test(message),
    )
  );
}

/** Whether DuckDB has no memory left, which at the end of a transaction it says within another error. */
export function isOutOfMemory(error: unknown): boolean {
  return messagesOf(error).some((message) =>
    /^Out of Memory|could not allocate block|failed to allocate data of size/.test(message),
  );
}

/** Whether there was no room on the disk, which DuckDB says at the end of a transaction within another error. */
export function hasNoRoom(error: unknown): boolean {
  return (
    isDiskFull(error) ||
    messagesOf(error).some((message) =>
      /Could not (?:write|truncate)\b.*(?:No space left on device|File too large|Disk quota exceeded)/s.test(
        message,
      ),
    )
  );
}

/** Whether DuckDB has not the tables or columns that the SQL was compiled for. */
export function isStale(error: unknown): boolean {
  return messagesOf(error).some((message) => /^(Binder|Catalog) Error/.test(message));
}

function messagesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}
