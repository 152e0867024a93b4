import { unsupported } from './names.js';

export async function checkTransforms(transforms: unknown): Promise<void> {
  if (Array.isArray(transforms) && transforms.length > 0) throw unsupported('Single-message transforms');
}
