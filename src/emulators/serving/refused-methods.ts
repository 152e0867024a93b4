import type { Method, Methods } from './method.js';
import type { ServiceError } from './service-error.js';

/** Names of methods by service and by the feature that is not there. */
export type Refusals = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Methods that are refused with the name of their feature.
 * @param streaming names of those that answer with a stream
 */
export function refusedMethods(
  refusals: Refusals,
  streaming: ReadonlySet<string>,
  refusalOf: (feature: string) => ServiceError,
): Methods {
  return Object.fromEntries(
    Object.entries(refusals).map(([service, features]) => {
      const named = Object.entries(features).flatMap(([feature, names]) => {
        const refuse = () => {
          throw refusalOf(feature);
        };
        return names.map((name): [string, Method] => [
          name,
          streaming.has(name)
            ? { kind: 'server-stream-raw', handle: async () => refuse() }
            : { kind: 'unary-raw', handle: refuse },
        ]);
      });
      return [service, Object.fromEntries(named)];
    }),
  );
}

/** Methods of several parts, of which some may be of the same service. */
export function mergeMethods(parts: readonly Methods[]): Methods {
  const merged: Methods = {};
  for (const [service, methods] of parts.flatMap(Object.entries<Methods[string]>)) {
    merged[service] = { ...merged[service], ...methods };
  }
  return merged;
}
