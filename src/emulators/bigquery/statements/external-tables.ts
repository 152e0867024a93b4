import type { ResolvedTable } from '../../googlesql/compile/scope/query-context.js';
import { notImplemented } from '../../googlesql/errors.js';
import type { ObjectPath } from '../../googlesql/syntax/ast.js';
import type { JsonObject, TableField } from '../catalog/entries.js';
import { fromTableField } from '../catalog/rest-types.js';
import { rowFilters } from '../catalog/row-access.js';
import type { OpenFiles } from './services.js';
import type { Session } from './session.js';
import { tableRef } from './targets.js';

/** The external tables that one statement reads: their files are read once, and what was read is dropped after it. */
export class ExternalTables {
  readonly #session: Session;
  readonly #opened = new Map<string, Promise<OpenFiles>>();

  constructor(session: Session) {
    this.#session = session;
  }

  resolve(path: ObjectPath): Promise<ResolvedTable> | undefined {
    const found = this.#find(path);
    return found && this.#read(path.parts.join('.'), found);
  }

  #find(path: ObjectPath): { external: JsonObject; fields: TableField[] | undefined } | undefined {
    const { request, services, defaultDataset } = this.#session;
    const { parts } = path;
    const [name] = parts;
    if (parts.length === 1 && request.externalTables?.[name!]) {
      return { external: request.externalTables[name!]!, fields: undefined };
    }
    if (parts.length > 3 || (parts.length === 1 && defaultDataset === undefined)) return undefined;
    const ref = tableRef(path, this.#session);
    const entry = services.catalog.getDataset(ref) && services.catalog.getTable(ref);
    if (entry?.external === undefined) return undefined;
    if (rowFilters(entry, this.#session.caller) !== undefined)
      throw notImplemented('Row access policies of external tables');
    return { external: entry.external, fields: entry.fields };
  }

  async #read(
    key: string,
    { external, fields }: { external: JsonObject; fields: TableField[] | undefined },
  ): Promise<ResolvedTable> {
    const { services, request } = this.#session;
    let opened = this.#opened.get(key);
    if (opened === undefined) {
      opened = services.openFiles(external, fields, request.signal);
      this.#opened.set(key, opened);
    }
    const files = await opened;
    const physicalNames = files.fields.map((_, index) => `c${index}`);
    return {
      sql: `(SELECT * FROM (${files.select}) AS q(${physicalNames.join(', ')}))`,
      columns: files.fields.map(fromTableField),
      physicalNames,
    };
  }

  async dispose(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values());
    for (const files of opened) if (files.status === 'fulfilled') await files.value.dispose();
  }
}
