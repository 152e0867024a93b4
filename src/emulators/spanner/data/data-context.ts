import { ServiceError } from '../../serving/service-error.js';
import { checkName, notFound } from '../names.js';
import type { StoredSession } from '../persistence.js';
import type { Database } from '../store/database.js';
import type { SpannerStore } from '../store/spanner-store.js';
import { Transactions } from '../transactions/transactions.js';

/** What the methods of the data API work on. */
export class DataContext {
  readonly transactions = new Transactions();
  /** Milliseconds since the epoch, of sessions that were used since the start. */
  readonly #lastUse = new Map<string, number>();

  constructor(readonly store: SpannerStore) {}

  /** @throws ServiceError NOT_FOUND, by which clients know to make another. */
  session(name: string): { session: StoredSession; database: Database } {
    const session = this.store.sessions.get(name);
    if (session === undefined) {
      checkName('session', name);
      throw notFound('Session', name);
    }
    this.#lastUse.set(name, this.store.now());
    return { session, database: this.store.database(databaseOf(name)) };
  }

  lastUseMs(session: StoredSession): number {
    return this.#lastUse.get(session.name) ?? session.createdAtMs;
  }

  forget(session: string): void {
    this.#lastUse.delete(session);
    this.transactions.dropSession(session);
  }
}

function databaseOf(session: string): string {
  return session.slice(0, session.lastIndexOf('/sessions/'));
}

export function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message);
}

export function precondition(message: string): ServiceError {
  return new ServiceError('FAILED_PRECONDITION', message);
}
