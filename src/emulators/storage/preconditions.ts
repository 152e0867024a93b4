import type { IncomingHttpHeaders } from 'node:http';
import { StorageError } from './errors.js';

/** What a request demands of the current state of an object or bucket. */
export interface Preconditions {
  generationMatch?: string | undefined;
  generationNotMatch?: string | undefined;
  metagenerationMatch?: string | undefined;
  metagenerationNotMatch?: string | undefined;
}

export interface Versioned {
  generation?: string;
  metageneration: string;
}

/** Reads `ifGenerationMatch` and its relatives; `prefix` is `ifSource` for those of a copy's source. */
export function readPreconditions(query: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): Preconditions {
  const read = (name: string) => {
    const value = query.get(`${prefix}${name}`) ?? undefined;
    if (value !== undefined && !/^\d+$/.test(value)) {
      throw new StorageError('invalid', `Invalid value for ${prefix}${name}: ${value}`, `${prefix}${name}`);
    }
    return value;
  };
  return {
    generationMatch: read('GenerationMatch'),
    generationNotMatch: read('GenerationNotMatch'),
    metagenerationMatch: read('MetagenerationMatch'),
    metagenerationNotMatch: read('MetagenerationNotMatch'),
  };
}

/**
 * Checks the current state; `undefined` means that nothing lives there, which generation 0 stands for.
 * @param reading a read answers 304 where a write answers 412 for the two "not match" conditions.
 * @throws StorageError 412 or 304.
 */
export function checkPreconditions(
  current: Versioned | undefined,
  wanted: Preconditions,
  reading = false,
): void {
  const generation = current?.generation ?? '0';
  const metageneration = current?.metageneration ?? '0';
  const unchanged = (location: string) =>
    reading ? new StorageError('notModified', 'Not Modified') : conditionNotMet(location);

  if (wanted.generationMatch !== undefined && wanted.generationMatch !== generation) {
    throw conditionNotMet('If-Match');
  }
  if (wanted.metagenerationMatch !== undefined && wanted.metagenerationMatch !== metageneration) {
    throw conditionNotMet('If-Match');
  }
  if (wanted.generationNotMatch !== undefined && wanted.generationNotMatch === generation) {
    throw unchanged('If-None-Match');
  }
  if (wanted.metagenerationNotMatch !== undefined && wanted.metagenerationNotMatch === metageneration) {
    throw unchanged('If-None-Match');
  }
}

/**
 * Checks the headers `If-Match` and `If-None-Match` against an etag.
 * @throws StorageError 412, or 304 for a read of what the client has already.
 */
export function checkEtag(headers: IncomingHttpHeaders, etag: string, reading = false): void {
  const names = (header: string | undefined) =>
    header?.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^"(.*)"$/, '$1')));
  if (names(headers['if-match']) === false) throw conditionNotMet('If-Match');
  if (names(headers['if-none-match']) !== true) return;
  throw reading ? new StorageError('notModified', 'Not Modified') : conditionNotMet('If-None-Match');
}

function conditionNotMet(location: string): StorageError {
  return new StorageError(
    'conditionNotMet',
    'At least one of the pre-conditions you specified did not hold.',
    location,
  );
}
