import { once } from 'node:events';
import { type Context, defineCommand } from '../src/cli/command.js';
import { durationText } from '../src/cli/values.js';
import { allowedHosts } from '../src/config/allowed-hosts.js';
import { ageText } from '../src/core/number-text.js';
import type { DashboardInput } from '../src/dashboard/dashboard.js';
import { DASHBOARD_DEFAULTS } from '../src/dashboard/defaults.js';
import { ALLOW_HOST_OPTION } from './allow-host.js';
import { openInBrowser } from './open-in-browser.js';

const { intervalMs, maxAgeMs } = DASHBOARD_DEFAULTS;

export default defineCommand({
  details:
    'Web pages of the ward and its patients, kept up to date while somebody looks at them, until it is interrupted. ' +
    'They only read: vitals and scores from Bigtable, admissions from Spanner, the rest from BigQuery, which is asked ' +
    `every ${ageText(maxAgeMs.local / 1000)} at the most and every ${ageText(maxAgeMs.cloud / 1000)} on Google Cloud. The address that is printed holds a token that works ` +
    'once. Every page is there as .json and .csv too. Not a medical device.',
  options: [
    {
      flags: '--port <port>',
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      default: 0,
      description: 'port to serve (0: any free one)',
    },
    {
      flags: '--host <address>',
      type: 'string',
      default: '127.0.0.1',
      description: 'interface to serve; another than loopback needs --token-file',
    },
    ALLOW_HOST_OPTION,
    { flags: '--open', type: 'boolean', description: 'open it in the browser' },
    { flags: '--no-live', type: 'boolean', description: 'do not keep pages up to date' },
    {
      flags: '--interval <duration>',
      type: 'duration',
      description: `how often a page that is looked at is read anew (default: ${durationText(intervalMs.local)} local, ${durationText(intervalMs.cloud)} cloud)`,
    },
    {
      flags: '--metrics-port <port>',
      type: 'integer',
      minimum: 1,
      maximum: 65_535,
      description: 'metrics port of a "healthmon stream" on this machine, for the page of the pipeline',
    },
    {
      flags: '--token-file <file>',
      type: 'string',
      description: 'file with the token that opens it, any number of times',
    },
    {
      flags: '--audit <file>',
      type: 'string',
      description: 'append a line of JSON for each patient who is looked at',
    },
  ],
  examples: [
    { command: 'healthmon dashboard --open', does: 'Opens the ward in the browser.' },
    {
      command: 'healthmon dashboard --port 8080 --token-file token.txt --audit looks.jsonl',
      does: 'Serves it under an address that stays the same, and writes down who is looked at.',
    },
  ],
  target: 'reads',
  result: { url: 'address with the token', port: 'port', pid: 'process id' },
  async run(input, context) {
    const { open, allowHost, interval, live, ...options } = input;
    const hosts = allowedHosts(context.config, allowHost);
    const dashboard = await openDashboard(
      { ...options, live: live !== false, intervalMs: interval, allowedHosts: hosts },
      context,
    );
    const { url, port } = dashboard;
    const result = { url, port, pid: process.pid };
    await context.announce(result);
    await dashboard.untilAborted(open === true);
    return result;
  },
  render({ url }, output) {
    output.data(url);
    output.note('Ctrl-C ends it.');
  },
});

/** The dashboard of a context; `untilAborted` serves until the run is told to stop, opened in the browser or not. */
export async function openDashboard(input: DashboardInput, context: Context) {
  const { startDashboard } = await import('../src/dashboard/dashboard.js');
  const { config, cwd, signal, output } = context;
  const dashboard = await startDashboard(input, {
    clients: await context.google(),
    config,
    cwd,
    signal,
    nowMs: () => context.now().getTime(),
    onWarning: (text) => output.warn(text),
  });
  return {
    ...dashboard,
    async untilAborted(isOpened: boolean): Promise<void> {
      try {
        if (isOpened) openInBrowser(dashboard.url);
        if (!signal.aborted) await once(signal, 'abort');
      } finally {
        await dashboard.close();
      }
    },
  };
}
