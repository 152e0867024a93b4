import { defineCommand } from '../src/cli/command.js';
import { signed } from '../src/core/number-text.js';
import { RISK_SIGNS } from '../src/core/risk-signs.js';
import type { Output } from '../src/output/output.js';
import type { PatientResult } from '../src/pipeline/patient/read-patient.js';
import { whyText } from './why-text.js';

export default defineCommand({
  details:
    'The unified view: the admission from Spanner, vitals, score and alerts from Bigtable, the prediction with what ' +
    'it rests on from BigQuery. Each block says where it comes from and how old it is; a store that does not answer ' +
    'leaves its blocks empty. The score is the part of NEWS2 that sensors give, as a range while parameters are ' +
    'missing. Not a medical device.',
  arguments: [{ name: 'id', description: 'the patient', required: true, completes: 'patients' }],
  options: [
    {
      flags: '--since <duration>',
      type: 'duration',
      default: 24 * 3_600_000,
      description: 'how far back from the newest reading',
    },
    {
      flags: '--readings <n>',
      type: 'integer',
      minimum: 1,
      maximum: 30_000,
      description: 'list the n newest readings as well',
    },
    {
      flags: '--html <file>',
      type: 'string',
      description: 'write a page that needs nothing else and prints on one A4',
    },
    { flags: '--fhir', type: 'boolean', description: 'print a FHIR R4 Bundle instead' },
  ],
  examples: [
    { command: 'healthmon patient 42', does: 'Shows patient 42.' },
    {
      command: 'healthmon patient 42 --since 4h --readings 10 --json',
      does: 'The last four hours, as JSON.',
    },
    { command: 'healthmon patient 42 --html patient-42.html', does: 'Writes the NEWS2 chart as a page.' },
    { command: 'healthmon patient 42 --fhir > patient-42.json', does: 'Writes the patient as FHIR.' },
  ],
  target: 'reads',
  result: {
    patient: 'the admission by column; null when it is not in Spanner',
    vitals: 'name, value, points, at, minimum, maximum, change, readings and parts of each vital',
    news2: 'known, possible, risk, parameters, missing and at; null without a reading',
    alerts:
      'raisedAt, resolvedAt, peakRisk, peakScore, escalations and escalatedAt of each, the oldest first',
    prediction: 'predicted, probability, modelVersion, at and explanation; null when there is none',
    readings: 'the newest readings, when --readings asks for them',
    sources: 'block, store, at, ageSeconds and error of each block',
    html: 'with --html: the file',
    fhir: 'with --fhir: the Bundle',
  },
  async run(input, context) {
    const { runPatientCommand } = await import('../src/pipeline/patient/patient-command.js');
    const result = await runPatientCommand(
      {
        patientId: input.id,
        sinceMs: input.since,
        readings: input.readings ?? 0,
        html: input.html,
        fhir: input.fhir === true,
      },
      {
        clients: await context.google(),
        config: context.config,
        signal: context.signal,
        nowMs: context.now().getTime(),
        cwd: context.cwd,
      },
    );
    for (const { block, error } of result.sources) {
      if (error !== null) context.output.warn(`${block}: ${error}`);
    }
    if (result.html !== undefined) context.output.note(`Written: ${result.html}`);
    return result;
  },
  render(result, output) {
    if (result.fhir !== undefined) {
      output.data(JSON.stringify(result.fhir, null, 2));
      return;
    }
    renderHead(result, output);
    if (result.vitals.length > 0) {
      output.table(
        ['vital', 'now', 'points', 'course', 'from', 'to', '1 h'],
        result.vitals.map(({ name, value, points, parts, minimum, maximum, change }) => [
          name,
          value,
          points ?? '–',
          sparkline(parts),
          minimum,
          maximum,
          change === null ? '–' : signed(change),
        ]),
      );
    }
    for (const { raisedAt, resolvedAt, peakRisk, peakScore } of result.alerts) {
      output.data(
        `alert       ${raisedAt ?? 'before'} to ${resolvedAt ?? 'now, open'}, up to ${peakRisk} with ${peakScore} points`,
      );
    }
    renderPrediction(result, output);
    if (result.readings.length > 0) {
      const columns = [...new Set(result.readings.flatMap((row) => Object.keys(row)))];
      output.table(
        columns,
        result.readings.map((row) => columns.map((name) => row[name] ?? '–')),
      );
    }
    for (const { block, store, at } of result.sources) output.note(`${block}: ${store}, ${at ?? 'nothing'}`);
  },
});

function renderHead({ patient, news2 }: PatientResult, output: Output): void {
  if (patient !== null) {
    const { Patient_ID, ...rest } = patient;
    const known = Object.entries(rest).filter(([, value]) => value !== null);
    output.data(`patient     ${Patient_ID}`);
    output.data(`admission   ${known.map(([name, value]) => `${name} ${value}`).join(', ')}`);
  }
  if (news2 === null) {
    output.data('NEWS2       no reading');
    return;
  }
  const { known, possible, risk, missing, at } = news2;
  output.data(`NEWS2       ${RISK_SIGNS[risk]} ${known}–${possible} ${risk}, ${at}`);
  output.data(`missing     ${missing.join(', ')}`);
}

function renderPrediction({ prediction }: PatientResult, output: Output): void {
  if (prediction === null) return;
  const { predicted, probability, modelVersion, explanation } = prediction;
  output.data(
    `prediction  ${[predicted, ...(probability === null ? [] : [probability.toFixed(2)])].join(' ')} (${modelVersion})`,
  );
  if (explanation !== null) output.data(`why         ${whyText(explanation)}`);
}

const BARS = '▁▂▃▄▅▆▇█';

/** Heights between the lowest and the highest part; a gap where nothing was measured. */
function sparkline(parts: readonly (number | null)[]): string {
  const measured = parts.filter((part) => part !== null);
  const lowest = Math.min(...measured);
  const height = Math.max(...measured) - lowest;
  return parts
    .map((part) => {
      if (part === null) return ' ';
      return BARS[height === 0 ? 0 : Math.round(((part - lowest) / height) * (BARS.length - 1))];
    })
    .join('');
}
