import { resolve } from 'node:path';
import { defineCommand } from '../../src/cli/command.js';
import type { AlertQuality } from '../../src/pipeline/alerts/quality.js';

const THRESHOLDS = [3, 4, 5, 6, 7, 8];

export default defineCommand({
  details:
    'Alerts that reached urgent, against a file that says who got worse and when, as "healthmon simulate ' +
    '--ground-truth FILE" writes it: how many were found, how many alerts were right, how long after the onset they ' +
    'came, and how many a patient gives in a day. Below that the same for other thresholds of points, had they been ' +
    'the rule: two readings in a row raise, three end.',
  options: [
    { flags: '--ground-truth <file>', type: 'string', description: 'who got worse and when, as JSON lines' },
    { flags: '--since <time>', type: 'rfc3339', description: 'only readings and alerts from this time on' },
    { flags: '--until <time>', type: 'rfc3339', description: 'only readings and alerts up to this time' },
  ],
  examples: [
    {
      command: 'healthmon alerts evaluate --ground-truth truth.jsonl',
      does: 'Shows how good the alerts were, and what other thresholds would have given.',
    },
  ],
  target: 'reads',
  result: {
    patients: 'patients of the ground truth',
    alerts: 'alerts of these patients that reached urgent',
    trueAlerts: 'of these, those that came after the onset and before the recovery',
    deteriorating: 'patients who got worse',
    found: 'of these, those with a true alert',
    sensitivity: 'found of deteriorating',
    positivePredictiveValue: 'trueAlerts of alerts',
    medianMinutes: 'from the onset to the first true alert',
    alertsPerPatientDay: 'alerts a day and patient',
    whatIf: 'threshold, and all of the above for it',
  },
  async run(input, context) {
    const { usageError } = await import('../../src/errors/healthmon-error.js');
    if (input.groundTruth === undefined) {
      throw usageError({
        code: 'invalid-option',
        message: 'The ground truth is missing.',
        suggestion: 'Give --ground-truth FILE, as "healthmon simulate --ground-truth FILE" wrote it.',
      });
    }
    const { bigQueryPort } = await import('../../src/gcp/bigquery/port.js');
    const { evaluateAlerts } = await import('../../src/pipeline/alerts/read-alerts.js');
    const { config, signal, cwd } = context;
    const port = await bigQueryPort(await context.google());
    return evaluateAlerts(
      {
        groundTruth: resolve(cwd, input.groundTruth),
        thresholds: THRESHOLDS,
        since: input.since,
        until: input.until,
      },
      { port, config, signal },
    );
  },
  render(result, output) {
    const row = (name: string, quality: AlertQuality) => [
      name,
      quality.alerts,
      `${quality.found} of ${quality.deteriorating}`,
      quality.sensitivity ?? '–',
      quality.positivePredictiveValue ?? '–',
      quality.medianMinutes ?? '–',
      quality.alertsPerPatientDay ?? '–',
    ];
    output.table(
      ['rule', 'alerts', 'found', 'sensitivity', 'predictive value', 'minutes', 'per patient-day'],
      [
        row('as announced', result),
        ...result.whatIf.map((quality) => row(`${quality.threshold} points or more`, quality)),
      ],
    );
  },
});
