import { EMULATOR_DISK_FULL, isDiskFull } from '../../core/disk-full.js';

/** Reasons Cloud Storage puts into `error.errors[].reason`, with the HTTP status each travels under. */
const HTTP_STATUS_BY_REASON = {
  badRequest: 400,
  conditionNotMet: 412,
  conflict: 409,
  forbidden: 403,
  insufficientStorage: 507,
  internalError: 500,
  methodNotAllowed: 405,
  invalid: 400,
  notFound: 404,
  notImplemented: 501,
  notModified: 304,
  required: 400,
  requestedRangeNotSatisfiable: 416,
  uploadTooLarge: 413,
} as const satisfies Record<string, number>;

export type ErrorReason = keyof typeof HTTP_STATUS_BY_REASON;

/** An error with Cloud Storage's own reason; the server turns it into the wire envelope. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly reason: ErrorReason;
  readonly httpStatus: number;
  readonly location: string | undefined;

  constructor(reason: ErrorReason, message: string, location?: string) {
    super(message);
    this.reason = reason;
    this.httpStatus = HTTP_STATUS_BY_REASON[reason];
    this.location = location;
  }
}

/** A feature the emulator does not have: refused by name instead of being ignored. */
export function notImplemented(feature: string): StorageError {
  return new StorageError('notImplemented', `${feature} is not supported by the Cloud Storage emulator`);
}

export function bucketNotFound(): StorageError {
  return new StorageError('notFound', 'The specified bucket does not exist.');
}

export function objectNotFound(bucket: string, name: string): StorageError {
  return new StorageError('notFound', `No such object: ${bucket}/${name}`);
}

/** Any thrown value as a StorageError; what is not one already is our own fault. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (isDiskFull(error)) return new StorageError('insufficientStorage', `${EMULATOR_DISK_FULL}.`);
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError('internalError', `An internal error occurred: ${message}`);
}

export interface ErrorEnvelope {
  error: {
    code: number;
    message: string;
    errors: { message: string; domain: string; reason: string; locationType?: string; location?: string }[];
  };
}

/** The JSON body that Cloud Storage answers a failed request with. */
export function toEnvelope(error: StorageError): ErrorEnvelope {
  const entry = { message: error.message, domain: 'global', reason: error.reason as string };
  const located =
    error.location === undefined
      ? entry
      : {
          ...entry,
          locationType: /^(If|Content|Range|X-)/.test(error.location) ? 'header' : 'parameter',
          location: error.location,
        };
  return { error: { code: error.httpStatus, message: error.message, errors: [located] } };
}
