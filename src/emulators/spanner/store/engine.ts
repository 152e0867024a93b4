import type { Schema, Table } from '../schema/model.js';
import type { SqlRequest, SqlResult, SqlSource } from '../sql/sql-request.js';
import type { Language } from './language.js';

/** The language of one database: statements, and expressions in rows. */
export interface Engine extends Language {
  /** @throws ServiceError with the code and text of the service */
  execute(request: SqlRequest): Promise<SqlResult>;
  /** The table by whose keys a query may be cut into parts. @throws ServiceError when it is none that may be cut */
  rootTable(sql: string, schema: Schema): Promise<Table | undefined>;
  close(): Promise<void>;
}

export type OpenEngine = (source: SqlSource) => Engine;
