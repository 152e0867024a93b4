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

type ScoredParameter = 'respiratoryRate' | 'oxygenSaturation' | 'systolic' | 'heartRate' | 'temperature';
type Parameter = ScoredParameter | 'supplementalOxygen' | 'consciousness';

/** Upper bounds of the bands, each with its score, from the lowest band to the highest. */
type Bands = readonly (readonly [upTo: number, score: number])[];

const REST = Number.POSITIVE_INFINITY;

const BANDS: Readonly<Record<ScoredParameter, Bands>> = {
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

const MAXIMUM: Readonly<Record<Parameter, number>> = {
  respiratoryRate: 3,
  oxygenSaturation: 3,
  supplementalOxygen: 2,
  systolic: 3,
  heartRate: 3,
  consciousness: 3,
  temperature: 3,
};

const VITAL_OF: Readonly<Record<ScoredParameter, number>> = {
  respiratoryRate: vitalIndex('Respiratory_Rate'),
  oxygenSaturation: vitalIndex('Oxygen_Saturation'),
  systolic: vitalIndex('Systolic'),
  heartRate: vitalIndex('Heart_Rate'),
  temperature: vitalIndex('Temperature_C'),
};

const SCORED = Object.keys(BANDS) as ScoredParameter[];

/** Sub-score of one parameter, rounded first to the resolution for which the bands leave no gap. */
export function subScore(parameter: ScoredParameter, value: number): number {
  const rounded = parameter === 'temperature' ? Math.round(value * 10) / 10 : Math.round(value);
  return BANDS[parameter].find(([upTo]) => rounded <= upTo)![1];
}

export function scoreReading(reading: Reading): PartialNews2 {
  const parameters: Partial<Record<ScoredParameter, number>> = {};
  const missing: Parameter[] = [];
  let score = 0;
  let open = 0;
  let single = false;
  for (const parameter of SCORED) {
    const value = reading.values[VITAL_OF[parameter]];
    if (value === undefined) {
      missing.push(parameter);
      open += MAXIMUM[parameter];
      continue;
    }
    const points = subScore(parameter, value);
    parameters[parameter] = points;
    score += points;
    single ||= points === 3;
  }
  missing.push('supplementalOxygen', 'consciousness');
  open += MAXIMUM.supplementalOxygen + MAXIMUM.consciousness;
  return { score, maximum: score + open, parameters, missing, risk: riskOf(score, single) };
}

/** The thresholds of RCP chart 4. A known part can prove a risk, and never its absence. */
function riskOf(score: number, single: boolean): Risk {
  if (score >= 7) return 'emergency';
  if (score >= 5) return 'urgent';
  return single ? 'single-parameter' : 'undetermined';
}
