import { defineCommand } from '../src/cli/command.js';
import { counted } from '../src/core/counted.js';
import { pointsText, RISK_SIGNS } from '../src/core/risk-signs.js';
import type { WardPatient } from '../src/pipeline/ward/ward.js';
import { signed } from './why-text.js';

export default defineCommand({
  details:
    'One row per patient from the newest values in Bigtable, the sickest first: proven risk, points of the part of ' +
    'NEWS2 that sensors give, and their change within an hour. The first number of NEWS2 is what is known, the second ' +
    'what it would be with everything unknown at its worst. Small digits are the points of a value. Nobody drops off: ' +
    'who has no new reading is marked as stale. Not a medical device.',
  options: [
    {
      flags: '--limit <n>',
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: 20,
      description: 'patients at the most',
    },
    {
      flags: '--risk <risk>',
      type: 'string',
      choices: ['single-parameter', 'urgent', 'emergency'],
      description: 'only patients with this risk or a higher one',
    },
    { flags: '--condition <name>', type: 'string', description: 'only patients with this condition' },
    {
      flags: '--stale-after <duration>',
      type: 'duration',
      default: 15 * 60_000,
      description: 'mark patients whose newest reading is older',
    },
    {
      flags: '--clock <clock>',
      type: 'string',
      choices: ['feed', 'wall'],
      default: 'feed',
      description: 'what age is measured against: the newest reading of all, or the time of day',
    },
  ],
  examples: [
    { command: 'healthmon ward', does: 'Shows the twenty sickest patients.' },
    { command: 'healthmon ward --risk urgent --json', does: 'Lists all who are at least urgent, as JSON.' },
  ],
  target: 'reads',
  result: {
    patients:
      'Patient_ID, Age, Gender, Condition, risk, known, possible, missing, vitals, change, lastReadingAt, staleSeconds and stale of each',
    total: 'patients of the whole ward',
    byRisk: 'how many there are of each risk, without a reading, and stale',
    asOf: 'the newest event time of all readings',
  },
  async run(input, context) {
    const { readWard } = await import('../src/pipeline/ward/ward-command.js');
    return readWard(
      {
        limit: input.limit,
        risk: input.risk,
        condition: input.condition,
        staleAfterMs: input.staleAfter,
        clock: input.clock,
      },
      {
        clients: await context.google(),
        config: context.config,
        nowMs: context.now().getTime(),
        onWarning: (text) => context.output.warn(text),
      },
    );
  },
  render({ patients, total, byRisk, asOf }, output) {
    if (patients.length > 0) output.table(COLUMNS, patients.map(row));
    const { emergency, urgent, undetermined, noReading, stale } = byRisk;
    output.note(
      `${counted(total, 'patient')}: emergency ${emergency}, urgent ${urgent}, single parameter ${byRisk['single-parameter']}, ` +
        `undetermined ${undetermined}, without a reading ${noReading}, stale ${stale}` +
        (asOf === null ? '' : `; as of ${asOf}`),
    );
  },
});

const COLUMNS = [
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

function row(patient: WardPatient): (string | number)[] {
  const { risk, known, possible, vitals, change } = patient;
  const value = (name: string) => {
    const vital = vitals[name];
    return vital === undefined ? '–' : `${vital.value}${pointsText(vital.points)}`;
  };
  const diastolic = vitals.Diastolic === undefined ? '' : `/${vitals.Diastolic.value}`;
  const systolic = vitals.Systolic;
  return [
    risk === null ? '– no reading' : `${RISK_SIGNS[risk]} ${known}–${possible}`,
    patient.Patient_ID,
    patient.Age ?? '–',
    patient.Gender ?? '–',
    patient.Condition ?? '–',
    value('Respiratory_Rate'),
    value('Oxygen_Saturation'),
    systolic === undefined ? '–' : `${systolic.value}${diastolic}${pointsText(systolic.points)}`,
    value('Heart_Rate'),
    value('Temperature_C'),
    signed(change),
    ageText(patient),
  ];
}

function ageText({ staleSeconds, stale }: WardPatient): string {
  if (staleSeconds === null) return '–';
  const text = staleSeconds < 120 ? `${staleSeconds} s` : `${Math.round(staleSeconds / 60)} min`;
  return stale ? `${text} stale` : text;
}
