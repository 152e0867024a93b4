import type { BigQueryError, ErrorProto } from '../../errors.js';

const CANONICAL_STATUS: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'INVALID_ARGUMENT',
  408: 'DEADLINE_EXCEEDED',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  413: 'INVALID_ARGUMENT',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

export interface ErrorEnvelope {
  error: {
    code: number;
    message: string;
    errors: { message: string; domain: string; reason: string; location?: string; locationType?: string }[];
    status: string;
  };
}

/** The JSON body that BigQuery answers a failed request with. */
export function toEnvelope(error: BigQueryError): ErrorEnvelope {
  const main: ErrorProto = { ...error.toProto(), locationType: error.locationType };
  return {
    error: {
      code: error.httpStatus,
      message: error.message,
      errors: [main, ...error.errors].map((item) => ({
        message: item.message,
        domain: 'global',
        reason: item.reason,
        ...(item.location === undefined ? {} : { location: item.location }),
        ...(item.locationType === undefined ? {} : { locationType: item.locationType }),
      })),
      status: CANONICAL_STATUS[error.httpStatus] ?? 'UNKNOWN',
    },
  };
}
