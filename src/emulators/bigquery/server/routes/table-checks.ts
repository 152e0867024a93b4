import { printType } from '../../../googlesql/syntax/types.js';
import type { JsonObject, TableEntry, TableField, TableRef } from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';
import { fromTableField } from '../../catalog/rest-types.js';
import { BigQueryError } from '../../errors.js';
import { checkMembers, objectField, objectListField, requiredText, textField } from '../http/body.js';
import type { ServerContext } from '../server-context.js';

/** Refuses keys over columns that the table does not have. */
export function checkConstraints({ fields, primaryKey, foreignKeys }: Partial<TableEntry>): void {
  const referencing = (foreignKeys ?? []).flatMap((key) =>
    (objectListField(key, 'columnReferences') ?? []).map((pair) => requiredText(pair, 'referencingColumn')),
  );
  for (const column of [...(primaryKey ?? []), ...referencing]) {
    if (findField(fields ?? [], column) === undefined) {
      throw new BigQueryError('invalid', `Column ${column} of a table constraint is not in the schema`, {
        location: 'tableConstraints',
      });
    }
  }
}

/** Refuses a body whose reference names another table than the path does. */
export function checkTableReference(body: JsonObject, ref: Partial<TableRef>): void {
  const reference = objectField(body, 'tableReference');
  checkMembers(reference, 'tableReference', ['projectId', 'datasetId', 'tableId']);
  for (const key of ['projectId', 'datasetId', 'tableId'] as const) {
    const given = reference === undefined ? undefined : textField(reference, key);
    if (given && ref[key] !== undefined && given !== ref[key]) {
      throw new BigQueryError('invalid', `tableReference.${key} ${given} is not the ${ref[key]} of the path`);
    }
  }
}

/** Checks that each default value is an expression its column can take. */
export async function checkDefaultValues(
  { engine }: ServerContext,
  ref: TableRef,
  fields: readonly TableField[],
): Promise<void> {
  for (const field of fields) {
    if (field.defaultValueExpression === undefined) continue;
    const type = printType(fromTableField(field).type);
    try {
      await engine.execute({
        sql: `SELECT CAST((${field.defaultValueExpression}\n) AS ${type})`,
        project: ref.projectId,
        defaultDataset: ref,
        jobId: `default-${ref.tableId}`,
      });
    } catch (error) {
      throw new BigQueryError(
        'invalid',
        `Invalid default value expression for column ${field.name}: ${(error as Error).message}`,
        { location: field.name, cause: error },
      );
    }
  }
}
