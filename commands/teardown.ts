import { defineCommand } from '../src/cli/command.js';
import { usageError } from '../src/errors/healthmon-error.js';

export default defineCommand({
  details:
    'Lists what exists of the configured resources. With --yes it deletes them, with all data in them; on Google Cloud it also asks for --confirm-project.',
  options: [
    { flags: '--yes', type: 'boolean', description: 'delete what is listed' },
    { flags: '--dry-run', type: 'boolean', description: 'only list, even with --yes' },
    {
      flags: '--confirm-project <id>',
      type: 'string',
      description: 'the project id once more, needed with --yes on Google Cloud',
    },
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
    if (deletes && config.target === 'cloud' && input.confirmProject !== config.project) {
      throw usageError({
        code: 'confirmation-missing',
        message: 'Deleting resources on Google Cloud needs the project id once more.',
        detail: `The project is ${config.project}.`,
        suggestion: `Add --confirm-project ${config.project}.`,
      });
    }
    const { planTeardown } = await import('../src/pipeline/provision/teardown.js');
    const deletions = await planTeardown(await context.google(), config);
    if (deletes) {
      const progress = context.output.progress('Deleting');
      try {
        for (const { service, resource, apply } of deletions) {
          context.signal.throwIfAborted();
          progress.update(`${service} ${resource}`);
          await apply();
        }
      } catch (error) {
        progress.fail();
        throw error;
      }
      progress.done();
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
      dryRun ? 'Nothing was deleted. Add --yes to delete all of it.' : `${deleted} resources deleted.`,
    );
  },
});
