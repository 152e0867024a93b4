import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';

export default defineCommand({
  details:
    'What "healthmon stream --alerts" announced and BigQuery keeps, each alert once: when it was raised, how far it ' +
    'went and when it was over.',
  options: [
    { flags: '--patient <id>', type: 'string', description: 'only this patient', completes: 'patients' },
    { flags: '--open', type: 'boolean', description: 'only alerts that are not over' },
    { flags: '--since <time>', type: 'rfc3339', description: 'only alerts raised at this time or later' },
    {
      flags: '--limit <n>',
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: 100,
      description: 'alerts at the most, the newest first',
    },
  ],
  examples: [
    { command: 'healthmon alerts list --open', does: 'Lists the alerts that are not over.' },
    { command: 'healthmon alerts list --patient 42 --json', does: 'Lists those of one patient, as JSON.' },
  ],
  target: 'reads',
  result: {
    alerts: 'Patient_ID, raised_at, resolved_at, minutes, peak_risk, peak_score and escalations of each',
  },
  async run(input, context) {
    const { bigQueryPort } = await import('../../src/gcp/bigquery/port.js');
    const { listAlerts } = await import('../../src/pipeline/alerts/read-alerts.js');
    const { config, signal } = context;
    const port = await bigQueryPort(await context.google());
    const alerts = await listAlerts(
      {
        patient: input.patient,
        open: input.open === true,
        since: input.since,
        limit: input.limit,
      },
      { port, config, signal },
    );
    return { alerts };
  },
  render({ alerts }, output) {
    if (alerts.length === 0) return output.note('no alerts');
    output.table(
      ['patient', 'raised', 'resolved', 'peak', 'points', 'escalations'],
      alerts.map((alert) => [
        alert.Patient_ID,
        alert.raised_at,
        alert.resolved_at ?? 'open',
        alert.peak_risk,
        alert.peak_score,
        alert.escalations,
      ]),
    );
    output.note(counted(alerts.length, 'alert'));
  },
});
