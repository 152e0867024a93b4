import { MalformedMessage } from '../../../../core/wire-reader.js';
import { translateDuckError } from '../../../googlesql/duck/errors.js';
import { type CodeName, ServiceError } from '../../../serving/service-error.js';
import { BigQueryError, type ErrorReason } from '../../errors.js';

const CODES: Partial<Record<ErrorReason, CodeName>> = {
  accessDenied: 'PERMISSION_DENIED',
  badRequest: 'INVALID_ARGUMENT',
  duplicate: 'ALREADY_EXISTS',
  invalid: 'INVALID_ARGUMENT',
  invalidQuery: 'INVALID_ARGUMENT',
  notFound: 'NOT_FOUND',
  notImplemented: 'UNIMPLEMENTED',
  resourcesExceeded: 'RESOURCE_EXHAUSTED',
  required: 'INVALID_ARGUMENT',
  stopped: 'CANCELLED',
};

/** What went wrong, in gRPC's terms. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof MalformedMessage)
    return new ServiceError(
      'INVALID_ARGUMENT',
      `A row or request is not a valid protocol buffer: ${error.message}`,
    );
  const { reason, message } = BigQueryError.from(translateDuckError(error));
  return new ServiceError(CODES[reason] ?? 'INTERNAL', message);
}
