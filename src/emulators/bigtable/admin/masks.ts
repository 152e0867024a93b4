import { ServiceError } from '../../serving/service-error.js';

/** The paths of a `FieldMask`. @throws ServiceError INVALID_ARGUMENT when there are none. */
export function maskPaths(mask: unknown): string[] {
  const paths = (mask as { paths?: string[] } | undefined)?.paths ?? [];
  if (paths.length > 0) return paths;
  throw new ServiceError('INVALID_ARGUMENT', "Error in field 'update_mask' : must not be empty");
}
