import {
  BANDS,
  EMERGENCY_SCORE,
  MAXIMUM,
  type Risk,
  SCORED,
  type ScoredParameter,
  SEVERITY,
  SINGLE_SCORE,
  STEPS,
  URGENT_SCORE,
  VITAL_NAMES,
} from './news2.js';

/** Column of the points of each parameter in the views. */
const POINTS_COLUMNS: Readonly<Record<ScoredParameter, string>> = {
  respiratoryRate: 'news_respiration',
  oxygenSaturation: 'news_spo2',
  systolic: 'news_systolic',
  heartRate: 'news_pulse',
  temperature: 'news_temperature',
};

/** Names that people know the parameters by. */
const LABELS: Readonly<Record<ScoredParameter, string>> = {
  respiratoryRate: 'respiration',
  oxygenSaturation: 'oxygen saturation',
  systolic: 'systolic pressure',
  heartRate: 'pulse',
  temperature: 'temperature',
};

/** The score of `news2.ts` as GoogleSQL, made from the same bands. */
export function newsSql(): Record<string, string> {
  const columns = SCORED.map((parameter) => POINTS_COLUMNS[parameter]);
  const unmeasured = Object.entries(MAXIMUM)
    .filter(([parameter]) => !SCORED.includes(parameter as ScoredParameter))
    .reduce((sum, [, points]) => sum + points, 0);
  const open = SCORED.map(
    (parameter) => `IF(${POINTS_COLUMNS[parameter]} IS NULL, ${MAXIMUM[parameter]}, 0)`,
  );
  return {
    points: SCORED.map(ladder).join(',\n    '),
    knownPoints: columns.map((column) => `IFNULL(${column}, 0)`).join(' + '),
    openPoints: [...open, String(unmeasured)].join(' + '),
    worstPoints: `GREATEST(${columns.map((column) => `IFNULL(${column}, 0)`).join(', ')})`,
    risk: `CASE
    WHEN news_known >= ${EMERGENCY_SCORE} THEN 'emergency'
    WHEN news_known >= ${URGENT_SCORE} THEN 'urgent'
    WHEN news_worst = ${SINGLE_SCORE} THEN 'single-parameter'
    ELSE 'undetermined'
  END`,
    wardVitals: SCORED.flatMap((parameter) => [
      `newest.${VITAL_NAMES[parameter]}`,
      `newest.${POINTS_COLUMNS[parameter]}`,
      ...(parameter === 'systolic' ? ['newest.Diastolic'] : []),
    ]).join(',\n  '),
    timeline: SCORED.map((parameter) => {
      const value = `CAST(reading.${VITAL_NAMES[parameter]} AS FLOAT64)`;
      return `STRUCT('${LABELS[parameter]}' AS parameter, ${value} AS value, reading.${POINTS_COLUMNS[parameter]} AS points)`;
    }).join(',\n  '),
  };
}

/** The order of risks as GoogleSQL. */
export function severitySql(risk: string): string {
  const cases = (Object.keys(SEVERITY) as Risk[])
    .filter((name) => SEVERITY[name] > 0)
    .map((name) => `WHEN '${name}' THEN ${SEVERITY[name]}`);
  return `CASE ${risk} ${cases.join(' ')} ELSE 0 END`;
}

/** Rounded as JavaScript rounds: a product, then the nearest whole number, so that both meet the same edges. */
function ladder(parameter: ScoredParameter): string {
  const vital = VITAL_NAMES[parameter];
  const steps = STEPS[parameter];
  const rounded = `ROUND(${vital}${steps === 1 ? '' : ` * ${steps}`})`;
  const rest = BANDS[parameter].at(-1)![1];
  const cases = BANDS[parameter]
    .filter(([upTo]) => Number.isFinite(upTo))
    .map(([upTo, points]) => `WHEN ${rounded} <= ${Math.round(upTo * steps)} THEN ${points}`);
  return `CASE WHEN ${vital} IS NULL THEN NULL ${cases.join(' ')} ELSE ${rest} END AS ${POINTS_COLUMNS[parameter]}`;
}
