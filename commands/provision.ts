import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';
import { SERVICE_NAMES } from '../src/core/services.js';
import { EXIT } from '../src/errors/healthmon-error.js';
import { onlyOption, readServices } from './services.js';

export default defineCommand({
  details:
    'Creates what is missing and adds what the table schemas have gained: new optional columns, longer strings. What cannot be changed safely is refused, with the steps to take. A second run changes nothing.',
  options: [
    onlyOption('provision'),
    {
      flags: '--schema <file>',
      type: 'strings',
      description: 'a table schema whose tables are created as well (repeatable)',
    },
    {
      flags: '--pubsub-schema <encoding>',
      type: 'string',
      choices: ['json', 'binary'],
      description:
        'give a new vitals topic an Avro schema with this encoding; it then takes flat messages only, no FHIR',
    },
    { flags: '--dry-run', type: 'boolean', description: 'print the plan and change nothing' },
    {
      flags: '--diff',
      type: 'boolean',
      description: 'print how the target differs from the schemas; exit code 5 when it does',
    },
  ],
  examples: [
    { command: 'healthmon provision', does: 'Creates the resources of all five services.' },
    {
      command: 'healthmon provision --only pubsub,bigtable,bigquery,storage',
      does: 'Creates what the stream needs, without Spanner.',
    },
    { command: 'healthmon provision --dry-run', does: 'Shows what would be created.' },
    { command: 'healthmon provision --diff', does: 'Fails in CI when the schema of the target drifted.' },
  ],
  target: 'changes',
  result: {
    changes: 'service, resource, action (create, update or blocked) and detail of each',
    created: 'resources created',
    updated: 'resources changed',
    unchanged: 'resources that were right already',
    blocked: 'changes that cannot be made safely',
    dryRun: 'true when nothing was changed',
    diff: 'whether --diff was given',
    seconds: 'duration',
  },
  async run(input, context) {
    const { provision } = await import('../src/pipeline/provision/provision.js');
    const { readTableSchema } = await import('../src/schema/read-table-schema.js');
    const { resolve } = await import('node:path');
    const files = input.schema ?? [];
    const only = readServices('--only', input.only, SERVICE_NAMES, 'provision');
    const schemas = files.map((file) => readTableSchema(resolve(context.cwd, file)));
    const result = await during(context.output, 'Provisioning', async (progress) =>
      provision(await context.google(only), context.config, {
        only,
        schemas,
        vitalsEncoding: input.pubsubSchema,
        dryRun: input.dryRun === true || input.diff === true,
        signal: context.signal,
        onStep: ({ service, resource }) => progress.update(`${service} ${resource}`),
      }),
    );
    return { ...result, diff: input.diff === true };
  },
  render({ changes, unchanged, dryRun, seconds }, output) {
    if (changes.length > 0) {
      output.table(
        ['service', 'resource', 'action'],
        changes.map(({ service, resource, action }) => [service, resource, action]),
      );
      for (const { service, resource, detail } of changes) {
        for (const line of detail ?? []) output.debug(`${service} ${resource}: ${line}`);
      }
    }
    for (const { service, resource, action, detail } of changes) {
      if (action === 'blocked') {
        for (const line of detail ?? []) output.warn(`${service} ${resource}: ${line}`);
      }
    }
    const verb = dryRun ? 'to make' : 'made';
    output.note(
      `${counted(changes.length, 'change')} ${verb}, ${unchanged} unchanged, ${seconds.toFixed(2)} s`,
    );
  },
  exitCode: (result) => (result.diff && result.changes.length > 0 ? EXIT.gateFailed : EXIT.done),
});
