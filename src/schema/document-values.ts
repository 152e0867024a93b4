import type { HealthmonError } from '../errors/healthmon-error.js';

/** Makes the error for a place in a document. */
export type Refuse = (where: string, what: string, near?: string) => HealthmonError;

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: unknown, where: string, refuse: Refuse): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw refuse(where, 'must be a text');
  return value;
}

export function strings(value: unknown, where: string, refuse: Refuse): string[] {
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string')) {
    throw refuse(where, 'must be a list of texts');
  }
  return value as string[];
}

export function optionalStrings(value: unknown, where: string, refuse: Refuse): string[] | undefined {
  return value === undefined ? undefined : strings(value, where, refuse);
}
