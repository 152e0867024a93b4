import { isFloat } from '../syntax/types.js';
import { boundedInteger, floatText, raise } from './emit.js';
import { type Call, type Emitter, type FunctionRule, windowFunction } from './registry.js';

function plain(name: string): Emitter {
  return (call) => call.aggregate(name, ...call.all());
}

/** LAG and LEAD. */
function neighbour(name: 'lag' | 'lead'): Emitter {
  return (call) => {
    const [value, , ...rest] = call.all();
    const offset = call.has(1)
      ? [boundedInteger(call, 1, { least: 0n }, `The offset to the function ${call.name}`)]
      : [];
    return call.aggregate(name, value!, ...offset, ...rest);
  };
}

function nthValue(call: Call): string {
  const place = boundedInteger(call, 1, { least: 1n }, 'The N value for the NthValue function');
  return call.aggregate('nth_value', call.sql(0), place);
}

function ntile(call: Call): string {
  const name = 'The N value (number of buckets) for the NTILE function';
  return call.aggregate('ntile', boundedInteger(call, 0, { least: 1n }, name));
}

function edge(write: (call: Call, rows: string) => string): Emitter {
  return (call) =>
    write(call, boundedInteger(call, 0, { least: 0n }, `The argument to the function ${call.name}`));
}

const NUMBERING = { needsOrder: true };
const NAVIGATION = { needsOrder: true };
const VALUE = { needsOrder: true, frame: true, nullHandling: true };

/** DuckDB has the percentiles for a fixed share and without NULLs; its own need no list of the values at each row. */
function nativePercentile(call: Call, name: string, value: string, share = call.sql(1)): string | undefined {
  if (call.modifiers.nulls === 'RESPECT' || call.argument(1).coercibility === 'none') return undefined;
  return call.aggregateWith(name, [value, share], { nulls: undefined });
}

/** A percentile among numbers of which NaN is the least, as it is the greatest of DuckDB's negated ones. */
function belowAll(call: Call, native: string): string {
  const odd = call.aggregateWith('bool_or', [`isnan(${call.sql(0)})`], { nulls: undefined });
  const negated = nativePercentile(call, 'quantile_cont', `(-${call.sql(0)})`, `(1 - ${call.sql(1)})`);
  return `CASE WHEN ${odd} THEN -${negated} ELSE ${native} END`;
}

/** `write` of a call whose percentile lies from 0 to 1. */
function ofShare(write: (call: Call) => string): Emitter {
  return (call) => {
    const share = call.sql(1);
    const refusal = (value: string) => `Percentile argument must be in [0, 1]; got ${value}`;
    const known = call.literal(1);
    if (known !== undefined) {
      const number = known === null ? Number.NaN : Number(known);
      if (number >= 0 && number <= 1) return write(call);
      call.fail(refusal(String(known ?? 'NULL')), call.argument(1).pos);
    }
    const message = `'${refusal('')}' || ${floatText(share)}`;
    return `CASE WHEN ${share} < 0 OR ${share} > 1 THEN ${raise(message, call.duckReturns)} ELSE ${write(call)} END`;
  };
}

/** PERCENTILE_DISC: the first value whose share of the rows reaches the percentile. */
function percentileDisc(call: Call): string {
  const native = nativePercentile(call, 'quantile_disc', call.sql(0));
  if (native !== undefined && isFloat(call.type(0))) {
    // DuckDB takes NaN for the greatest number.
    const ordered = `CASE WHEN ${call.sql(0)} IS NOT NULL THEN {'n': NOT isnan(${call.sql(0)}), 'v': ${call.sql(0)}} END`;
    return `(${nativePercentile(call, 'quantile_disc', ordered)}).v`;
  }
  if (native !== undefined) return native;
  const value = call.sql(0);
  const sorted = sortedList(call, value);
  return `list_extract(${sorted}, CAST(greatest(ceil(${call.sql(1)} * len(${sorted})), 1) AS BIGINT))`;
}

/** PERCENTILE_CONT: between the two values around it, or the one of them that is not NULL. */
function percentileCont(call: Call): string {
  const native = nativePercentile(call, 'quantile_cont', call.sql(0));
  if (native !== undefined) return isFloat(call.type(0)) ? belowAll(call, native) : native;
  const value = call.sql(0);
  const sorted = sortedList(call, value);
  const place = `(${call.sql(1)} * (len(${sorted}) - 1))`;
  const lower = `list_extract(${sorted}, CAST(floor(${place}) AS BIGINT) + 1)`;
  const upper = `list_extract(${sorted}, CAST(ceil(${place}) AS BIGINT) + 1)`;
  const share = `(${place} - floor(${place}))`;
  return `CASE WHEN ${share} = 0 THEN ${lower} ELSE coalesce(${lower} * (1 - ${share}) + ${upper} * ${share}, ${lower}, ${upper}) END`;
}

function sortedList(call: Call, value: string): string {
  const respect = call.modifiers.nulls === 'RESPECT';
  const parts = [call.modifiers.filter, respect ? undefined : `${value} IS NOT NULL`].filter(
    (part) => part !== undefined,
  );
  return call.aggregateWith('list', [value], {
    orderBy: isFloat(call.type(0)) ? `-${value} DESC NULLS FIRST` : `${value} ASC NULLS FIRST`,
    nulls: undefined,
    filter: parts.length === 0 ? undefined : parts.join(' AND '),
  });
}

const PERCENTILE = { nullHandling: true };

export const windowFunctions: FunctionRule[] = [
  windowFunction('ROW_NUMBER', { '() -> INT64': plain('row_number') }),
  windowFunction('RANK', { '() -> INT64': plain('rank') }, NUMBERING),
  windowFunction('DENSE_RANK', { '() -> INT64': plain('dense_rank') }, NUMBERING),
  windowFunction('PERCENT_RANK', { '() -> FLOAT64': plain('percent_rank') }, NUMBERING),
  windowFunction('CUME_DIST', { '() -> FLOAT64': plain('cume_dist') }, NUMBERING),
  windowFunction('NTILE', { '(INT64) -> INT64': ntile }, NUMBERING),
  windowFunction(
    'IS_FIRST',
    { '(INT64) -> BOOL': edge((call, rows) => `(${call.aggregate('row_number')} <= ${rows})`) },
    NUMBERING,
  ),
  windowFunction(
    'IS_LAST',
    { '(INT64) -> BOOL': edge((call, rows) => `(${call.aggregate('lead', 'true', rows)} IS NULL)`) },
    NUMBERING,
  ),
  windowFunction('FIRST_VALUE', { '(T1) -> T1': plain('first_value') }, VALUE),
  windowFunction('LAST_VALUE', { '(T1) -> T1': plain('last_value') }, VALUE),
  windowFunction('NTH_VALUE', { '(T1, INT64) -> T1': nthValue }, VALUE),
  windowFunction('LEAD', { '(T1, [INT64], [T1]) -> T1': neighbour('lead') }, NAVIGATION),
  windowFunction('LAG', { '(T1, [INT64], [T1]) -> T1': neighbour('lag') }, NAVIGATION),
  windowFunction(
    'PERCENTILE_CONT',
    {
      '(FLOAT64, FLOAT64) -> FLOAT64': ofShare(percentileCont),
      '(NUMERIC, NUMERIC) -> NUMERIC': ofShare((call) => `CAST(${percentileCont(call)} AS DECIMAL(38,9))`),
    },
    PERCENTILE,
  ),
  windowFunction('PERCENTILE_DISC', { '(T1, FLOAT64) -> T1': ofShare(percentileDisc) }, PERCENTILE),
];
