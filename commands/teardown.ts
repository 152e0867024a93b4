import { defineCommand } from '../src/cli/command.js';
import { confirmationOptions, requireConfirmation } from '../src/cli/confirmation.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';

export default defineCommand({
  details:
    'Lists what exists of the configured resources. With --yes it deletes them, with all data in them; on Google Cloud it also asks for --confirm-project.',
  options: [
    ...confirmationOptions('delete what is listed'),
    { flags: '--dry-run', type: 'boolean', description: 'only list, even with --yes' },
  ],
  examples: [
    { command: 'healthmon teardown', does: 'Lists what would be deleted.' },
    { command: 'healthmon teardown --yes', does: 'Deletes it on the local target.' },
  ],
  target: 'changes',
  result: {
    changes: 'service, resource and what it contains',
    deleted: 'resources deleted',
    dryRun: 'true when nothing was deleted',
  },
  async run(input, context) {
    const { config } = context;
    const deletes = input.yes === true && input.dryRun !== true;
    if (deletes) requireConfirmation('Deleting resources', input, config);
    const { planTeardown } = await import('../src/pipeline/provision/teardown.js');
    const deletions = await planTeardown(await context.google(), config);
    if (deletes) {
      await during(context.output, 'Deleting', async (progress) => {
        for (const { service, resource, apply } of deletions) {
          context.signal.throwIfAborted();
          progress.update(`${service} ${resource}`);
          await apply();
        }
      });
    }
    return {
      changes: deletions.map(({ service, resource, contains }) => ({
        service,
        resource,
        action: 'delete' as const,
        ...(contains && { contains }),
      })),
      deleted: deletes ? deletions.length : 0,
      dryRun: !deletes,
    };
  },
  render({ changes, deleted, dryRun }, output) {
    if (changes.length === 0) {
      output.note('Nothing of it exists.');
      return;
    }
    output.table(
      ['service', 'resource', 'with it go'],
      changes.map(({ service, resource, contains }) => [service, resource, contains?.join(', ') ?? '']),
    );
    output.note(
      dryRun
        ? 'Nothing was deleted. Add --yes to delete all of it.'
        : `${counted(deleted, 'resource')} deleted.`,
    );
  },
});
