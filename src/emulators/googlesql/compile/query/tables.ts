import { quoteIdentifier } from '../../duck/quote.js';
import { raw, subquery } from '../../duck/sql.js';
import type { TableReference } from '../../syntax/ast.js';
import { parseQuery } from '../../syntax/parser.js';
import type { Field } from '../../syntax/types.js';
import { type Compilation, Pending } from '../scope/compilation.js';
import type { CatalogTable, ResolvedTable } from '../scope/query-context.js';
import { type Column, type FromRows, relationOf } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';

/** A table name in FROM: a common table expression, a table of the engine's, or one of the catalog. */
export function compileTable(node: TableReference, outer: Scope): FromRows {
  const rows = tableRows(node, outer);
  const written = node.alias === undefined ? node.path.identifiers.at(-1)?.name : node.written;
  if (written === undefined) return rows;
  return { ...rows, relations: rows.relations.map((relation) => ({ ...relation, written })) };
}

function tableRows(node: TableReference, outer: Scope): FromRows {
  const { compilation } = outer;
  const { parts } = node.path;
  const alias = node.alias?.name ?? node.path.identifiers.at(-1)?.name.split('.').at(-1) ?? parts.at(-1);
  if (parts.length === 1) {
    const named = outer.findTable(parts[0]!);
    if (named !== undefined) return relationOf(named, named.sql, alias, compilation);
  }
  const resolved = engineTable(node, compilation);
  if (resolved !== undefined) {
    // Temporary tables and INFORMATION_SCHEMA change without the catalog knowing of it.
    compilation.cacheable = false;
    const { ref } = resolved;
    let columns = fieldColumns(resolved.columns, resolved.physicalNames);
    if (ref !== undefined) {
      compilation.refer(ref);
      columns = columns.map((column) => ({ ...column, origin: { table: ref, column: column.name! } }));
    }
    return relationOf({ columns }, raw(resolved.sql), alias, compilation);
  }
  const found = compilation.context.names.table(node.path);
  return found.kind === 'view'
    ? view(found, alias, node, outer)
    : storedTable(found, alias?.replace(/\*$/, ''), compilation);
}

function engineTable(node: TableReference, compilation: Compilation): ResolvedTable | undefined {
  const resolve = compilation.context.resolveTable;
  if (resolve === undefined) return undefined;
  // The path, not the node: `TABLE name` of a call becomes a new node each time.
  const { path } = node;
  if (compilation.resolved.has(path)) return compilation.resolved.get(path) as ResolvedTable | undefined;
  const answer = resolve(path);
  if (answer instanceof Promise) throw new Pending(path, () => answer);
  compilation.resolved.set(path, answer);
  return answer;
}

function storedTable(
  table: Extract<CatalogTable, { kind: 'table' }>,
  alias: string | undefined,
  compilation: Compilation,
): FromRows {
  for (const name of table.madeOf ?? [table.name]) compilation.refer(name);
  const filtered = table.columns.filter((column) => column.needsFilter).map((column) => column.name);
  const demand = filtered.length === 0 ? undefined : compilation.demandFilter(table.name, filtered);
  const columns: Column[] = table.columns.map(({ name, physicalName, type, pseudo, cast, needsFilter }) => {
    const sql = raw(quoteIdentifier(physicalName), 'column');
    const column: Column = { name, sql, type, origin: { table: table.name, column: name } };
    if (pseudo) Object.assign(column, { pseudo, origin: undefined });
    if (cast !== undefined) column.cast = cast;
    if (needsFilter) column.filterOf = demand;
    return column;
  });
  return relationOf(
    { columns },
    raw(columns.length > 0 ? table.sql : `(SELECT * FROM ${table.sql})`),
    alias,
    compilation,
  );
}

function view(
  found: Extract<CatalogTable, { kind: 'view' }>,
  alias: string | undefined,
  node: TableReference,
  outer: Scope,
): FromRows {
  const { compilation } = outer;
  compilation.refer(found.name);
  const query = compilation.parse('query', found.query, (text) => parseQuery(text, compilation.dialect));
  const rows = compilation.expand(found.shownName, node.pos, () => outer.apart().query(query));
  // A view keeps the column names it was made with.
  const columns = rows.columns.map((column, index) => ({
    ...column,
    name: found.columnNames[index] ?? column.name,
  }));
  return relationOf({ columns, row: rows.row }, subquery(rows.sql), alias, compilation);
}

export function fieldColumns(
  fields: readonly Field[],
  physicalNames: readonly string[] | undefined,
): Column[] {
  return fields.map((field, index) => ({
    name: field.name,
    sql: raw(quoteIdentifier(physicalNames?.[index] ?? field.name), 'column'),
    type: field.type,
  }));
}
