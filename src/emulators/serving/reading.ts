import { MalformedMessage } from '../../core/wire-reader.js';
import { ServiceError } from './service-error.js';

/**
 * Runs what decodes a message by hand.
 * @param type of the message, such as `google.bigtable.v2.ReadRowsRequest`
 * @throws ServiceError INVALID_ARGUMENT when the request is no such message.
 */
export async function reading<T>(type: string, handle: () => Promise<T>): Promise<T> {
  try {
    return await handle();
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new ServiceError('INVALID_ARGUMENT', `The request is not a valid ${type}: ${error.message}.`);
  }
}
