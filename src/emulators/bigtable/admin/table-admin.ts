import { iamMethods } from '../../serving/iam.js';
import type { Message, Methods } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { ServiceError } from '../../serving/service-error.js';
import { secondsAndNanos } from '../../serving/time.js';
import { unsupported } from '../data/row-writes.js';
import type { Emulator } from '../emulator.js';
import { checkId, checkName, instanceOf } from '../names.js';
import { type FamilyMessage, makeFamily, type SchemaChange, type TableDefinition } from '../store.js';
import { checkFamilyChanges } from './family-changes.js';
import { policiesOf, policyName } from './iam.js';
import { maskPaths } from './masks.js';
import type { Operations } from './operations.js';

const TABLE_ADMIN = 'google.bigtable.admin.v2.BigtableTableAdmin';

/** Members of `Table` that are refused by name rather than lost. */
const REFUSED_FIELDS = {
  changeStreamConfig: 'Change streams',
  automatedBackupPolicy: 'Backups',
  rowKeySchema: 'Row key schemas',
} as const;

export function tableAdminMethods(emulator: Emulator, operations: Operations): Methods {
  const { store } = emulator;
  return {
    [TABLE_ADMIN]: {
      CreateTable: { kind: 'unary', handle: (request) => createTable(emulator, request) },
      ListTables: { kind: 'unary', handle: (request) => listTables(emulator, request) },
      GetTable: {
        kind: 'unary',
        handle: ({ name, view }) => {
          const { definition } = store.entry(checkName('table', name, 'name'));
          return viewOf(emulator, definition, String(view ?? 'SCHEMA_VIEW'));
        },
      },
      UpdateTable: { kind: 'unary', handle: (request) => updateTable(emulator, operations, request) },
      DeleteTable: { kind: 'unary', handle: (request) => deleteTable(emulator, request) },
      ModifyColumnFamilies: { kind: 'unary', handle: (request) => modifyColumnFamilies(emulator, request) },
      DropRowRange: { kind: 'unary', handle: (request) => dropRowRange(emulator, request) },
      GenerateConsistencyToken: {
        kind: 'unary',
        handle: ({ name }) => ({
          consistencyToken: tokenOf(store.entry(checkName('table', name, 'name')).definition),
        }),
      },
      CheckConsistency: {
        kind: 'unary',
        handle: ({ name, consistencyToken }) => {
          const { definition } = store.entry(checkName('table', name, 'name'));
          if (consistencyToken !== tokenOf(definition)) {
            throw new ServiceError(
              'INVALID_ARGUMENT',
              `Consistency token is not valid for ${definition.name}`,
            );
          }
          // There is one copy of everything, which every read sees.
          return { consistent: true };
        },
      },
      ...iamMethods(
        policiesOf(emulator, (resource) => {
          if (/\/(backups|authorizedViews|schemaBundles)\//.test(resource))
            throw unsupported('Policies of views and backups');
          store.entry(checkName('table', resource, 'resource'));
        }),
      ),
    },
  };
}

function tokenOf({ name }: TableDefinition): string {
  return `token-for-${Buffer.from(name).toString('base64url')}`;
}

async function createTable(emulator: Emulator, request: Message): Promise<Message> {
  const parent = checkName('instance', request.parent, 'parent');
  const name = `${parent}/tables/${checkId('table', request.tableId, 'table_id')}`;
  const table = (request.table ?? {}) as Message;
  refuseFields(table);
  if (emulator.store.tables.has(name))
    throw new ServiceError('ALREADY_EXISTS', `Table already exists: ${name}`);
  const columnFamilies = (table.columnFamilies ?? {}) as Record<string, FamilyMessage>;
  for (const [id, family] of Object.entries(columnFamilies))
    makeFamily(checkId('family', id, 'column_families'), family);
  const definition: TableDefinition = {
    name,
    columnFamilies,
    deletionProtection: table.deletionProtection === true,
    splitKeys: splitKeysOf((request.initialSplits ?? []) as { key?: Buffer }[]),
  };
  await emulator.change({ type: 'create-table', definition });
  return viewOf(emulator, definition, 'SCHEMA_VIEW');
}

function refuseFields(table: Message): void {
  for (const [field, feature] of Object.entries(REFUSED_FIELDS)) {
    if (table[field] !== undefined) throw unsupported(feature);
  }
}

function splitKeysOf(splits: readonly { key?: Buffer }[]): string[] {
  const keys = splits.map(({ key }) => key ?? Buffer.alloc(0));
  if (keys.some((key) => key.length === 0)) {
    throw new ServiceError('INVALID_ARGUMENT', "Error in field 'initial_splits' : a split key is empty");
  }
  const texts = keys.sort(Buffer.compare).map((key) => key.toString('base64'));
  return [...new Set(texts)];
}

function listTables(emulator: Emulator, request: Message): Message {
  const parent = checkName('instance', request.parent, 'parent');
  const tables = [...emulator.store.tables.values()]
    .map(({ definition }) => definition)
    .filter(({ name }) => instanceOf(name) === parent);
  const { items, ...page } = pageOf(tables, ({ name }) => name, request);
  const view = String(request.view ?? 'NAME_ONLY');
  return { tables: items.map((definition) => viewOf(emulator, definition, view)), ...page };
}

/** A table as a view shows it. @param view `VIEW_UNSPECIFIED` is the schema. */
function viewOf({ store }: Emulator, definition: TableDefinition, view: string): Message {
  const { name, columnFamilies, deletionProtection } = definition;
  const schema = {
    columnFamilies,
    granularity: 'MILLIS',
    ...(deletionProtection ? { deletionProtection } : {}),
  };
  if (view === 'NAME_ONLY') return { name };
  if (view === 'SCHEMA_VIEW' || view === 'VIEW_UNSPECIFIED') return { name, ...schema };
  const prefix = `${instanceOf(name)}/clusters/`;
  const clusterStates = Object.fromEntries(
    [...store.resources.keys()]
      .filter((resource) => resource.startsWith(prefix))
      .map((resource) => [resource.slice(prefix.length), { replicationState: 'READY' }]),
  );
  if (view === 'FULL') return { name, clusterStates, ...schema };
  return { name, clusterStates };
}

async function updateTable(emulator: Emulator, operations: Operations, request: Message): Promise<Message> {
  const table = (request.table ?? {}) as Message;
  const { definition } = emulator.store.entry(checkName('table', table.name, 'table.name'));
  for (const path of maskPaths(request.updateMask)) {
    const field = path.split('.')[0]!.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const feature = REFUSED_FIELDS[field as keyof typeof REFUSED_FIELDS];
    if (feature !== undefined) throw unsupported(feature);
    if (path !== 'deletion_protection') {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Error in field 'update_mask' : '${path}' cannot be updated`,
      );
    }
  }
  await emulator.change({
    type: 'protect-table',
    table: definition.name,
    deletionProtection: table.deletionProtection === true,
  });
  const time = secondsAndNanos(emulator.surroundings.now());
  return operations.done(
    definition.name,
    ['UpdateTableMetadata', { name: definition.name, startTime: time, endTime: time }],
    ['Table', viewOf(emulator, definition, 'SCHEMA_VIEW')],
  );
}

async function deleteTable(emulator: Emulator, request: Message): Promise<Message> {
  const { definition } = emulator.store.entry(checkName('table', request.name, 'name'));
  await emulator.change(...tableDeletion(emulator, definition));
  return {};
}

/** @throws ServiceError FAILED_PRECONDITION for a table that is protected. */
export function tableDeletion({ store }: Emulator, definition: TableDefinition): SchemaChange[] {
  checkUnprotected(definition);
  const policy = policyName(definition.name);
  return [
    { type: 'delete-table', table: definition.name },
    ...(store.resources.has(policy) ? [{ type: 'delete-resource', name: policy } as const] : []),
  ];
}

function checkUnprotected({ name, deletionProtection }: TableDefinition): void {
  if (!deletionProtection) return;
  throw new ServiceError('FAILED_PRECONDITION', `The table ${name} is protected from deletion`);
}

async function modifyColumnFamilies(emulator: Emulator, request: Message): Promise<Message> {
  const { definition } = emulator.store.entry(checkName('table', request.name, 'name'));
  const changes = checkFamilyChanges(definition, (request.modifications ?? []) as Message[]);
  if (changes.some((change) => 'drop' in change)) checkUnprotected(definition);
  await emulator.change({
    type: 'change-families',
    table: definition.name,
    timeMs: emulator.surroundings.now(),
    changes,
  });
  return viewOf(emulator, definition, 'SCHEMA_VIEW');
}

async function dropRowRange(emulator: Emulator, request: Message): Promise<Message> {
  const { definition } = emulator.store.entry(checkName('table', request.name, 'name'));
  const prefix = request.rowKeyPrefix as Buffer | undefined;
  if (request.deleteAllDataFromTable === true) {
    await emulator.change({ type: 'drop-rows', table: definition.name });
    return {};
  }
  if (prefix === undefined || prefix.length === 0) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      'Either row_key_prefix or delete_all_data_from_table must be set',
    );
  }
  await emulator.change({ type: 'drop-rows', table: definition.name, prefix: prefix.toString('base64') });
  return {};
}
