import type { TableEntry, TableRef } from '../catalog/entries.js';
import { tableName } from '../catalog/names.js';
import { quoteIdentifier } from '../duck/database.js';
import { BigQueryError, invalidQuery, notImplemented } from '../errors.js';
import type { ObjectPath, TableReference } from '../sql/ast.js';
import { parseQuery } from '../sql/parser.js';
import { DATE, type Field, fromTableField, TIMESTAMP } from '../sql/types.js';
import type { ResolvedTable } from './context.js';
import { compileQuery } from './query.js';
import { relationOf } from './rows.js';
import { type Column, type FromRows, Scope } from './scope.js';
import { Pending, type Session } from './session.js';
import { wildcardTable } from './wildcard.js';

/** A table name in FROM: a common table expression, a table of the engine's, or one of the catalog. */
export function compileTable(node: TableReference, outer: Scope): FromRows {
  const { session } = outer;
  const { parts } = node.path;
  const alias = node.alias?.name ?? node.path.identifiers.at(-1)?.name.split('.').at(-1) ?? parts.at(-1);
  if (parts.length === 1) {
    const named = outer.findTable(parts[0]!);
    if (named !== undefined) return relationOf(named, named.sql, alias, session);
  }
  const resolved = engineTable(node, session);
  if (resolved !== undefined) {
    const { ref } = resolved;
    let columns = fieldColumns(resolved.columns, resolved.physicalNames);
    if (ref !== undefined) {
      session.refer(ref);
      columns = columns.map((column) => ({ ...column, origin: { ref, column: column.name! } }));
    }
    return relationOf({ columns }, resolved.sql, alias, session);
  }
  const ref = tableRef(node.path, session);
  if (ref.tableId.endsWith('*')) {
    const rows = wildcardTable(ref, session);
    return relationOf(rows, `(${rows.sql})`, alias?.replace(/\*$/, ''), session);
  }
  return catalogTable(ref, alias, node, outer);
}

function engineTable(node: TableReference, session: Session): ResolvedTable | undefined {
  const resolve = session.context.resolveTable;
  if (resolve === undefined) return undefined;
  // The path, not the node: `TABLE name` of a call becomes a new node each time.
  const { path } = node;
  if (session.resolved.has(path)) return session.resolved.get(path);
  const answer = resolve(path);
  if (answer instanceof Promise) throw new Pending(path, () => answer);
  session.resolved.set(path, answer);
  return answer;
}

/** The table that a path names, with the project and default dataset of the request filled in. */
function tableRef(path: ObjectPath, session: Session): TableRef {
  const { environment, defaultDataset } = session.context;
  const { parts } = path;
  if (parts.length === 1) {
    if (defaultDataset === undefined) {
      throw new BigQueryError(
        'invalid',
        `Table "${parts[0]}" must be qualified with a dataset (e.g. dataset.table).`,
        { location: parts[0]! },
      );
    }
    return { ...defaultDataset, tableId: parts[0]! };
  }
  if (parts.length === 2) return { projectId: environment.project, datasetId: parts[0]!, tableId: parts[1]! };
  if (parts.length === 3) return { projectId: parts[0]!, datasetId: parts[1]!, tableId: parts[2]! };
  throw invalidQuery(`Invalid table name: ${parts.join('.')}`, path.pos);
}

/** The catalog's entry, or BigQuery's error for what is missing. */
function requireTable(ref: TableRef, session: Session): TableEntry {
  const { catalog, environment } = session.context;
  if (ref.projectId !== environment.project && !catalog.projects().includes(ref.projectId)) {
    const name = tableName(ref);
    throw new BigQueryError(
      'accessDenied',
      `Access Denied: Table ${name}: User does not have permission to query table ${name}, or perhaps it does not exist.`,
    );
  }
  const dataset = catalog.datasetFor(ref, environment.location);
  const table = catalog.getTable(ref);
  if (table === undefined) {
    throw new BigQueryError(
      'notFound',
      `Not found: Table ${tableName(ref)} was not found in location ${dataset.location}`,
    );
  }
  return table;
}

function catalogTable(
  ref: TableRef,
  alias: string | undefined,
  node: TableReference,
  outer: Scope,
): FromRows {
  const { session } = outer;
  const entry = requireTable(ref, session);
  session.refer(entry.ref);
  if (entry.type === 'VIEW' || entry.type === 'MATERIALIZED_VIEW') return view(entry, alias, node, session);
  const name = session.context.catalog.physicalName(entry.ref);
  const columns = demandFilter(tableColumns(entry), entry, session);
  const source = columns.length > 0 ? name : `(SELECT * FROM ${name})`;
  return relationOf({ columns }, source, alias, session);
}

/** Marks the partitioning columns of a table that is read with a filter over them only. */
function demandFilter(columns: readonly Column[], entry: TableEntry, session: Session): Column[] {
  if (entry.requirePartitionFilter !== true) return [...columns];
  const field = entry.timePartitioning?.field ?? entry.rangePartitioning?.field;
  const isPartitioning = (column: Column) =>
    field === undefined ? column.pseudo === true : column.name?.toLowerCase() === field.toLowerCase();
  const names = columns.filter(isPartitioning).flatMap((column) => column.name ?? []);
  if (names.length === 0) return [...columns];
  const key = session.demandFilter(entry.ref, names);
  return columns.map((column) => (isPartitioning(column) ? { ...column, filterOf: key } : column));
}

/** Columns of a stored table, with the pseudo columns of ingestion-time partitioning. */
function tableColumns(entry: TableEntry): Column[] {
  const columns: Column[] = entry.fields.map((field) => {
    const { name, type } = fromTableField(field);
    return { name, sql: quoteIdentifier(name), type, origin: { ref: entry.ref, column: name } };
  });
  if (entry.timePartitioning !== undefined && entry.timePartitioning.field === undefined) {
    const sql = quoteIdentifier('_PARTITIONTIME');
    columns.push({ name: '_PARTITIONTIME', sql, type: TIMESTAMP, pseudo: true });
    if (entry.timePartitioning.type === 'DAY') {
      columns.push({ name: '_PARTITIONDATE', sql, type: DATE, cast: 'DATE', pseudo: true });
    }
  }
  return columns;
}

function view(
  entry: TableEntry,
  alias: string | undefined,
  node: TableReference,
  session: Session,
): FromRows {
  if (entry.useLegacySql) throw notImplemented('Legacy SQL');
  const text = entry.viewQuery ?? '';
  const name = tableName(entry.ref);
  const query = session.parse('query', text, parseQuery);
  const rows = session.expand(name, node.pos, () =>
    compileQuery(query, new Scope(session, undefined, { isolated: true })),
  );
  // A view keeps the column names it was made with.
  const columns = rows.columns.map((column, index) => ({
    ...column,
    name: entry.fields[index]?.name ?? column.name,
  }));
  return relationOf({ columns, row: rows.row }, `(${rows.sql})`, alias, session);
}

export function fieldColumns(
  fields: readonly Field[],
  physicalNames: readonly string[] | undefined,
): Column[] {
  return fields.map((field, index) => ({
    name: field.name,
    sql: quoteIdentifier(physicalNames?.[index] ?? field.name),
    type: field.type,
  }));
}
