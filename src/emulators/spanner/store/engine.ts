import type { SqlRequest, SqlResult, SqlSource } from '../sql/sql-request.js';
import type { Language } from './language.js';

/** The language of one database: statements, and expressions in rows. */
export interface Engine extends Language {
  /** @throws ServiceError with the code and text of the service */
  execute(request: SqlRequest): Promise<SqlResult>;
  close(): Promise<void>;
}

export type OpenEngine = (source: SqlSource) => Engine;
