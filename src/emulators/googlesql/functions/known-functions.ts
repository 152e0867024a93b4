import { functions } from './index.js';

/**
 * Every function name of BigQuery's reference beyond the operators, and what the emulator does with it:
 * `supported` has a rule in the registry, `syntax` is compiled from grammar of its own (CAST, EXTRACT), and the rest
 * is refused by name for the reason given.
 */
export type FunctionStatus = 'supported' | 'syntax' | RefusalReason;

export const REFUSALS = {
  geography: 'geography functions',
  encryption: 'encryption functions',
  search: 'search functions',
  vector: 'vector search',
  ai: 'functions that call remote models',
  objectTables: 'object tables',
  sketches: 'Apache DataSketches functions',
  timeSeries: 'time series functions',
  graph: 'graph functions',
  measures: 'measures',
  json: 'JSON functions',
} as const;
export type RefusalReason = keyof typeof REFUSALS;

const names = <S extends FunctionStatus>(status: S, list: string): [string, S][] =>
  list
    .trim()
    .split(/\s+/)
    .map((name) => [name, status]);

const GEOGRAPHY = 'S2_COVERINGCELLIDS ST_REGIONSTATS';

const ENCRYPTION = `
  AEAD.DECRYPT_BYTES AEAD.DECRYPT_STRING AEAD.ENCRYPT DETERMINISTIC_DECRYPT_BYTES DETERMINISTIC_DECRYPT_STRING
  DETERMINISTIC_ENCRYPT DLP_DETERMINISTIC_DECRYPT DLP_DETERMINISTIC_ENCRYPT DLP_KEY_CHAIN KEYS.ADD_KEY_FROM_RAW_BYTES
  KEYS.KEYSET_CHAIN KEYS.KEYSET_FROM_JSON KEYS.KEYSET_LENGTH KEYS.KEYSET_TO_JSON KEYS.NEW_KEYSET
  KEYS.NEW_WRAPPED_KEYSET KEYS.REWRAP_KEYSET KEYS.ROTATE_KEYSET KEYS.ROTATE_WRAPPED_KEYSET`;

const AI = `
  AI.AGG AI.CLASSIFY AI.COUNT_TOKENS AI.DETECT_ANOMALIES AI.EMBED AI.EVALUATE AI.FORECAST AI.GENERATE AI.GENERATE_BOOL
  AI.GENERATE_DOUBLE AI.GENERATE_EMBEDDING AI.GENERATE_INT AI.GENERATE_TABLE AI.GENERATE_TEXT AI.IF AI.KEY_DRIVERS
  AI.PARSE_DOCUMENT AI.PREDICT AI.SCORE AI.SEARCH AI.SIMILARITY EXTERNAL_QUERY`;

const GRAPH = `
  DESTINATION_NODE_ID EDGES ELEMENT_ID IS_ACYCLIC IS_SIMPLE IS_TRAIL LABELS NODES PATH_FIRST PATH_LAST PATH_LENGTH
  SOURCE_NODE_ID`;

const SKETCHES = `
  KLL_QUANTILES.EXTRACT_FLOAT64 KLL_QUANTILES.EXTRACT_INT64 KLL_QUANTILES.EXTRACT_POINT_FLOAT64
  KLL_QUANTILES.EXTRACT_POINT_INT64 KLL_QUANTILES.INIT_FLOAT64 KLL_QUANTILES.INIT_INT64 KLL_QUANTILES.MERGE_FLOAT64
  KLL_QUANTILES.MERGE_INT64 KLL_QUANTILES.MERGE_PARTIAL KLL_QUANTILES.MERGE_POINT_FLOAT64
  KLL_QUANTILES.MERGE_POINT_INT64`;

/** What has no rule in the registry. */
const OTHERS = new Map<string, FunctionStatus>([
  ...names(
    'syntax',
    'ARRAY CASE CAST EXISTS EXTRACT INTERVAL NOT RANGE_SESSIONIZE SAFE_CAST STRUCT UNNEST WITH',
  ),
  ...names('geography', GEOGRAPHY),
  ...names('encryption', ENCRYPTION),
  ...names('sketches', SKETCHES),
  ...names('search', 'SEARCH TEXT_ANALYZE BAG_OF_WORDS TF_IDF'),
  ...names('vector', 'VECTOR_SEARCH VECTOR_INDEX.STATISTICS'),
  ...names('ai', AI),
  ...names(
    'objectTables',
    'EXTERNAL_OBJECT_TRANSFORM OBJ.FETCH_METADATA OBJ.GET_ACCESS_URL OBJ.GET_READ_URL OBJ.LIST OBJ.MAKE_REF',
  ),
  ...names('timeSeries', 'APPENDS CHANGES GAP_FILL'),
  ...names('graph', GRAPH),
  ...names('measures', 'AGG'),
  ...names('json', 'JSON_FLATTEN'),
]);

const TABLE: ReadonlyMap<string, FunctionStatus> = new Map([
  ...OTHERS,
  ...functions.names().map((name): [string, FunctionStatus] => [name, 'supported']),
]);

/** What the emulator does with a function name, in any case; undefined for a name BigQuery does not have. */
export function functionStatus(name: string): FunctionStatus | undefined {
  return TABLE.get(name.toUpperCase());
}

/** A function of BigQuery that is refused, as `notImplemented` names it; undefined for any other name. */
export function refusalOf(name: string): string | undefined {
  const status = functionStatus(name);
  if (status === undefined || status === 'supported' || status === 'syntax') return undefined;
  return `Function ${name.toUpperCase()} (${REFUSALS[status]})`;
}

/** All known names with their status, for the support page. */
export function knownFunctions(): [name: string, status: FunctionStatus][] {
  return [...TABLE].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Names that stand in the lists above although they have a rule. */
export function namedTwice(): string[] {
  return functions.names().filter((name) => OTHERS.has(name));
}
