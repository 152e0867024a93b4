import { ServiceError } from '../../serving/service-error.js';

/** Clients wait as long before they try again; one that is told nothing waits for seconds. */
const MIN_RETRY_MS = 1;
const MAX_RETRY_MS = 5;

export function aborted(message: string): ServiceError {
  const delayMs = MIN_RETRY_MS + Math.random() * (MAX_RETRY_MS - MIN_RETRY_MS);
  return new ServiceError('ABORTED', message, [
    { type: 'google.rpc.RetryInfo', fields: { retryDelay: `${(delayMs / 1000).toFixed(4)}s` } },
  ]);
}

export function conflict(): ServiceError {
  return aborted('Transaction was aborted: what it read has been changed by another transaction.');
}
