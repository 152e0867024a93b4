import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import { isNumeric } from '../../../googlesql/syntax/types.js';
import { literalAt, type MlFunction, type MlFunctionCall } from './rule.js';

/** The p-norm of a vector as an expression over its elements `ml_v`; `p` is GoogleSQL of a FLOAT64. */
function norm(vector: string, p: string): string {
  const size = 'ABS(CAST(ml_v AS FLOAT64))';
  return `(SELECT CASE
      WHEN ${p} = 0 THEN CAST(COUNTIF(ml_v != 0) AS FLOAT64)
      WHEN ${p} = 1 THEN SUM(${size})
      WHEN ${p} = 2 THEN SQRT(SUM(${size} * ${size}))
      WHEN IS_INF(${p}) THEN MAX(${size})
      WHEN ${p} > 1 THEN POW(SUM(POW(${size}, ${p})), 1 / ${p})
      ELSE ERROR(CONCAT('The degree of a norm must be 0 or at least 1, but it is ', CAST(${p} AS STRING))) END
    FROM UNNEST(${vector}) AS ml_v)`;
}

function degreeOf(call: MlFunctionCall, place: number): string {
  return place < call.types.length ? `CAST(__a${place} AS FLOAT64)` : '2.0';
}

function requireNumbers(call: MlFunctionCall): void {
  const [type] = call.types;
  if (type?.kind !== 'ARRAY' || !isNumeric(type.element)) {
    throw invalidQuery(`ML.${call.name} needs an ARRAY of numbers`, call.pos);
  }
}

const DISTANCES: Readonly<Record<string, string>> = {
  EUCLIDEAN: 'SQRT(SUM((ml_a - ml_b) * (ml_a - ml_b)))',
  MANHATTAN: 'SUM(ABS(ml_a - ml_b))',
  COSINE: '1 - SUM(ml_a * ml_b) / (SQRT(SUM(ml_a * ml_a)) * SQRT(SUM(ml_b * ml_b)))',
};

function distance(call: MlFunctionCall): string {
  const kind = String(literalAt(call, 2) ?? 'EUCLIDEAN').toUpperCase();
  const formula = DISTANCES[kind];
  if (formula === undefined) {
    throw invalidQuery(`The type of ML.DISTANCE must be ${Object.keys(DISTANCES).join(', ')}`, call.pos);
  }
  const [type] = call.types;
  const element = type?.kind === 'ARRAY' ? type.element : undefined;
  if (call.literals[0] === null || call.literals[1] === null) return 'CAST(NULL AS FLOAT64)';
  const dense = element !== undefined && isNumeric(element);
  const key =
    element?.kind === 'STRUCT' && element.fields.length === 2 ? element.fields[0]!.type.kind : undefined;
  if (!dense && key !== 'STRING' && key !== 'INT64') {
    throw notImplemented(
      'ML.DISTANCE of vectors that are neither ARRAY of numbers nor of STRUCT<STRING or INT64, number>',
    );
  }
  const length = (vector: string): string => `ARRAY_LENGTH(${vector})`;
  const problem = dense
    ? `WHEN ${length('__a0')} != ${length('__a1')} THEN ERROR('Array arguments to ML.DISTANCE must have equal length')`
    : ['__a0', '__a1']
        .map(
          (
            vector,
          ) => `WHEN ${length(vector)} != (SELECT COUNT(DISTINCT ml_k) FROM UNNEST(${pairs(vector, key!)}))
            THEN ERROR('Vectors of ML.DISTANCE must not repeat an index')`,
        )
        .join(' ');
  const values = dense
    ? `SELECT ml_o AS ml_k, CAST(ml_v AS FLOAT64) AS ml_a, 0.0 AS ml_b FROM UNNEST(__a0) AS ml_v WITH OFFSET AS ml_o
       UNION ALL SELECT ml_o, 0.0, CAST(ml_v AS FLOAT64) FROM UNNEST(__a1) AS ml_v WITH OFFSET AS ml_o`
    : `SELECT ml_k, ml_v AS ml_a, 0.0 AS ml_b FROM UNNEST(${pairs('__a0', key!)})
       UNION ALL SELECT ml_k, 0.0, ml_v FROM UNNEST(${pairs('__a1', key!)})`;
  return `CASE WHEN __a0 IS NULL OR __a1 IS NULL THEN CAST(NULL AS FLOAT64) ${problem}
    ELSE (SELECT ${formula} FROM (SELECT SUM(ml_a) AS ml_a, SUM(ml_b) AS ml_b FROM (${values}) GROUP BY ml_k)) END`;
}

/** A sparse vector with names for its fields, which may have none. */
function pairs(vector: string, key: string): string {
  return `CAST(${vector} AS ARRAY<STRUCT<ml_k ${key}, ml_v FLOAT64>>)`;
}

export const VECTOR_FUNCTIONS: Readonly<Record<string, MlFunction>> = {
  NORMALIZER: {
    arity: [1, 2],
    template: (call) => {
      requireNumbers(call);
      return `ARRAY(SELECT IFNULL(SAFE_DIVIDE(CAST(ml_e AS FLOAT64), ${norm('__a0', degreeOf(call, 1))}), 0.0)
        FROM UNNEST(__a0) AS ml_e WITH OFFSET AS ml_o ORDER BY ml_o)`;
    },
  },
  LP_NORM: {
    arity: [2, 2],
    template: (call) => {
      requireNumbers(call);
      return `IF(__a0 IS NULL, NULL, ${norm('__a0', degreeOf(call, 1))})`;
    },
  },
  DISTANCE: { arity: [2, 3], template: distance },
};
