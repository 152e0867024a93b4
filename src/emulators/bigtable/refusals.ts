import type { Methods } from '../serving/method.js';
import { type Refusals, refusedMethods as refuse } from '../serving/refused-methods.js';
import { unsupported } from './data/row-writes.js';

/** Features that are not there, and the methods that are refused with their name. */
export const REFUSED: Refusals = {
  'google.bigtable.v2.Bigtable': {
    'Change streams': ['GenerateInitialChangeStreamPartitions', 'ReadChangeStream'],
    'SQL queries': ['PrepareQuery', 'ExecuteQuery'],
  },
  'google.bigtable.admin.v2.BigtableTableAdmin': {
    Backups: [
      'CreateBackup',
      'GetBackup',
      'UpdateBackup',
      'DeleteBackup',
      'ListBackups',
      'RestoreTable',
      'CopyBackup',
    ],
    Snapshots: ['SnapshotTable', 'GetSnapshot', 'ListSnapshots', 'DeleteSnapshot', 'CreateTableFromSnapshot'],
    'Deleted tables': ['UndeleteTable'],
    'Authorized views': [
      'CreateAuthorizedView',
      'ListAuthorizedViews',
      'GetAuthorizedView',
      'UpdateAuthorizedView',
      'DeleteAuthorizedView',
    ],
    'Schema bundles': [
      'CreateSchemaBundle',
      'UpdateSchemaBundle',
      'GetSchemaBundle',
      'ListSchemaBundles',
      'DeleteSchemaBundle',
    ],
  },
  'google.bigtable.admin.v2.BigtableInstanceAdmin': {
    'Logical views': [
      'CreateLogicalView',
      'GetLogicalView',
      'ListLogicalViews',
      'UpdateLogicalView',
      'DeleteLogicalView',
    ],
    'Materialized views': [
      'CreateMaterializedView',
      'GetMaterializedView',
      'ListMaterializedViews',
      'UpdateMaterializedView',
      'DeleteMaterializedView',
    ],
  },
};

const STREAMING: ReadonlySet<string> = new Set([
  'GenerateInitialChangeStreamPartitions',
  'ReadChangeStream',
  'ExecuteQuery',
]);

export function refusedMethods(): Methods {
  return refuse(REFUSED, STREAMING, unsupported);
}
