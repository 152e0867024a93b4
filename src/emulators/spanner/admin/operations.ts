import { randomUUID } from 'node:crypto';
import type { Message, Method, Methods } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import type { HttpRule } from '../../serving/rest/routes.js';
import { CODES, ServiceError } from '../../serving/service-error.js';
import { checkName } from '../names.js';
import { type Emulator, put, type Resource, resourcesOf } from './emulator.js';
import { filtered } from './filters.js';

const OPERATIONS = 'google.longrunning.Operations';
const RESOURCES = [
  'projects/*/instances/*',
  'projects/*/instances/*/databases/*',
  'projects/*/instanceConfigs/*',
];
/** Where REST has them, as the configuration of the service says and the descriptors do not. */
export const OPERATIONS_HTTP_RULES: Readonly<Record<string, readonly HttpRule[]>> = {
  [`${OPERATIONS}/GetOperation`]: RESOURCES.map((name) => ({ get: `/v1/{name=${name}/operations/*}` })),
  [`${OPERATIONS}/ListOperations`]: RESOURCES.map((name) => ({ get: `/v1/{name=${name}/operations}` })),
  [`${OPERATIONS}/CancelOperation`]: RESOURCES.map((name) => ({
    post: `/v1/{name=${name}/operations/*}:cancel`,
  })),
  [`${OPERATIONS}/DeleteOperation`]: RESOURCES.map((name) => ({ delete: `/v1/{name=${name}/operations/*}` })),
};

export interface NewOperation {
  /** What it is about: its name begins with that of it. */
  resource: string;
  /** Made up when it is absent. */
  id?: string | undefined;
  /** With its type as `@type`, as {@link typed} gives it. */
  metadata: Message;
  /** A message with its type, or what the operation failed with. */
  outcome: Message | ServiceError;
}

const TYPES = 'type.googleapis.com/';

/** A message as a `google.protobuf.Any`. @param type its full name */
export function typed(type: string, message: Message): Message {
  return { '@type': TYPES + type, ...message };
}

/** Older ones are forgotten. */
const MAX_OPERATIONS = 1000;

/** Keeps an operation, and what it made. */
export async function finishWith(
  emulator: Emulator,
  operation: Resource,
  ...made: readonly Resource[]
): Promise<Resource> {
  const [oldest, ...others] = resourcesOf(emulator, 'operation', '');
  if (oldest !== undefined && others.length + 2 > MAX_OPERATIONS) {
    await emulator.store.deleteResource(oldest.name);
  }
  await put(emulator, ...made, operation);
  return operation;
}

/** An operation that is done. */
export function operationOf({ resource, id, metadata, outcome }: NewOperation): Resource {
  const name = `${resource}/operations/${id ?? `_auto_op_${randomUUID().replaceAll('-', '').slice(0, 16)}`}`;
  const result =
    outcome instanceof ServiceError
      ? { error: { code: CODES[outcome.code], message: outcome.message } }
      : { response: outcome };
  return { name, done: true, metadata, ...result };
}

export function operationMethods(emulator: Emulator): Methods {
  const get = ({ name }: Message) => {
    const operation = emulator.store.resources.get(checkName('operation', name));
    if (operation === undefined) throw new ServiceError('NOT_FOUND', `Operation not found: ${name}`);
    return operation as Resource;
  };
  const methods: Record<string, Method> = {
    GetOperation: { kind: 'unary', handle: get },
    ListOperations: { kind: 'unary', handle: (request) => list(emulator, request) },
    WaitOperation: { kind: 'unary', handle: get },
    // There is nothing left to cancel of what is done.
    CancelOperation: {
      kind: 'unary',
      handle: (request) => {
        get(request);
        return {};
      },
    },
    DeleteOperation: {
      kind: 'unary',
      handle: async (request) => {
        await emulator.store.deleteResource(get(request).name);
        return {};
      },
    },
  };
  return { [OPERATIONS]: methods };
}

function list(emulator: Emulator, request: Message): Message {
  const name = String(request.name ?? '');
  const prefix = `${name.replace(/\/operations$/, '')}/operations/`;
  const found = filtered(resourcesOf(emulator, 'operation', prefix), request.filter);
  const { items, ...page } = pageOf(found, (operation) => operation.name, request);
  return { operations: items, ...page };
}

/** All operations about what is within a resource, of certain types. */
export function listWithin(emulator: Emulator, prefix: string, types: string, request: Message): Message {
  const found = resourcesOf(emulator, 'operation', `${prefix}/`).filter(({ metadata }) =>
    String((metadata as Message)['@type']).startsWith(TYPES + types),
  );
  const { items, ...page } = pageOf(filtered(found, request.filter), ({ name }) => name, request);
  return { operations: items, ...page };
}
