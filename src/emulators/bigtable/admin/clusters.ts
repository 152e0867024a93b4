import type { Message, Method } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { ServiceError } from '../../serving/service-error.js';
import { secondsAndNanos } from '../../serving/time.js';
import { unsupported } from '../data/row-writes.js';
import { type Emulator, notFound } from '../emulator.js';
import { checkId, checkName, instanceOf } from '../names.js';
import { getInstance } from './instances.js';
import { maskPaths } from './masks.js';
import type { Operations } from './operations.js';

type Cluster = Message & { name: string };

/** Clusters are kept and listed; all data is in one place, whatever they are. */
export function clusterMethods(emulator: Emulator, operations: Operations): Record<string, Method> {
  const finished = (cluster: Cluster, metadata: string, originalRequest: Message) => {
    const time = secondsAndNanos(emulator.surroundings.now());
    const fields = { originalRequest, requestTime: time, finishTime: time };
    return operations.done(cluster.name, [metadata, fields], ['Cluster', cluster]);
  };
  return {
    CreateCluster: {
      kind: 'unary',
      handle: async (request) => {
        const parent = checkName('instance', request.parent, 'parent');
        getInstance(emulator, parent);
        const cluster = newCluster(parent, request.clusterId, (request.cluster ?? {}) as Message);
        if (emulator.store.resources.has(cluster.name)) {
          throw new ServiceError('ALREADY_EXISTS', `Cluster already exists: ${cluster.name}`);
        }
        await put(emulator, cluster);
        return finished(cluster, 'CreateClusterMetadata', request);
      },
    },
    GetCluster: {
      kind: 'unary',
      handle: ({ name }) => getCluster(emulator, checkName('cluster', name, 'name')),
    },
    ListClusters: {
      kind: 'unary',
      handle: (request) => {
        const { items, ...page } = pageOf(clustersIn(emulator, request.parent), ({ name }) => name, request);
        return { clusters: items, ...page };
      },
    },
    UpdateCluster: {
      kind: 'unary',
      handle: async (request) => {
        const cluster = await update(emulator, request, ['serve_nodes']);
        return finished(cluster, 'UpdateClusterMetadata', cluster);
      },
    },
    PartialUpdateCluster: {
      kind: 'unary',
      handle: async (request) => {
        const given = (request.cluster ?? {}) as Message;
        const cluster = await update(emulator, given, maskPaths(request.updateMask));
        return finished(cluster, 'PartialUpdateClusterMetadata', request);
      },
    },
    DeleteCluster: {
      kind: 'unary',
      handle: async (request) => {
        const { name } = getCluster(emulator, checkName('cluster', request.name, 'name'));
        if (clustersIn(emulator, instanceOf(name)).length === 1) {
          throw new ServiceError('FAILED_PRECONDITION', `${name} is the last cluster of its instance`);
        }
        await emulator.change({ type: 'delete-resource', name });
        return {};
      },
    },
    ListHotTablets: {
      kind: 'unary',
      handle: ({ parent }) => {
        getCluster(emulator, checkName('cluster', parent, 'parent'));
        return { hotTablets: [] };
      },
    },
  };
}

/** @throws ServiceError INVALID_ARGUMENT. */
export function newCluster(instance: string, id: unknown, cluster: Message): Cluster {
  const name = `${instance}/clusters/${checkId('cluster', id, 'cluster_id')}`;
  if (cluster.encryptionConfig !== undefined) throw unsupported('Customer-managed encryption keys');
  if (cluster.location === undefined || cluster.location === '') {
    throw new ServiceError('INVALID_ARGUMENT', `Error in field 'location' : must be set for ${name}`);
  }
  return {
    ...cluster,
    ...sized(cluster),
    name,
    state: 'READY',
    defaultStorageType: cluster.defaultStorageType ?? 'SSD',
  };
}

/** A cluster that scales by itself starts with its least number of nodes. */
function sized({ clusterConfig, serveNodes }: Message): Message {
  const limits = (
    clusterConfig as {
      clusterAutoscalingConfig?: { autoscalingLimits?: { minServeNodes?: number; maxServeNodes?: number } };
    }
  )?.clusterAutoscalingConfig?.autoscalingLimits;
  const nodes = limits?.minServeNodes ?? serveNodes ?? 1;
  checkNodes(nodes);
  return { serveNodes: nodes };
}

function checkNodes(nodes: unknown): void {
  if (Number(nodes ?? 0) >= 1) return;
  throw new ServiceError('INVALID_ARGUMENT', "Error in field 'serve_nodes' : must be at least 1");
}

function getCluster({ store }: Emulator, name: string): Cluster {
  const cluster = store.resources.get(name);
  if (cluster === undefined) throw notFound(name);
  return { ...cluster, name };
}

/** @param parent an instance; `-` in its place means all of the project. */
function clustersIn(emulator: Emulator, parent: unknown): Cluster[] {
  const instance = String(parent ?? '');
  const isAny = /^projects\/[^/]+\/instances\/-$/.test(instance);
  if (!isAny) getInstance(emulator, checkName('instance', instance, 'parent'));
  const prefix = isAny ? instance.slice(0, -1) : `${instance}/clusters/`;
  return [...emulator.store.resources.keys()]
    .filter((name) => name.startsWith(prefix) && /\/clusters\/[^/:]+$/.test(name))
    .map((name) => getCluster(emulator, name));
}

async function update(emulator: Emulator, given: Message, paths: readonly string[]): Promise<Cluster> {
  const cluster = getCluster(emulator, checkName('cluster', given.name, 'name'));
  for (const path of paths) {
    if (path === 'serve_nodes') {
      cluster.serveNodes = given.serveNodes;
      delete cluster.clusterConfig;
    } else if (path === 'cluster_config' || path.startsWith('cluster_config.')) {
      cluster.clusterConfig = given.clusterConfig;
    } else {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Error in field 'update_mask' : '${path}' cannot be updated`,
      );
    }
  }
  // What scales by itself keeps its nodes until there is load.
  checkNodes(cluster.serveNodes);
  await put(emulator, cluster);
  return cluster;
}

function put(emulator: Emulator, cluster: Cluster): Promise<void> {
  return emulator.change({ type: 'put-resource', name: cluster.name, resource: cluster });
}
