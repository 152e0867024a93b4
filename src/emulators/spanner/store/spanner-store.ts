import type { Message } from '../../serving/method.js';
import type { ServiceError } from '../../serving/service-error.js';
import type { Database } from './database.js';

/** Everything the emulator holds, with the journal that it is in before it is acknowledged. */
export interface SpannerStore {
  /** Instances, operations, policies…: whatever is stored as it was given, by name. */
  readonly resources: ReadonlyMap<string, Message>;
  putResource(name: string, resource: Message): Promise<void>;
  deleteResource(name: string): Promise<void>;
  /** By name. */
  readonly databases: ReadonlyMap<string, Database>;
  /** @throws ServiceError NOT_FOUND with its ResourceInfo. */
  database(name: string): Database;
  /** @throws ServiceError ALREADY_EXISTS, and whatever is wrong with a statement; then there is no database. */
  createDatabase(name: string, statements: readonly string[]): Promise<Database>;
  /** Its sessions go with it. */
  dropDatabase(name: string): Promise<void>;
  /**
   * Plans all statements, then carries them out one by one.
   * @param onCommitted told after each, with the time of its commit in microseconds.
   * @returns why rows refuse one of them, in which case those before it stay.
   * @throws ServiceError for the first that is wrong whatever the rows are; then nothing is done.
   */
  updateSchema(
    name: string,
    statements: readonly string[],
    onCommitted?: (index: number, timestampMicros: number) => void,
  ): Promise<ServiceError | undefined>;
  close(): Promise<void>;
}
