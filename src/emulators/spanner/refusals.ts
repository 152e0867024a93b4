import type { Methods } from '../serving/method.js';
import { type Refusals, refusedMethods as refuse } from '../serving/refused-methods.js';
import { ServiceError } from '../serving/service-error.js';

/** Features that are not there, and the methods that are refused with their name. */
export const REFUSED: Refusals = {
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
  return refuse(REFUSED, STREAMING, unsupported);
}
