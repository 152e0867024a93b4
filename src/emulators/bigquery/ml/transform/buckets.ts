import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import {
  float,
  integerAt,
  literalAt,
  type MlFunction,
  type MlFunctionCall,
  numbers,
  oneRow,
  text,
} from './rule.js';

const FORMATS = ['bucket_names', 'bucket_ranges', 'bucket_ranges_json'] as const;
type Format = (typeof FORMATS)[number];

const X = 'CAST(__a0 AS FLOAT64)';

function formatOf(call: MlFunctionCall, place: number): Format {
  const given = String(literalAt(call, place) ?? 'bucket_names').toLowerCase();
  const format = FORMATS.find((name) => name === given);
  if (format === undefined) {
    throw invalidQuery(`The output format of ML.${call.name} must be ${FORMATS.join(', ')}`, call.pos);
  }
  return format;
}

/** A split point: GoogleSQL of its value, and of the text that it is shown as. */
interface Point {
  value: string;
  shown: string;
}

function constantPoint(point: number): Point {
  return { value: float(point), shown: text(String(point)) };
}

/** Names the bucket that the argument falls into; a point belongs to the bucket above it. */
function buckets(points: readonly Point[], format: Format): string {
  const names = Array.from({ length: points.length + 1 }, (_, index) => {
    const [low, high] = [points[index - 1]?.shown, points[index]?.shown];
    if (format === 'bucket_names') return text(`bin_${index + 1}`);
    if (format === 'bucket_ranges') {
      return `CONCAT('${low === undefined ? '(' : '['}', ${low ?? "'-inf'"}, ', ', ${high ?? "'+inf'"}, ')')`;
    }
    return `CONCAT('{"start": "', ${low ?? "'-Infinity'"}, '", "end": "', ${high ?? "'Infinity'"}, '"}')`;
  });
  const branches = points.map(({ value }, index) => `WHEN ${X} < ${value} THEN ${names[index]!}`);
  return `CASE WHEN __a0 IS NULL THEN CAST(NULL AS STRING) ${branches.join(' ')} ELSE ${names.at(-1)!} END`;
}

function bucketCount(call: MlFunctionCall): number {
  return integerAt(call, 1, 0, [2, Number.POSITIVE_INFINITY]);
}

function splitPoints(call: MlFunctionCall): number[] {
  const given = literalAt(call, 1);
  const points = Array.isArray(given)
    ? given.map((point) => (point === null ? Number.NaN : Number(point)))
    : [];
  if (points.length === 0 || !points.every(Number.isFinite)) {
    throw invalidQuery('ML.BUCKETIZE needs an array of finite numbers to split at', call.pos);
  }
  const sorted = [...new Set(points)].sort((left, right) => left - right);
  return literalAt(call, 2) === true ? sorted.slice(1, -1) : sorted;
}

export const BUCKET_FUNCTIONS: Readonly<Record<string, MlFunction>> = {
  BUCKETIZE: {
    arity: [2, 4],
    template: (call) => {
      const format = formatOf(call, 3);
      if (call.literals[1] !== undefined) return buckets(splitPoints(call).map(constantPoint), format);
      if (format !== 'bucket_names' || literalAt(call, 2) === true) {
        throw notImplemented(
          'ML.BUCKETIZE with a format or without boundaries at points that are not literals',
        );
      }
      return `IF(__a0 IS NULL, NULL, CONCAT('bin_', CAST(1 + (
        SELECT COUNT(DISTINCT ml_p) FROM UNNEST(__a1) AS ml_p WHERE ml_p <= ${X}) AS STRING)))`;
    },
  },
  QUANTILE_BUCKETIZE: {
    arity: [2, 3],
    learn: async (learn, call) => {
      const count = bucketCount(call);
      const quantiles = Array.from({ length: count - 1 }, (_, index) => (index + 1) / count);
      return oneRow(learn, quantiles.map((quantile) => `quantile_disc(x, ${quantile})`).join(', '));
    },
    template: (call, statistics) =>
      buckets([...new Set(numbers(statistics))].map(constantPoint), formatOf(call, 2)),
    overRows: (call) => {
      const count = bucketCount(call);
      const points = Array.from({ length: count - 1 }, (_, index): Point => {
        const value = `PERCENTILE_DISC(${X}, ${(index + 1) / count}) OVER ()`;
        return { value, shown: `CAST(${value} AS STRING)` };
      });
      return buckets(points, formatOf(call, 2));
    },
  },
  HASH_BUCKETIZE: {
    arity: [2, 2],
    template: (call) => {
      const size = integerAt(call, 1, 0, [0, Number.MAX_SAFE_INTEGER]);
      const hash = 'FARM_FINGERPRINT(CAST(__a0 AS STRING))';
      if (size === 0) return hash;
      // The hash counts as unsigned: a negative one stands for itself and 2^64.
      return `MOD(MOD(${hash}, ${size}) + IF(${hash} < 0, ${size + Number(2n ** 64n % BigInt(size))}, 0), ${size})`;
    },
  },
};
