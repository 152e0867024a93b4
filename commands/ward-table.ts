import type { OptionSpec } from '../src/cli/command.js';
import { counted } from '../src/core/counted.js';
import { ageText, signed } from '../src/core/number-text.js';
import { pointsText, RISK_SIGNS } from '../src/core/risk-signs.js';
import { WARD_DEFAULTS } from '../src/pipeline/ward/defaults.js';
import type { WardPatient } from '../src/pipeline/ward/ward.js';
import type { WardResult } from '../src/pipeline/ward/ward-command.js';
import type { RiskChange } from '../src/pipeline/ward/watch.js';

/** Risks that a part of NEWS2 can prove, the lowest first. */
export const PROVEN_RISKS = ['single-parameter', 'urgent', 'emergency'] as const;

/** Which patients of the ward are shown, and what is stale. */
export const WARD_OPTIONS = [
  {
    flags: '--risk <risk>',
    type: 'string',
    choices: PROVEN_RISKS,
    description: 'only patients with this risk or a higher one',
  },
  { flags: '--condition <name>', type: 'string', description: 'only patients with this condition' },
  {
    flags: '--stale-after <duration>',
    type: 'duration',
    default: WARD_DEFAULTS.staleAfterMs,
    description: 'mark patients whose newest reading is older',
  },
  {
    flags: '--clock <clock>',
    type: 'string',
    choices: ['feed', 'wall'],
    default: 'feed',
    description: 'what age is measured against: the newest reading of all, or the time of day',
  },
] as const satisfies readonly OptionSpec[];

/** Columns of the ward as a table. */
export const WARD_COLUMNS = [
  'NEWS2',
  'patient',
  'age',
  'sex',
  'condition',
  'resp',
  'SpO2',
  'BP',
  'pulse',
  'temp',
  '1 h',
  'last',
];

/** A patient as a row of the table. */
export function wardRow(patient: WardPatient): (string | number)[] {
  const { risk, known, possible, vitals, change } = patient;
  const value = (name: string, below = '') => {
    const vital = vitals[name];
    if (vital === undefined) return '–';
    // What was measured before the newest reading is in no sum.
    const older = vital.at === patient.lastReadingAt ? '' : '~';
    return `${vital.value}${below}${pointsText(vital.points)}${older}`;
  };
  const diastolic = vitals.Diastolic === undefined ? '' : `/${vitals.Diastolic.value}`;
  return [
    risk === null ? '– no reading' : `${RISK_SIGNS[risk]} ${known}–${possible}`,
    patient.Patient_ID,
    patient.Age ?? '–',
    patient.Gender ?? '–',
    patient.Condition ?? '–',
    value('Respiratory_Rate'),
    value('Oxygen_Saturation'),
    value('Systolic', diastolic),
    value('Heart_Rate'),
    value('Temperature_C'),
    change === null ? '–' : signed(change),
    lastText(patient),
  ];
}

function lastText({ staleSeconds, stale }: WardPatient): string {
  if (staleSeconds === null) return '–';
  return `${ageText(staleSeconds)}${stale ? ' stale' : ''}`;
}

/** The whole ward in a line. */
export function wardSummary({ total, byRisk, asOf }: Pick<WardResult, 'total' | 'byRisk' | 'asOf'>): string {
  const { emergency, urgent, undetermined, noReading, stale } = byRisk;
  return (
    `${counted(total, 'patient')}: emergency ${emergency}, urgent ${urgent}, single parameter ${byRisk['single-parameter']}, ` +
    `undetermined ${undetermined}, without a reading ${noReading}, stale ${stale}` +
    (asOf === null ? '' : `; as of ${asOf}`)
  );
}

/** A change of risk in a line: `10:41:05 42 urgent → emergency 12–17`. */
export function changeText({ at, Patient_ID, from, to, known, possible }: RiskChange): string {
  return `${at.slice(11, 19)} ${RISK_SIGNS[to]} ${Patient_ID} ${from ?? 'no reading'} → ${to} ${known}–${possible}`;
}
