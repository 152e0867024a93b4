import { createRequire } from 'node:module';
import type s2js from 's2js';

let library: typeof s2js | undefined;

/** The library of S2, loaded by the first polygon or cell: few queries have one, and it takes several megabytes. */
export function s2(): (typeof s2js)['s2'] {
  library ??= createRequire(import.meta.url)('s2js') as typeof s2js;
  return library.s2;
}
