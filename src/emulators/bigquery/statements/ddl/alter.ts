import { typeOfNode } from '../../../googlesql/compile/expression/type-nodes.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { Alter, AlterAction, ColumnChange, Identifier } from '../../../googlesql/syntax/ast.js';
import { coercionCost, printType } from '../../../googlesql/syntax/types.js';
import type { Changes } from '../../catalog/catalog.js';
import type { TableEntry, TableField } from '../../catalog/entries.js';
import { findField, withDefaultCollation } from '../../catalog/fields.js';
import { modelName } from '../../catalog/names.js';
import { fromTableField, toTableField } from '../../catalog/rest-types.js';
import { BigQueryError } from '../../errors.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';
import { requireTable, tableRef } from '../targets.js';
import { checkDefault, columnOptions, resolveColumn } from './columns.js';
import { addConstraint, dropForeignKey } from './constraints.js';
import { refuseInTransaction } from './create-table.js';
import { applyOptions, collationText, evaluateOptions } from './options.js';
import { runAlterSchema } from './schemas.js';
import { modelOptions, tableOptions } from './table-options.js';

export async function runAlter(statement: Alter, session: Session): Promise<ExecuteResult> {
  switch (statement.objectType) {
    case 'SCHEMA':
      return runAlterSchema(statement, session);
    case 'TABLE':
    case 'VIEW':
    case 'MATERIALIZED VIEW':
      return alterTable(statement, session);
    case 'MODEL':
      return alterModel(statement, session);
    default:
      throw notImplemented(`ALTER ${statement.objectType}`);
  }
}

/** ALTER TABLE and ALTER VIEW: the actions apply in order, then the table changes once. */
async function alterTable(statement: Alter, session: Session): Promise<ExecuteResult> {
  refuseInTransaction(session);
  if (session.temporaryTable(statement.name)) throw notImplemented('ALTER TABLE of a temporary table');
  const ref = tableRef(statement.name, session);
  const { catalog, tables } = session.services;
  const result: ExecuteResult = {
    statementType: `ALTER_${statement.objectType.replaceAll(' ', '_')}`,
    totalBytesProcessed: 0,
    ddlTargetTable: ref,
    ddlOperationPerformed: 'ALTER',
  };
  const known = catalog.getDataset(ref) && catalog.getTable(ref);
  if (!known && statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  const table = requireTable(ref, session);
  const draft: TableEntry = { ...table, fields: structuredClone(table.fields) };
  let newName: Identifier | undefined;
  for (const action of statement.actions) {
    if (action.kind === 'RenameTo') newName = action.name;
    else await applyAction(draft, action, session);
  }
  if (session.request.dryRun) return result;
  const renames = statement.actions.filter((action) => action.kind === 'RenameColumn');
  for (const { column, to, ifExists } of renames) {
    const current = findField(catalog.requireTable(ref).fields, column.name);
    if (!current && ifExists) continue;
    await tables.renameColumn(ref, current!.name, to.name);
  }
  await tables.updateTable(ref, changesOf(draft));
  if (newName) await tables.rename(ref, newName.name);
  return result;
}

function changesOf(draft: TableEntry): Changes<TableEntry> {
  const {
    ref: _ref,
    creationTime: _created,
    lastModifiedTime: _modified,
    revision: _revision,
    ...changes
  } = draft;
  return changes;
}

async function applyAction(draft: TableEntry, action: AlterAction, session: Session): Promise<void> {
  switch (action.kind) {
    case 'SetOptions':
      applyOptions(draft, await evaluateOptions(action.options, session), tableOptions, 'table');
      return;
    case 'SetDefaultCollation':
      draft.defaultCollation = collationText(action.collation);
      return;
    case 'AddColumn':
      return addColumn(draft, action, session);
    case 'DropColumn':
      return dropColumn(draft, action);
    case 'RenameColumn':
      return renameColumn(draft, action);
    case 'AlterColumn':
      return alterColumn(draft, action, session);
    case 'AddConstraint':
      if (!(action.ifNotExists && hasForeignKey(draft, action.constraint.name))) {
        addConstraint(draft, action.constraint, draft.fields, session);
      }
      return;
    case 'DropPrimaryKey':
      if (!draft.primaryKey && !action.ifExists)
        throw invalidQuery('The table has no primary key', action.pos);
      draft.primaryKey = undefined;
      return;
    case 'DropConstraint':
      if (!dropForeignKey(draft, action.name.name) && !action.ifExists) {
        throw invalidQuery(`Constraint not found: ${action.name.name}`, action.name.pos);
      }
      return;
    case 'RenameTo':
      throw new Error('RENAME TO is applied by its caller');
  }
}

type ActionOf<Kind extends AlterAction['kind']> = Extract<AlterAction, { kind: Kind }>;

async function addColumn(draft: TableEntry, action: ActionOf<'AddColumn'>, session: Session): Promise<void> {
  const { column } = action;
  const name = column.name.name;
  if (findField(draft.fields, name)) {
    if (action.ifNotExists) return;
    throw invalidQuery(`Column already exists: ${name}`, column.pos);
  }
  if (column.notNull) {
    throw invalidQuery('Cannot add required columns to an existing table', column.pos);
  }
  if (column.default) {
    throw invalidQuery(
      'Adding a column with a default value is not supported; add the column, then set its default',
      column.pos,
    );
  }
  draft.fields.push(...withDefaultCollation([await resolveColumn(column, session)], draft.defaultCollation));
}

function dropColumn(draft: TableEntry, action: ActionOf<'DropColumn'>): void {
  const field = findField(draft.fields, action.column.name);
  if (!field) {
    if (action.ifExists) return;
    throw invalidQuery(`Column not found: ${action.column.name}`, action.column.pos);
  }
  const used = [draft.timePartitioning?.field, draft.rangePartitioning?.field, ...(draft.clustering ?? [])];
  if (used.some((name) => name?.toLowerCase() === field.name.toLowerCase())) {
    throw invalidQuery(
      `Cannot drop column ${field.name}: the table is partitioned or clustered by it`,
      action.column.pos,
    );
  }
  if (draft.fields.length === 1)
    throw invalidQuery('Cannot drop the only column of a table', action.column.pos);
  draft.fields = draft.fields.filter((other) => other !== field);
}

function renameColumn(draft: TableEntry, action: ActionOf<'RenameColumn'>): void {
  const field = findField(draft.fields, action.column.name);
  if (!field) {
    if (action.ifExists) return;
    throw invalidQuery(`Column not found: ${action.column.name}`, action.column.pos);
  }
  if (findField(draft.fields, action.to.name)) {
    throw invalidQuery(`Column already exists: ${action.to.name}`, action.to.pos);
  }
  const before = field.name.toLowerCase();
  field.name = action.to.name;
  draft.clustering = draft.clustering?.map((name) => (name.toLowerCase() === before ? action.to.name : name));
}

function hasForeignKey(draft: TableEntry, name: Identifier | undefined): boolean {
  return (draft.foreignKeys ?? []).some((key) => key['name'] === name?.name);
}

async function alterColumn(
  draft: TableEntry,
  action: ActionOf<'AlterColumn'>,
  session: Session,
): Promise<void> {
  let field: TableField | undefined;
  for (const name of action.column) {
    field = findField(field ? (field.fields ?? []) : draft.fields, name.name);
    if (field) continue;
    if (action.ifExists) return;
    throw invalidQuery(`Column not found: ${name.name}`, name.pos);
  }
  await changeField(field!, action.change, action, session);
}

async function changeField(
  field: TableField,
  change: ColumnChange,
  action: AlterAction,
  session: Session,
): Promise<void> {
  switch (change.kind) {
    case 'SetOptions':
      applyOptions(field, await evaluateOptions(change.options, session), columnOptions, 'column');
      return;
    case 'SetDefault':
      await checkDefault(change.text, field, action.pos, session);
      field.defaultValueExpression = change.text;
      return;
    case 'DropDefault':
      field.defaultValueExpression = undefined;
      return;
    case 'DropNotNull':
      if (field.mode === 'REQUIRED') field.mode = 'NULLABLE';
      return;
    case 'SetDataType': {
      const before = fromTableField(field).type;
      const after = typeOfNode(change.type);
      if (coercionCost(before, after) === undefined) {
        throw invalidQuery(
          `ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type (${printType(before)}) is assignable to the new type (${printType(after)})`,
          action.pos,
        );
      }
      const { type, fields } = toTableField({ name: field.name, type: after });
      Object.assign(field, { type, fields, maxLength: undefined, precision: undefined, scale: undefined });
      if (change.type.kind !== 'SimpleType') return;
      const [first, second] = change.type.parameters;
      if (first === undefined) return;
      if (type === 'STRING' || type === 'BYTES') field.maxLength = String(first);
      else
        Object.assign(field, {
          precision: String(first),
          scale: second === undefined ? undefined : String(second),
        });
    }
  }
}

async function alterModel(statement: Alter, session: Session): Promise<ExecuteResult> {
  refuseInTransaction(session);
  const { projectId, datasetId, tableId } = tableRef(statement.name, session);
  const ref = { projectId, datasetId, modelId: tableId };
  const result: ExecuteResult = {
    statementType: 'ALTER_MODEL',
    totalBytesProcessed: 0,
    ddlTargetModel: ref,
    ddlOperationPerformed: 'ALTER',
  };
  const { catalog } = session.services;
  if (!catalog.getModel(ref)) {
    if (statement.ifExists) return { ...result, ddlOperationPerformed: 'SKIP' };
    throw new BigQueryError('notFound', `Not found: Model ${modelName(ref)}`);
  }
  const changes: Parameters<typeof catalog.updateModel>[1] = {};
  for (const action of statement.actions) {
    if (action.kind !== 'SetOptions') throw notImplemented(`ALTER MODEL … ${action.kind}`);
    applyOptions(changes, await evaluateOptions(action.options, session), modelOptions, 'model');
  }
  if (!session.request.dryRun) catalog.updateModel(ref, changes);
  return result;
}
