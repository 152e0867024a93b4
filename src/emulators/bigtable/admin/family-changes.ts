import type { Message } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';
import { checkId } from '../names.js';
import { type FamilyChange, type FamilyMessage, makeFamily, type TableDefinition } from '../store.js';

/** Members of `ColumnFamily` that may be updated, by path. */
const PATHS: Readonly<Record<string, keyof FamilyMessage>> = { gc_rule: 'gcRule', value_type: 'valueType' };

/**
 * Checks modifications of column families, which are carried out in their order, all or none.
 * @throws ServiceError for the first that is refused.
 */
export function checkFamilyChanges(
  definition: TableDefinition,
  modifications: readonly Message[],
): FamilyChange[] {
  if (modifications.length === 0) throw new ServiceError('INVALID_ARGUMENT', 'No modifications provided');
  const families = new Map(Object.entries(definition.columnFamilies));
  return modifications.map((modification) => {
    const id = checkId('family', modification.id, 'modifications');
    const change = checkChange(id, modification, families.get(id), definition.name);
    if ('drop' in change) families.delete(id);
    else families.set(id, 'create' in change ? change.create : change.update);
    return change;
  });
}

function checkChange(
  id: string,
  { create, update, drop, updateMask }: Message,
  known: FamilyMessage | undefined,
  table: string,
): FamilyChange {
  if (create !== undefined) {
    if (known !== undefined) {
      throw new ServiceError('ALREADY_EXISTS', `Column family '${id}' already exists in ${table}`);
    }
    makeFamily(id, create as FamilyMessage);
    return { id, create: create as FamilyMessage };
  }
  if (drop !== true && update === undefined) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Modification of '${id}' sets none of create, update and drop`,
    );
  }
  if (known === undefined) {
    throw new ServiceError('NOT_FOUND', `Column family '${id}' does not exist in ${table}`);
  }
  if (drop === true) return { id, drop };
  const updated = masked(known, update as FamilyMessage, (updateMask as { paths?: string[] })?.paths ?? []);
  if (!isSameType(known, updated)) {
    throw new ServiceError('INVALID_ARGUMENT', `The value_type of '${id}' cannot be changed`);
  }
  makeFamily(id, updated);
  return { id, update: updated };
}

/** Without a mask, the rule is what is updated. */
function masked(known: FamilyMessage, update: FamilyMessage, paths: readonly string[]): FamilyMessage {
  const result: FamilyMessage = { ...known };
  for (const path of paths.length === 0 ? ['gc_rule'] : paths) {
    const field = PATHS[path];
    if (field === undefined) {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Error in field 'update_mask' : '${path}' cannot be updated`,
      );
    }
    if (update[field] === undefined) delete result[field];
    else Object.assign(result, { [field]: update[field] });
  }
  return result;
}

function isSameType(one: FamilyMessage, other: FamilyMessage): boolean {
  return JSON.stringify(one.valueType ?? null) === JSON.stringify(other.valueType ?? null);
}
