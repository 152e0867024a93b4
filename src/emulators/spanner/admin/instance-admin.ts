import { iamMethods } from '../../serving/iam.js';
import type { Message, Methods } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { ServiceError } from '../../serving/service-error.js';
import { secondsAndNanos } from '../../serving/time.js';
import { checkInstanceId, checkName, instanceOf } from '../names.js';
import { deleteDatabase, forget } from './deletions.js';
import { type Emulator, getInstance, type Resource, resourcesOf } from './emulator.js';
import { filtered } from './filters.js';
import { policiesOf } from './iam.js';
import { instanceConfigMethods } from './instance-configs.js';
import { checkLabels } from './labels.js';
import { masked, updated } from './masks.js';
import { finishWith, operationOf, typed } from './operations.js';

const PACKAGE = 'google.spanner.admin.instance.v1';
/** What an update may change, by path. */
const PATHS = {
  display_name: 'displayName',
  node_count: 'nodeCount',
  processing_units: 'processingUnits',
  labels: 'labels',
  autoscaling_config: 'autoscalingConfig',
  edition: 'edition',
  default_backup_schedule_type: 'defaultBackupScheduleType',
};
const UNITS_PER_NODE = 1000;
const PAGE_SIZES = { default: 1000, maximum: 1000 };

export function instanceAdminMethods(emulator: Emulator): Methods {
  return {
    [`${PACKAGE}.InstanceAdmin`]: {
      CreateInstance: { kind: 'unary', handle: (request) => createInstance(emulator, request) },
      GetInstance: {
        kind: 'unary',
        handle: ({ name, fieldMask }) =>
          masked(getInstance(emulator, checkName('instance', name)), fieldMask),
      },
      ListInstances: { kind: 'unary', handle: (request) => listInstances(emulator, request) },
      UpdateInstance: { kind: 'unary', handle: (request) => updateInstance(emulator, request) },
      DeleteInstance: { kind: 'unary', handle: (request) => deleteInstance(emulator, request) },
      ...instanceConfigMethods(emulator),
      ...iamMethods(
        policiesOf(emulator, (resource) => {
          getInstance(emulator, checkName('instance', resource));
        }),
      ),
    },
  };
}

async function createInstance(emulator: Emulator, request: Message): Promise<Message> {
  const project = checkName('project', request.parent);
  const name = `${project}/instances/${String(request.instanceId ?? '')}`;
  const given = (request.instance ?? {}) as Message;
  if (given.name !== undefined && given.name !== '' && given.name !== name) {
    throw new ServiceError('INVALID_ARGUMENT', `Mismatching instance: ${String(given.name)}`);
  }
  checkInstanceId(request.instanceId);
  if (emulator.store.resources.has(name)) {
    throw new ServiceError('ALREADY_EXISTS', `Instance already exists: ${name}`);
  }
  const time = secondsAndNanos(emulator.now());
  const resource = withSize(
    {
      ...given,
      name,
      config: given.config ?? `${project}/instanceConfigs/emulator-config`,
      state: 'READY',
      createTime: time,
      updateTime: time,
    },
    'CreateInstance',
  );
  checkInstance(resource);
  return finish(emulator, resource, 'CreateInstanceMetadata');
}

async function updateInstance(emulator: Emulator, request: Message): Promise<Message> {
  const given = (request.instance ?? {}) as Message;
  const instance = getInstance(emulator, checkName('instance', given.name));
  const paths = ((request.fieldMask as { paths?: string[] } | undefined)?.paths ?? []).join();
  const { nodeCount, processingUnits, ...rest } = updated(instance, given, request.fieldMask, PATHS);
  // The size is told in both units: the one that is updated says what the other becomes.
  const size = {
    ...(!paths.includes('processing_units') && { nodeCount }),
    ...(!paths.includes('node_count') && { processingUnits }),
  };
  const isResized = paths.includes('node_count') || paths.includes('processing_units');
  const resized = isResized ? withSize({ ...rest, ...size }, 'UpdateInstance') : { ...instance, ...rest };
  const resource = { ...resized, updateTime: secondsAndNanos(emulator.now()) };
  checkInstance(resource);
  return finish(emulator, resource, 'UpdateInstanceMetadata');
}

async function finish(emulator: Emulator, resource: Resource, metadata: string): Promise<Message> {
  const time = secondsAndNanos(emulator.now());
  const operation = operationOf({
    resource: resource.name,
    metadata: typed(`${PACKAGE}.${metadata}`, { instance: resource, startTime: time, endTime: time }),
    outcome: typed(`${PACKAGE}.Instance`, resource),
  });
  return finishWith(emulator, operation, resource);
}

/** With nodes and processing units, of which one is given. */
function withSize(instance: Resource, method: string): Resource {
  const nodes = Number(instance.nodeCount ?? 0);
  const units = Number(instance.processingUnits ?? 0);
  if (nodes > 0 && units > 0) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Invalid ${method} request. Only one of nodes or processing units should be specified.`,
    );
  }
  if (units % (units < UNITS_PER_NODE ? 100 : UNITS_PER_NODE) !== 0) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Invalid ${method} request. Processing units should be multiple of 100 for values below 1000 and multiples of 1000 for values above 1000.`,
    );
  }
  const processingUnits = nodes > 0 ? nodes * UNITS_PER_NODE : units;
  return { ...instance, nodeCount: Math.floor(processingUnits / UNITS_PER_NODE), processingUnits };
}

function checkInstance({ displayName, labels }: Resource): void {
  const { length } = String(displayName);
  if (displayName !== undefined && (length < 4 || length > 30)) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Invalid display name: it must be 4-30 characters long, but has ${length}.`,
    );
  }
  checkLabels(labels);
}

function listInstances(emulator: Emulator, request: Message): Message {
  const project = checkName('project', request.parent);
  const instances = filtered(resourcesOf(emulator, 'instance', `${project}/`), request.filter);
  const { items, ...page } = pageOf(instances, ({ name }) => name, request, PAGE_SIZES);
  return { instances: items, ...page };
}

async function deleteInstance(emulator: Emulator, request: Message): Promise<Message> {
  const { name } = getInstance(emulator, checkName('instance', request.name));
  const { databases } = emulator.store;
  const within = [...databases.keys()].filter((database) => instanceOf(database) === name);
  await Promise.all(within.map((database) => deleteDatabase(emulator, database)));
  await forget(emulator, name);
  return {};
}
