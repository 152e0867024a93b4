import type { Query } from './page.js';

/** An address with other values in its query; undefined and the empty text take one out. */
export function addressWith(
  path: string,
  query: Query,
  changes: Readonly<Record<string, string | number | undefined>>,
): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, String(value));
  }
  const text = next.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The value of a query's name if it is one of those that the page knows, otherwise the first of them. */
export function choiceOf<T extends string>(query: Query, name: string, choices: readonly T[]): T {
  const value = query.get(name);
  return choices.find((choice) => choice === value) ?? choices[0]!;
}

/** A whole number from 1 on; 1 when it is none. */
export function pageOf(query: Query): number {
  const value = Number(query.get('page') ?? 1);
  return Number.isSafeInteger(value) && value >= 1 ? value : 1;
}

/**
 * The path of a patient's page. A point is `~2E`, since what follows one names the format, and browsers take `%2E` and
 * `%2E%2E` for folders. https://url.spec.whatwg.org/#double-dot-path-segment
 */
export function patientPath(patientId: string): string {
  const pointless = patientId.replaceAll('~', '~7E').replaceAll('.', '~2E');
  return `/patients/${encodeURIComponent(pointless)}`;
}

/** The id that a part of a path stands for; undefined when it is no text. */
export function patientIdOf(pathPart: string): string | undefined {
  try {
    return decodeURIComponent(pathPart).replaceAll('~2E', '.').replaceAll('~7E', '~');
  } catch {
    return undefined;
  }
}
