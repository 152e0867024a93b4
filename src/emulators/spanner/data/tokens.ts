import { createHash } from 'node:crypto';
import type { ServiceError } from '../../serving/service-error.js';
import { invalid } from './data-context.js';

/** A place in a result: what is behind so many rows at that time. */
export interface ResumeToken {
  timestampMicros: number;
  rows: number;
}

/** A part of a read or query, for whoever asks for it in the same transaction. */
export interface PartitionToken {
  transaction: string;
  /** Of the request that was cut into parts. */
  fingerprint: string;
  /** Encoded keys, one character for each byte; undefined goes to the end. Absent of a query that is one part. */
  start?: string;
  end?: string | undefined;
}

export function encodeToken(token: ResumeToken | PartitionToken): Buffer {
  return Buffer.from(JSON.stringify(token));
}

/** Undefined when there is none. @throws ServiceError */
export function decodeResumeToken(bytes: Buffer): ResumeToken | undefined {
  if (bytes.length === 0) return undefined;
  const { timestampMicros, rows } = parse(bytes, 'resume') as Partial<ResumeToken>;
  if (typeof timestampMicros !== 'number' || typeof rows !== 'number') throw invalidResumeToken();
  return { timestampMicros, rows };
}

export function invalidResumeToken(): ServiceError {
  return invalid('Invalid resume token.');
}

/**
 * Undefined when there is none.
 * @throws ServiceError for one of another transaction or request
 */
export function decodePartitionToken(
  bytes: Buffer,
  transaction: string | undefined,
  fingerprintOf: () => string,
): PartitionToken | undefined {
  if (bytes.length === 0) return undefined;
  const token = parse(bytes, 'partition') as PartitionToken;
  const isOfRequest = token.transaction === transaction && token.fingerprint === fingerprintOf();
  if (!isOfRequest || !isBorder(token.start) || !isBorder(token.end))
    throw invalid('Invalid partition token.');
  return token;
}

function isBorder(key: unknown): boolean {
  return key === undefined || typeof key === 'string';
}

function parse(bytes: Buffer, kind: string): object {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // No JSON: not one of ours.
  }
  throw invalid(`Invalid ${kind} token.`);
}

export function fingerprint(...parts: readonly unknown[]): string {
  const text = JSON.stringify(parts, (_key, value) =>
    value instanceof Map ? [...value] : typeof value === 'bigint' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('base64url');
}
