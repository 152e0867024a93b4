import { type FunctionRegistry, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

/** Other names of functions, and of those that are approximations of what is computed exactly here. */
const ALIASES: Readonly<Record<string, string>> = {
  ADDDATE: 'DATE_ADD',
  SUBDATE: 'DATE_SUB',
  LCASE: 'LOWER',
  UCASE: 'UPPER',
  APPROX_COSINE_DISTANCE: 'COSINE_DISTANCE',
  APPROX_DOT_PRODUCT: 'DOT_PRODUCT',
  APPROX_EUCLIDEAN_DISTANCE: 'EUCLIDEAN_DISTANCE',
};

/** DuckDB function of the engine's: the next value of the sequence of that id, in the database of that name. */
export const NEXT_SEQUENCE_VALUE = 'spanner_next_sequence_value';

const RULES: readonly FunctionRule[] = [
  scalar('NEW_UUID', { '() -> UUID': 'uuid()' }, { volatile: true }),
  scalar('BIT_REVERSE', { '(INT64, BOOL) -> INT64': `${own.bit_reverse}($1, $2)` }),
  scalar('FLOAT32', {
    '(JSON, [wide_number_mode => STRING]) -> FLOAT32': (call) =>
      `CAST(${own.json_float64}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : "'round'"}) AS FLOAT)`,
  }),
  scalar(
    '$NEXT_SEQUENCE_VALUE',
    { '(STRING, INT64) -> INT64': `${NEXT_SEQUENCE_VALUE}($1, $2)` },
    { volatile: true },
  ),
];

/** The functions that only Spanner has. */
export function spannerFunctions(functions: FunctionRegistry): FunctionRule[] {
  const aliases = Object.entries(ALIASES).map(([name, original]) => ({
    ...functions.find(original)!,
    name,
    aliases: [],
  }));
  return [...RULES, ...aliases];
}
