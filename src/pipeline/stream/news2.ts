import { type Reading, vitalIndex } from './reading.js';

/**
 * The National Early Warning Score 2 of the Royal College of Physicians (2017), as far as sensors give it. It is for
 * adults who are not pregnant. Oxygen saturation is scored on scale 1; scale 2 needs a clinician's prescription.
 */
export interface PartialNews2 {
  /** Sum of the sub-scores that could be computed; the lowest the whole score can be. */
  score: number;
  /** The highest the whole score can be, if everything missing were at its worst. */
  maximum: number;
  parameters: Readonly<Partial<Record<ScoredParameter, number>>>;
  /** Parameters without a value. Never empty: sensors see neither consciousness nor supplemental oxygen. */
  missing: readonly Parameter[];
  /** What the known part proves by itself. */
  risk: Risk;
}

/** `undetermined`: the missing parameters could still change it, so it must not be read as "low". */
export type Risk = 'emergency' | 'urgent' | 'single-parameter' | 'undetermined';

/** From no proven risk to the highest. */
export const SEVERITY: Readonly<Record<Risk, number>> = {
  undetermined: 0,
  'single-parameter': 1,
  urgent: 2,
  emergency: 3,
};

export type ScoredParameter =
  | 'respiratoryRate'
  | 'oxygenSaturation'
  | 'systolic'
  | 'heartRate'
  | 'temperature';
export type Parameter = ScoredParameter | 'supplementalOxygen' | 'consciousness';

/** Upper bounds of the bands, each with its score, from the lowest band to the highest. */
type Bands = readonly (readonly [upTo: number, score: number])[];

const REST = Number.POSITIVE_INFINITY;

/** Bands of the RCP's chart 1; the last one has no end. */
export const BANDS: Readonly<Record<ScoredParameter, Bands>> = {
  respiratoryRate: [
    [8, 3],
    [11, 1],
    [20, 0],
    [24, 2],
    [REST, 3],
  ],
  oxygenSaturation: [
    [91, 3],
    [93, 2],
    [95, 1],
    [REST, 0],
  ],
  systolic: [
    [90, 3],
    [100, 2],
    [110, 1],
    [219, 0],
    [REST, 3],
  ],
  heartRate: [
    [40, 3],
    [50, 1],
    [90, 0],
    [110, 1],
    [130, 2],
    [REST, 3],
  ],
  temperature: [
    [35.0, 3],
    [36.0, 1],
    [38.0, 0],
    [39.0, 1],
    [REST, 2],
  ],
};

/** The worst sub-score of each parameter. */
export const MAXIMUM: Readonly<Record<Parameter, number>> = {
  respiratoryRate: 3,
  oxygenSaturation: 3,
  supplementalOxygen: 2,
  systolic: 3,
  heartRate: 3,
  consciousness: 3,
  temperature: 3,
};

/** The vital that each parameter is taken from. */
export const VITAL_NAMES: Readonly<Record<ScoredParameter, string>> = {
  respiratoryRate: 'Respiratory_Rate',
  oxygenSaturation: 'Oxygen_Saturation',
  systolic: 'Systolic',
  heartRate: 'Heart_Rate',
  temperature: 'Temperature_C',
};

/** In the order of the RCP's chart. */
export const SCORED = Object.keys(BANDS) as ScoredParameter[];

const VITAL_INDEX = Object.fromEntries(
  SCORED.map((parameter) => [parameter, vitalIndex(VITAL_NAMES[parameter])]),
) as Readonly<Record<ScoredParameter, number>>;

/** Values are rounded to whole parts of a unit, so many to the unit: the resolution at which the bands leave no gap. */
export const STEPS: Readonly<Record<ScoredParameter, number>> = {
  respiratoryRate: 1,
  oxygenSaturation: 1,
  systolic: 1,
  heartRate: 1,
  temperature: 10,
};

/** The thresholds of RCP chart 4. */
export const EMERGENCY_SCORE = 7;
export const URGENT_SCORE = 5;
export const SINGLE_SCORE = 3;

export function subScore(parameter: ScoredParameter, value: number): number {
  const steps = STEPS[parameter];
  const rounded = Math.round(value * steps) / steps;
  return BANDS[parameter].find(([upTo]) => rounded <= upTo)![1];
}

export function scoreReading(reading: Reading): PartialNews2 {
  const parameters: Partial<Record<ScoredParameter, number>> = {};
  const missing: Parameter[] = [];
  let score = 0;
  let open = 0;
  let single = false;
  for (const parameter of SCORED) {
    const value = reading.values[VITAL_INDEX[parameter]];
    if (value === undefined) {
      missing.push(parameter);
      open += MAXIMUM[parameter];
      continue;
    }
    const points = subScore(parameter, value);
    parameters[parameter] = points;
    score += points;
    single ||= points === SINGLE_SCORE;
  }
  missing.push('supplementalOxygen', 'consciousness');
  open += MAXIMUM.supplementalOxygen + MAXIMUM.consciousness;
  return { score, maximum: score + open, parameters, missing, risk: riskOf(score, single) };
}

/** A known part can prove a risk, and never its absence. */
function riskOf(score: number, single: boolean): Risk {
  if (score >= EMERGENCY_SCORE) return 'emergency';
  if (score >= URGENT_SCORE) return 'urgent';
  return single ? 'single-parameter' : 'undetermined';
}
