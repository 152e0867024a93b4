import { HealthmonError, notReadyError } from '../errors/healthmon-error.js';
import { systemError } from './system-errors.js';

interface GoogleError extends Error {
  code?: number | string;
  errors?: { reason?: string }[];
}

/** gRPC status codes, https://grpc.io/docs/guides/status-codes/ */
export const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export function errorCode(error: unknown): number | string | undefined {
  return (error as GoogleError | undefined)?.code;
}

export function isNotFound(error: unknown): boolean {
  const code = errorCode(error);
  return code === GRPC.notFound || code === 404;
}

export function isAlreadyExists(error: unknown): boolean {
  const code = errorCode(error);
  return code === GRPC.alreadyExists || code === 409;
}

/** What Node says of a connection that does not come about or breaks. */
const NO_ANSWER =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|socket hang up/;

/** The account may not do this, or is not known. */
export function isAccessRefused(error: unknown): boolean {
  const code = errorCode(error);
  return code === GRPC.permissionDenied || code === GRPC.unauthenticated || code === 401 || code === 403;
}

/**
 * Translates what a Google client or the operating system threw into an error a person can act on. `HealthmonError`s and defects pass
 * through unchanged.
 * @param doing what was being done and to which resource, for example "read the table PatientInfo".
 */
export function translateGoogleError(error: unknown, doing: string, local: boolean): unknown {
  if (error instanceof HealthmonError || !(error instanceof Error)) return error;
  const ofTheSystem = systemError(error);
  if (ofTheSystem !== undefined) return ofTheSystem;
  const code = errorCode(error);
  const fields = { detail: firstLine(error.message), cause: error };
  if (isNotFound(error)) {
    return notReadyError({
      code: 'not-provisioned',
      message: `Could not ${doing}: it does not exist.`,
      suggestion: 'Run "healthmon provision" first.',
      ...fields,
    });
  }
  if (isAccessRefused(error)) {
    return notReadyError({
      code: 'permission-denied',
      message: `Could not ${doing}: access was refused.`,
      suggestion: 'Run "healthmon doctor" to see the identity in use and what it lacks.',
      ...fields,
    });
  }
  // What the token service answers, https://www.rfc-editor.org/rfc/rfc6749#section-5.2; gRPC calls it UNAVAILABLE.
  if (
    /invalid_grant|invalid_client|invalid_rapt|Could not load the default credentials/.test(error.message)
  ) {
    return notReadyError({
      code: 'credentials-invalid',
      message: `Could not ${doing}: Google refuses the credentials.`,
      suggestion: 'Run "gcloud auth application-default login", or use --target local.',
      ...fields,
    });
  }
  if (
    code === GRPC.unavailable ||
    code === GRPC.deadlineExceeded ||
    code === 503 ||
    NO_ANSWER.test(`${code} ${error.message}`)
  ) {
    return notReadyError({
      code: 'service-unavailable',
      message: `Could not ${doing}: the service does not answer.`,
      suggestion: local
        ? 'Run "healthmon emulators status", then "healthmon emulators restart".'
        : 'Check the network, then try again; https://status.cloud.google.com shows incidents.',
      ...fields,
    });
  }
  if (typeof code === 'number') {
    return new HealthmonError({
      code: 'google-error',
      message: `Could not ${doing}.`,
      suggestion: 'Run the command again with --verbose to see the whole error.',
      ...fields,
    });
  }
  return error;
}

/** Without the list of earlier attempts that the clients append, which says the same again and again. */
export function firstLine(text: string): string {
  return text.split(/\n|\s*: Previous errors/, 1)[0]!.slice(0, 500);
}
