import { aggregateFunctions } from './aggregate.js';
import { approximateFunctions } from './approximate.js';
import { arrayFunctions } from './array.js';
import { conditionalFunctions } from './conditional.js';
import { datetimeFunctions } from './datetime.js';
import { geographyFunctions } from './geography.js';
import { hashFunctions } from './hash.js';
import { intervalFunctions } from './interval.js';
import { jsonFunctions } from './json.js';
import { mathFunctions } from './math.js';
import { miscellaneousFunctions } from './miscellaneous.js';
import { nanosecondFunctions, withNanoseconds } from './nanoseconds.js';
import { netFunctions } from './net.js';
import { rangeFunctions } from './range.js';
import { regexpFunctions } from './regexp.js';
import { FunctionRegistry, type FunctionRule } from './registry.js';
import { spannerFunctions } from './spanner.js';
import { stringFunctions } from './string.js';
import { windowFunctions } from './window.js';

const families: (readonly FunctionRule[])[] = [
  aggregateFunctions,
  approximateFunctions,
  arrayFunctions,
  conditionalFunctions,
  datetimeFunctions,
  geographyFunctions,
  hashFunctions,
  intervalFunctions,
  jsonFunctions,
  mathFunctions,
  miscellaneousFunctions,
  netFunctions,
  rangeFunctions,
  regexpFunctions,
  stringFunctions,
  windowFunctions,
];

/** Every function of GoogleSQL in BigQuery that the emulator knows. */
export const functions = new FunctionRegistry(families);

/** Those, of which Spanner's dialect has some, and those that only Spanner has. */
export const functionsOfSpanner = new FunctionRegistry([
  ...[...families, spannerFunctions(functions)].map((family) => family.map(withNanoseconds)),
  nanosecondFunctions,
]);
