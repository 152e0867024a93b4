import { invalidQuery, notImplemented } from '../../errors.js';
import type { Expression, FunctionCall } from '../../sql/ast.js';
import type { BqType } from '../../sql/types.js';
import { literalValue } from '../constants.js';
import { PREPROCESSORS, type PreprocessorCall, REFUSED_PREPROCESSORS } from './preprocessors.js';
import { expandTemplate, mlFunctionName } from './rewrite.js';

const X = 'CAST(__a0 AS FLOAT64)';

/**
 * Functions with OVER() in an ordinary query: statistics come from its own rows, as GoogleSQL window functions.
 * What is missing here would need the rows twice, and works in TRANSFORM only.
 */
const OVER_ROWS: Readonly<Record<string, (call: PreprocessorCall) => string>> = {
  STANDARD_SCALER: () => ratio(`${X} - AVG(${X}) OVER ()`, `STDDEV_SAMP(${X}) OVER ()`),
  MIN_MAX_SCALER: () => ratio(`${X} - MIN(${X}) OVER ()`, `(MAX(${X}) OVER () - MIN(${X}) OVER ())`),
  MAX_ABS_SCALER: () => ratio(X, `MAX(ABS(${X})) OVER ()`),
  ROBUST_SCALER: ({ literals }) => {
    const [low, high] = Array.isArray(literals[1]) ? literals[1].map(Number) : [25, 75];
    const centred = literals[2] === false ? X : `${X} - ${percentile(0.5)}`;
    if (literals[3] === false) return `(${centred})`;
    return ratio(centred, `(${percentile(high! / 100)} - ${percentile(low! / 100)})`);
  },
  QUANTILE_BUCKETIZE: ({ literals, pos }) => {
    const count = Number(literals[1]);
    if (!Number.isInteger(count) || count < 2) {
      throw invalidQuery('ML.QUANTILE_BUCKETIZE needs a literal number of buckets of at least 2', pos);
    }
    if (String(literals[2] ?? 'bucket_names').toLowerCase() !== 'bucket_names') {
      throw notImplemented('The output format of ML.QUANTILE_BUCKETIZE outside of TRANSFORM');
    }
    const branches = Array.from(
      { length: count - 1 },
      (_, index) => `WHEN ${X} < ${percentile((index + 1) / count)} THEN 'bin_${index + 1}'`,
    );
    return `CASE WHEN __a0 IS NULL THEN CAST(NULL AS STRING) ${branches.join(' ')} ELSE 'bin_${count}' END`;
  },
  IMPUTER: ({ literals }) => {
    const strategy = String(literals[1]).toLowerCase();
    if (strategy === 'mean') return `IFNULL(${X}, AVG(${X}) OVER ())`;
    if (strategy === 'median') return `IFNULL(${X}, ${percentile(0.5)})`;
    throw notImplemented(`ML.IMPUTER with the strategy ${strategy} outside of TRANSFORM`);
  },
};

function percentile(share: number): string {
  return `PERCENTILE_DISC(${X}, ${share}) OVER ()`;
}

function ratio(numerator: string, divisor: string): string {
  return `IF(${divisor} = 0, 0.0, (${numerator}) / ${divisor})`;
}

const expanded = new WeakMap<FunctionCall, Expression>();

/**
 * A call of a preprocessing function (`ML.BUCKETIZE`…) in an ordinary query as plain GoogleSQL; undefined when the
 * call is not one of them. `typeOf` tells the type of an argument.
 */
export function expandMlFunction(
  call: FunctionCall,
  typeOf: (argument: Expression) => BqType,
): Expression | undefined {
  const name = mlFunctionName(call);
  if (name === undefined) return undefined;
  const known = expanded.get(call);
  if (known !== undefined) return known;
  const rule = PREPROCESSORS[name];
  if (rule === undefined) {
    if (REFUSED_PREPROCESSORS.includes(name)) throw notImplemented(`ML.${name}`);
    return undefined;
  }
  const [least, most] = rule.arity;
  if (call.arguments.length < least || call.arguments.length > most) {
    throw invalidQuery(`ML.${name} takes ${least} to ${most} arguments`, call.pos);
  }
  const arguments_ = call.arguments as Expression[];
  const details: PreprocessorCall = {
    name,
    pos: call.pos,
    types: arguments_.map(typeOf),
    literals: arguments_.map(literalValue),
  };
  const template = templateOf(call, details);
  const expression = expandTemplate(template, arguments_);
  expanded.set(call, expression);
  return expression;
}

function templateOf(call: FunctionCall, details: PreprocessorCall): string {
  const rule = PREPROCESSORS[details.name]!;
  if (rule.learn === undefined) return rule.template(details, null);
  if (call.over === undefined) {
    throw invalidQuery(
      `Analytic function ML.${details.name} cannot be called without an OVER clause`,
      call.pos,
    );
  }
  const write = OVER_ROWS[details.name];
  if (write === undefined) throw notImplemented(`ML.${details.name} outside of TRANSFORM`);
  return write(details);
}
