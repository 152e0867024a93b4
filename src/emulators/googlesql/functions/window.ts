import { type Call, type Emitter, type FunctionRule, windowFunction } from './registry.js';

function plain(name: string): Emitter {
  return (call) => call.aggregate(name, ...call.all());
}

const NUMBERING = { needsOrder: true };
const NAVIGATION = { needsOrder: true };
const VALUE = { needsOrder: true, frame: true, nullHandling: true };

/** DuckDB has the percentiles for a fixed share and without NULLs; its own need no list of the values at each row. */
function nativePercentile(call: Call, name: string): string | undefined {
  if (call.modifiers.nulls === 'RESPECT' || call.argument(1).coercibility === 'none') return undefined;
  return call.aggregateWith(name, [call.sql(0), call.sql(1)], { nulls: undefined });
}

/** PERCENTILE_DISC: the first value whose share of the rows reaches the percentile. */
function percentileDisc(call: Call): string {
  const native = nativePercentile(call, 'quantile_disc');
  if (native !== undefined) return native;
  const value = call.sql(0);
  const sorted = sortedList(call, value);
  return `list_extract(${sorted}, CAST(greatest(ceil(${call.sql(1)} * len(${sorted})), 1) AS BIGINT))`;
}

/** PERCENTILE_CONT: between the two values around it, or the one of them that is not NULL. */
function percentileCont(call: Call): string {
  const native = nativePercentile(call, 'quantile_cont');
  if (native !== undefined) return native;
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
    orderBy: `${value} ASC NULLS FIRST`,
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
  windowFunction('NTILE', { '(INT64) -> INT64': plain('ntile') }, NUMBERING),
  windowFunction(
    'IS_FIRST',
    { '(INT64) -> BOOL': (call) => `(${call.aggregate('row_number')} <= ${call.sql(0)})` },
    NUMBERING,
  ),
  windowFunction(
    'IS_LAST',
    { '(INT64) -> BOOL': (call) => `(${call.aggregate('lead', 'true', call.sql(0))} IS NULL)` },
    NUMBERING,
  ),
  windowFunction('FIRST_VALUE', { '(T1) -> T1': plain('first_value') }, VALUE),
  windowFunction('LAST_VALUE', { '(T1) -> T1': plain('last_value') }, VALUE),
  windowFunction('NTH_VALUE', { '(T1, INT64) -> T1': plain('nth_value') }, VALUE),
  windowFunction('LEAD', { '(T1, [INT64], [T1]) -> T1': plain('lead') }, NAVIGATION),
  windowFunction('LAG', { '(T1, [INT64], [T1]) -> T1': plain('lag') }, NAVIGATION),
  windowFunction(
    'PERCENTILE_CONT',
    {
      '(FLOAT64, FLOAT64) -> FLOAT64': percentileCont,
      '(NUMERIC, NUMERIC) -> NUMERIC': (call) => `CAST(${percentileCont(call)} AS DECIMAL(38,9))`,
    },
    PERCENTILE,
  ),
  windowFunction('PERCENTILE_DISC', { '(T1, FLOAT64) -> T1': percentileDisc }, PERCENTILE),
];
