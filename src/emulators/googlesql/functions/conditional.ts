import { type FunctionRule, scalar } from './registry.js';

export const conditionalFunctions: FunctionRule[] = [
  scalar('COALESCE', { '(T1, [T1, ...]) -> T1': 'coalesce($*)' }),
  scalar('IF', { '(BOOL, T1, T1) -> T1': 'CASE WHEN $1 THEN $2 ELSE $3 END' }),
  scalar('IFNULL', { '(T1, T1) -> T1': 'coalesce($1, $2)' }, { aliases: ['NVL'] }),
  scalar('NULLIF', {
    '(T1, T1) -> T1': (call) => {
      const [value, other] = [call.sql(0), call.sql(1)];
      return `CASE WHEN ${call.equal(value, other, call.type(0))} THEN NULL ELSE ${value} END`;
    },
  }),
  scalar('NULLIFZERO', {
    '(INT64) -> INT64': 'nullif($1, 0)',
    '(FLOAT64) -> FLOAT64': 'nullif($1, 0)',
    '(NUMERIC) -> NUMERIC': 'nullif($1, 0)',
    '(BIGNUMERIC) -> BIGNUMERIC': "nullif($1, CAST('0' AS BIGNUM))",
  }),
  scalar('ZEROIFNULL', {
    '(INT64) -> INT64': 'coalesce($1, 0)',
    '(FLOAT64) -> FLOAT64': 'coalesce($1, 0)',
    '(NUMERIC) -> NUMERIC': 'coalesce($1, 0)',
    '(BIGNUMERIC) -> BIGNUMERIC': "coalesce($1, CAST('0' AS BIGNUM))",
  }),
];
