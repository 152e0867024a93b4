import type { Methods } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';

/** Features that are not there, and the methods that are refused with their name. */
export const REFUSED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'google.spanner.admin.database.v1.DatabaseAdmin': {
    Backups: [
      'CreateBackup',
      'CopyBackup',
      'GetBackup',
      'UpdateBackup',
      'DeleteBackup',
      'ListBackups',
      'ListBackupOperations',
      'RestoreDatabase',
    ],
    'Backup schedules': [
      'CreateBackupSchedule',
      'GetBackupSchedule',
      'UpdateBackupSchedule',
      'DeleteBackupSchedule',
      'ListBackupSchedules',
    ],
    Graphs: ['InternalUpdateGraphOperation'],
  },
  'google.spanner.admin.instance.v1.InstanceAdmin': {
    'Instance partitions': [
      'CreateInstancePartition',
      'GetInstancePartition',
      'UpdateInstancePartition',
      'DeleteInstancePartition',
      'ListInstancePartitions',
      'ListInstancePartitionOperations',
    ],
    'Moves of instances': ['MoveInstance'],
  },
  'google.spanner.v1.Spanner': {
    'Updates of caches of locations': ['FetchCacheUpdate'],
  },
};

const STREAMING: ReadonlySet<string> = new Set(['FetchCacheUpdate']);

export function unsupported(feature: string): ServiceError {
  return new ServiceError('UNIMPLEMENTED', `${feature} are not supported by the embedded Spanner.`);
}

export function refusedMethods(): Methods {
  return Object.fromEntries(
    Object.entries(REFUSED).map(([service, features]) => [
      service,
      Object.fromEntries(
        Object.entries(features).flatMap(([feature, names]) =>
          names.map((name) => [name, refusedMethod(feature, STREAMING.has(name))]),
        ),
      ),
    ]),
  );
}

function refusedMethod(feature: string, isStreaming: boolean): Methods[string][string] {
  const refuse = () => {
    throw unsupported(feature);
  };
  return isStreaming
    ? { kind: 'server-stream-raw', handle: async () => refuse() }
    : { kind: 'unary-raw', handle: refuse };
}
