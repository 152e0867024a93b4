import { type Context, defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';
import { STANDARD_SERVICES } from '../src/core/services.js';
import { EXIT, usageError } from '../src/errors/healthmon-error.js';
import type { ProvisionOptions } from '../src/pipeline/provision/provision.js';
import { PRICE_FILE_OPTION, pricesNote, pricesOf } from './jobs/estimate/prices.js';
import { onlyOption, readServices } from './services.js';

/** A plan for the cloud can be read by whoever may not look at it. */
async function lacksCredentials({ config, env }: Context): Promise<boolean> {
  if (config.target === 'local') return false;
  const { findCredentials } = await import('../src/gcp/cloud-identity.js');
  return findCredentials(env).then(
    () => false,
    (error: { code?: string }) => {
      if (error.code === 'credentials-missing') return true;
      throw error;
    },
  );
}

async function exportTo(
  folder: string,
  { config, cwd }: Context,
  options: ProvisionOptions,
): Promise<{ folder: string; files: string[] }> {
  const { terraformFiles } = await import('../src/pipeline/provision/terraform/terraform.js');
  const { writeFiles } = await import('./write-files.js');
  const files = await terraformFiles(config, options);
  await writeFiles(folder, cwd, files);
  return { folder, files: files.map(({ path }) => path) };
}

/** What the instances cost that are billed by the hour, whatever is done with them. */
async function estimateOf(priceFile: string | undefined, { config, cwd }: Context) {
  const [{ floorCosts }, { newBigtableCluster }] = await Promise.all([
    import('../src/pipeline/costs/estimate.js'),
    import('../src/gcp/bigtable/admin.js'),
  ]);
  const prices = await pricesOf(priceFile, cwd);
  const { asOf, currency, location } = prices;
  const { processingUnits } = config.spanner;
  return {
    monthly: floorCosts({ processingUnits, bigtableNodes: newBigtableCluster(config).nodes }, prices),
    ...{ currency, location, asOf },
  };
}

export default defineCommand({
  details:
    'Creates what is missing and adds what the table schemas have gained: new optional columns, longer strings. What cannot be changed safely is refused, with the steps to take. A second run changes nothing. --dry-run and --export need no credentials.',
  options: [
    onlyOption('provision', STANDARD_SERVICES),
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
      flags: '--estimate',
      type: 'boolean',
      description: 'with --dry-run: say what a month costs in which nothing happens',
    },
    PRICE_FILE_OPTION,
    {
      flags: '--export <format>',
      type: 'string',
      choices: ['terraform'],
      description: 'write the same resources as configuration of Terraform into --to, and change nothing',
    },
    { flags: '--to <folder>', type: 'string', default: 'terraform', description: 'where --export writes' },
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
    {
      command: 'healthmon provision --target cloud --project ward-7 --export terraform',
      does: 'Writes them as configuration of Terraform; needs no credentials.',
    },
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
    compared: 'false when the plan was made without looking, for want of credentials',
    exported: 'with --export: folder and path of each file; else null',
    diff: 'whether --diff was given',
    estimate:
      'with --estimate: monthly amounts by service and in total, currency, location and asOf; else null',
    seconds: 'duration',
  },
  async run(input, context) {
    const { provision } = await import('../src/pipeline/provision/provision.js');
    const { readTableSchema } = await import('../src/schema/read-table-schema.js');
    const { resolve } = await import('node:path');
    const { config, cwd, output, signal } = context;
    const files = input.schema ?? [];
    const only = readServices('--only', input.only, STANDARD_SERVICES, 'provision');
    const options = {
      only,
      schemas: files.map((file) => readTableSchema(resolve(cwd, file))),
      vitalsEncoding: input.pubsubSchema,
      dryRun: input.dryRun === true || input.diff === true || input.export !== undefined,
      signal,
    };
    if (input.estimate === true && input.dryRun !== true) {
      throw usageError({
        code: 'conflicting-options',
        message: '--estimate says what a plan costs, which is printed by --dry-run.',
        suggestion: 'Add --dry-run.',
      });
    }
    const estimate = input.estimate === true ? await estimateOf(input.priceFile, context) : null;
    if (input.export !== undefined && config.target === 'local') {
      throw usageError({
        code: 'unsupported',
        message: 'Terraform makes resources on Google Cloud only.',
        suggestion: 'Add --target cloud --project PROJECT_ID.',
      });
    }
    const looksAway =
      input.export !== undefined ||
      (input.dryRun === true && !input.diff && (await lacksCredentials(context)));
    const { absentAdmins, liveAdmins } = await import('../src/gcp/admins.js');
    const admins = looksAway ? absentAdmins() : liveAdmins(await context.google(only), config);
    const result = await during(output, 'Provisioning', async (progress) =>
      provision(admins, config, {
        ...options,
        onStep: ({ service, resource }) => progress.update(`${service} ${resource}`),
      }),
    );
    return {
      ...result,
      diff: input.diff === true,
      compared: !looksAway,
      exported: input.export === undefined ? null : await exportTo(input.to, context, options),
      estimate,
    };
  },
  render({ changes, unchanged, dryRun, seconds, compared, exported, estimate }, output) {
    if (exported !== null) {
      for (const file of exported.files) output.data(`${exported.folder}/${file}`);
      return;
    }
    if (!compared) {
      output.warn('There are no credentials to look with: this is what an empty project would get.');
    }
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
    if (estimate !== null) {
      output.table(
        ['a month at least', 'amount'],
        Object.entries(estimate.monthly).map(([service, amount]) => [service, amount.toFixed(2)]),
      );
      output.note(pricesNote(estimate));
    }
  },
  exitCode: (result) => (result.diff && result.changes.length > 0 ? EXIT.gateFailed : EXIT.done),
});
