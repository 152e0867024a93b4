import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { duckType } from '../../../googlesql/syntax/types.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { TableEntry } from '../../catalog/entries.js';
import { fromTableField } from '../../catalog/rest-types.js';
import type { Session } from '../session.js';
import type { InitialRows } from './create-table.js';

/** Creates or replaces a table that lives as long as the script or session, on its connection. */
export async function createTemporaryTable(
  name: string,
  definition: NewEntry<TableEntry>,
  rows: InitialRows | undefined,
  session: Session,
): Promise<void> {
  const key = name.toLowerCase();
  const local = quoteIdentifier(`${key}#${session.nextNumber()}`);
  const columns = definition.fields.map((field) => {
    const required = field.mode === 'REQUIRED' ? ' NOT NULL' : '';
    return `${quoteIdentifier(field.name)} ${duckType(fromTableField(field).type)}${required}`;
  });
  await session.runLocal(`CREATE TEMP TABLE ${local} (${columns.join(', ')})`);
  const physicalName = `temp.main.${local}`;
  if (rows) await session.run(`INSERT INTO ${physicalName} ${rows.select}`);
  await dropTemporaryTable(name, session);
  const now = Date.now();
  session.temporaryTables.set(key, {
    ...definition,
    physicalName,
    creationTime: now,
    lastModifiedTime: now,
    revision: 1,
  });
}

/** Drops a temporary table; false when there is none. */
export async function dropTemporaryTable(name: string, session: Session): Promise<boolean> {
  const key = name.toLowerCase();
  const entry = session.temporaryTables.get(key);
  if (!entry) return false;
  await session.run(`DROP TABLE ${entry.physicalName}`);
  return session.temporaryTables.delete(key);
}
