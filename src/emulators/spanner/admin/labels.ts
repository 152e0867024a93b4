import { ServiceError } from '../../serving/service-error.js';

const MAX_LABELS = 64;

/** @throws ServiceError INVALID_ARGUMENT for labels that no resource may have. */
export function checkLabels(labels: unknown): void {
  const entries = Object.entries((labels ?? {}) as Record<string, string>);
  if (entries.length > MAX_LABELS) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Too many labels: ${entries.length}. There can be a maximum of ${MAX_LABELS} labels per resource.`,
    );
  }
  for (const [key, value] of entries) {
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(key)) {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Label keys must be between 1-63 characters long, consist only of lowercase letters, digits, underscores, and dashes, and must start with a letter. Got: ${key}`,
      );
    }
    if (!/^[a-z0-9_-]{0,63}$/.test(value)) {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Non-empty label values must be between 1-63 characters long, and consist only of lowercase letters, digits, underscores, and dashes. Got: ${key}`,
      );
    }
  }
}
