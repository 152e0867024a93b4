import { defineCommand } from '../src/cli/command.js';
import { openInBrowser } from './open-in-browser.js';

export default defineCommand({
  details:
    'Links of the Linking API that open a new report on each view of the configured project. They need a Google ' +
    'account that may read the dataset. No API makes charts: docs/looker.md has the clicks. Looker Studio cannot reach ' +
    'the local emulators.',
  options: [
    {
      flags: '--view <name>',
      type: 'string',
      description: 'only the link of this view, such as v_cohort',
    },
    {
      flags: '--open',
      type: 'boolean',
      description: 'open the link of --view in the browser (default: v_cohort)',
    },
  ],
  examples: [
    {
      command: 'healthmon looker --target cloud --project ward-7',
      does: 'Prints a link for each view.',
    },
  ],
  target: 'reads',
  result: { links: 'view and url of each', opened: 'the view that was opened, or null' },
  async run(input, context) {
    const { usageError } = await import('../src/errors/healthmon-error.js');
    const { lookerLinks } = await import('../src/pipeline/looker/links.js');
    const { config } = context;
    if (config.target === 'local') {
      throw usageError({
        code: 'unsupported',
        message: 'Looker Studio cannot reach the local emulators.',
        suggestion: 'Use "healthmon ward" here, or add --target cloud --project PROJECT_ID.',
      });
    }
    const view = input.view ?? (input.open === true ? 'v_cohort' : undefined);
    const links = lookerLinks(config).filter((link) => view === undefined || link.view === view);
    if (links.length === 0) {
      throw usageError({
        code: 'invalid-option',
        message: `There is no view "${view}".`,
        detail: `Views: ${lookerLinks(config)
          .map((link) => link.view)
          .join(', ')}.`,
        suggestion: 'Give one of these, or leave --view out.',
      });
    }
    const { bigQueryAdmin } = await import('../src/gcp/bigquery/admin.js');
    const { notReadyError } = await import('../src/errors/healthmon-error.js');
    const admin = await bigQueryAdmin(await context.google(), config);
    for (const link of links) {
      if ((await admin.view(link.view)) !== undefined) continue;
      throw notReadyError({
        code: 'not-provisioned',
        message: `The view ${link.view} does not exist.`,
        suggestion: 'Run "healthmon provision" first.',
      });
    }
    if (input.open === true) openInBrowser(links[0]!.url);
    return { links, opened: input.open === true ? links[0]!.view : null };
  },
  render({ links }, output) {
    for (const { url } of links) output.data(url);
  },
});
