import { expect, it } from 'vitest';
import { referencePage } from '../../helpers/reference-page.js';

it('docs/reference.md is what the commands declare (write it anew with "npm run docs")', async () => {
  await expect(await referencePage()).toMatchFileSnapshot('../../../docs/reference.md');
});
