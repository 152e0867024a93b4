import type { Message } from '../serving/method.js';
import { pageOf as servedPageOf } from '../serving/paging.js';
import { milliseconds } from '../serving/time.js';
import { invalid } from './names.js';

export interface DurationRange {
  minimumMs: number;
  maximumMs: number;
}

/** @throws ServiceError INVALID_ARGUMENT when the duration is out of its range */
export function checkDuration(field: string, value: unknown, { minimumMs, maximumMs }: DurationRange): void {
  const ms = milliseconds(value);
  if (ms === undefined || (ms >= minimumMs && ms <= maximumMs)) return;
  throw invalid(
    `The value for ${field} is out of bounds. You passed ${ms / 1000}s in the request, but the value must be between ` +
      `${minimumMs / 1000}s and ${maximumMs / 1000}s.`,
  );
}

/** The paths of an update mask, in snake case as the API takes them; REST's JSON sends them in camelCase. */
function maskPaths(request: string, mask: unknown): string[] {
  const { paths = [] } = (mask ?? {}) as { paths?: string[] };
  if (paths.length === 0) {
    throw invalid(`The update_mask in the ${request} must be set, and must contain a non-empty paths list.`);
  }
  return paths.map((path) => path.trim());
}

function camelCase(path: string): string {
  return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export interface Masking {
  /** `Subscription` */
  resource: string;
  /** `UpdateSubscriptionRequest` */
  request: string;
  mutable: readonly string[];
  immutable: readonly string[];
}

/**
 * The resource with the fields that the mask names taken from the update; a field that the update lacks is unset.
 * @throws ServiceError INVALID_ARGUMENT for paths that are unknown or cannot change
 */
export function applyMask(current: Message, update: Message, mask: unknown, masking: Masking): Message {
  const next = structuredClone(current);
  const prefix = `Invalid update_mask provided in the ${masking.request}: `;
  for (const path of maskPaths(masking.request, mask)) {
    const [field = '', ...rest] = path.split('.');
    if (masking.immutable.includes(field)) {
      throw invalid(`${prefix}the ${field} field in the ${masking.resource} is not mutable.`);
    }
    if (!masking.mutable.includes(field)) {
      throw invalid(
        `${prefix}${path} is not a known ${masking.resource} field. Note that field paths must be of the form ` +
          `'push_config' rather than 'pushConfig'.`,
      );
    }
    copyPath(next, update, [field, ...rest].map(camelCase));
  }
  return next;
}

function copyPath(target: Message, source: Message | undefined, [name, ...rest]: string[]): void {
  const value = source?.[name!];
  if (rest.length > 0) {
    const inner = (target[name!] ?? {}) as Message;
    copyPath(inner, value as Message | undefined, rest);
    target[name!] = inner;
  } else if (value === undefined) delete target[name!];
  else target[name!] = value;
}

/** https://cloud.google.com/pubsub/docs/labels */
export function checkLabels(labels: unknown): void {
  const entries = Object.entries((labels ?? {}) as Record<string, string>);
  if (entries.length > 64)
    throw invalid(`The resource has ${entries.length} labels; at most 64 are allowed.`);
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) {
      throw invalid(
        `Invalid label key "${key}": a lower-case letter, then up to 62 of lower-case letters, digits, _ and -.`,
      );
    }
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) {
      throw invalid(
        `Invalid value "${value}" of the label "${key}": up to 63 lower-case letters, digits, _ and -.`,
      );
    }
  }
}

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/list */
const PAGE_SIZES = { default: 100, maximum: 1_000 };

/** As the {@link servedPageOf} of all services, in the sizes of this one. */
export function pageOf<T>(
  items: Iterable<T>,
  nameOf: (item: T) => string,
  request: Message,
): { items: T[]; nextPageToken?: string } {
  return servedPageOf(items, nameOf, request, PAGE_SIZES);
}
