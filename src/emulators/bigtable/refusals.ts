import type { Methods } from '../serving/method.js';
import { unsupported } from './data/row-writes.js';

/** Features that are not there, and the methods that are refused with their name. */
export const REFUSED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
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
  const methods: Methods = {};
  for (const [service, features] of Object.entries(REFUSED)) {
    const named: Methods[string] = {};
    for (const [feature, names] of Object.entries(features)) {
      const refuse = () => {
        throw unsupported(feature);
      };
      for (const name of names) {
        named[name] = STREAMING.has(name)
          ? { kind: 'server-stream-raw', handle: async () => refuse() }
          : { kind: 'unary-raw', handle: refuse };
      }
    }
    methods[service] = named;
  }
  return methods;
}
