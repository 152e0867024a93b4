import type { Message, Methods } from '../../serving/method.js';
import type { HttpRule } from '../../serving/rest/routes.js';
import { ServiceError } from '../../serving/service-error.js';

const OPERATIONS = 'google.longrunning.Operations';
const TYPES = 'type.googleapis.com/google.bigtable.admin.v2.';
/** Where REST has them, as the configuration of the service says and the descriptors do not. */
export const OPERATIONS_HTTP_RULES: Readonly<Record<string, readonly HttpRule[]>> = {
  [`${OPERATIONS}/GetOperation`]: [{ get: '/v2/{name=operations/**}' }],
  [`${OPERATIONS}/ListOperations`]: [{ get: '/v2/{name=operations/projects/**}/operations' }],
  [`${OPERATIONS}/CancelOperation`]: [{ post: '/v2/{name=operations/**}:cancel' }],
  [`${OPERATIONS}/DeleteOperation`]: [{ delete: '/v2/{name=operations/**}' }],
};

/** Older ones are forgotten. */
const MAX_OPERATIONS = 1000;

/** Long-running operations. All are done when they are answered. */
export class Operations {
  readonly #known = new Map<string, Message>();
  #count = 0;

  /**
   * @param resource whose name the operation's begins with.
   * @param metadata its type, without the package, and fields; so is `response`.
   */
  done(
    resource: string,
    metadata: readonly [string, Message],
    response: readonly [string, Message],
  ): Message {
    const name = `operations/${resource}/operations/${Date.now()}${String(++this.#count).padStart(4, '0')}`;
    const operation: Message = {
      name,
      done: true,
      metadata: { '@type': TYPES + metadata[0], ...metadata[1] },
      response: { '@type': TYPES + response[0], ...response[1] },
    };
    this.#known.set(name, operation);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_OPERATIONS && oldest !== undefined) this.#known.delete(oldest);
    return operation;
  }

  methods(): Methods {
    return {
      [OPERATIONS]: {
        GetOperation: { kind: 'unary', handle: ({ name }) => this.#get(String(name ?? '')) },
        ListOperations: { kind: 'unary', handle: ({ name }) => this.#list(String(name ?? '')) },
        WaitOperation: { kind: 'unary', handle: ({ name }) => this.#get(String(name ?? '')) },
        CancelOperation: {
          kind: 'unary',
          handle: ({ name }) => {
            this.#get(String(name ?? ''));
            return {};
          },
        },
        DeleteOperation: {
          kind: 'unary',
          handle: ({ name }) => {
            this.#get(String(name ?? ''));
            this.#known.delete(String(name));
            return {};
          },
        },
      },
    };
  }

  #get(name: string): Message {
    const operation = this.#known.get(name);
    if (operation === undefined) throw new ServiceError('NOT_FOUND', `Operation not found: ${name}`);
    return operation;
  }

  #list(prefix: string): Message {
    return { operations: [...this.#known.values()].filter(({ name }) => String(name).startsWith(prefix)) };
  }
}
