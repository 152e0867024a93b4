import type protobuf from 'protobufjs/light.js';
import { ServiceError } from '../service-error.js';
import { toCamelCase } from './well-known.js';

/** `google.api.HttpRule`, as descriptors hold it. */
export interface HttpRule {
  get?: string;
  put?: string;
  post?: string;
  delete?: string;
  patch?: string;
  /** `*`: the body is the message; a name: it is that field; absent: there is none. */
  body?: string;
  additional_bindings?: HttpRule | readonly HttpRule[];
}

export interface Route {
  /** `google.pubsub.v1.Publisher/GetTopic` */
  method: string;
  httpMethod: string;
  body: string | undefined;
  pattern: RegExp;
  /** What the groups of the pattern are: the path of a field (`topic.name`), and whether it spans segments. */
  variables: readonly { field: string; isLong: boolean }[];
  /** Higher ones are tried first. */
  precedence: number;
}

export interface RouteMatch {
  route: Route;
  /** Values of fields by their path. */
  values: Record<string, string>;
}

const VERBS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The routes that the annotations of a method, or the rules given for it, make. */
export function routesOf(method: string, rules: readonly HttpRule[]): Route[] {
  return rules.flatMap((rule) => {
    const more = rule.additional_bindings ?? [];
    const own = VERBS.filter((verb) => rule[verb] !== undefined).map((verb) => ({
      method,
      httpMethod: verb.toUpperCase(),
      body: rule.body === undefined || rule.body === '' ? undefined : rule.body,
      ...compile(rule[verb]!),
    }));
    return [...own, ...routesOf(method, Array.isArray(more) ? more : [more as HttpRule])];
  });
}

export function annotationsOf(method: protobuf.Method): HttpRule[] {
  // The types of the library know neither the list nor its form.
  const { parsedOptions } = method as unknown as { parsedOptions?: Record<string, HttpRule>[] };
  return (parsedOptions ?? []).flatMap((option) => option['(google.api.http)'] ?? []);
}

/** The route for a request, most particular ones first. @param path as in the URL, still encoded. */
export function findRoute(
  routes: readonly Route[],
  httpMethod: string,
  path: string,
): RouteMatch | undefined {
  for (const route of routes) {
    if (route.httpMethod !== httpMethod) continue;
    const match = route.pattern.exec(path);
    if (match === null) continue;
    const values = Object.fromEntries(
      route.variables.map(({ field, isLong }, index) => [field, decode(match[index + 1]!, isLong)]),
    );
    return { route, values };
  }
  return undefined;
}

/** A slash that is encoded in a value of several segments stays so, or it would end a segment. */
function decode(text: string, isLong: boolean): string {
  try {
    return isLong ? text.split(/%2f/i).map(decodeURIComponent).join('%2F') : decodeURIComponent(text);
  } catch {
    throw new ServiceError('INVALID_ARGUMENT', 'The path is not valid UTF-8.');
  }
}

/** @param template such as `/v1/{topic=projects/*\/topics/*}:publish`. */
function compile(template: string): Pick<Route, 'pattern' | 'variables' | 'precedence'> {
  const variables: { field: string; isLong: boolean }[] = [];
  const source = template.replaceAll(
    /\{([^=}]+)=?([^}]*)\}|[^{}]+/g,
    (text, field?: string, inner?: string) => {
      if (field === undefined) return toPattern(text);
      variables.push({ field: field.split('.').map(toCamelCase).join('.'), isLong: Boolean(inner) });
      return `(${toPattern(inner || '*')})`;
    },
  );
  const hasVerb = /:[^/{}]+$/.test(template);
  const literals = template.replaceAll(/\{[^=}]*=?|[}*]/g, '').length;
  return {
    pattern: new RegExp(`^${source}$`),
    variables,
    precedence: literals + (hasVerb ? 1000 : 0) - (template.includes('**') ? 500 : 0),
  };
}

function toPattern(text: string): string {
  return text.replaceAll(/\*\*|\*|[^*]+/g, (part) =>
    part === '**' ? '.+' : part === '*' ? '[^/]+' : part.replaceAll(/[.+?^$()[\]\\|]/g, '\\$&'),
  );
}
