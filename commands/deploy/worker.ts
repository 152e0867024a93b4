import { readFile } from 'node:fs/promises';
import { defineCommand } from '../../src/cli/command.js';
import { DRY_RUN_OPTION } from '../plan.js';

/** Options of "stream" that the deployment decides, or that end a worker which is to run for ever. */
const DECIDED = [
  '--metrics-port',
  '--metrics-host',
  '--allow-host',
  '--drain-timeout',
  '--max-messages',
  '--idle-timeout',
  '--duration',
  '--engine',
  '--dry-run',
] as const;

export default defineCommand({
  details:
    'Writes what makes "healthmon stream" run on Google Cloud without a machine of one’s own: the build of a container ' +
    'image (no Docker daemon is needed, no root runs in it), a Cloud Run worker pool and manifests for GKE, both scaled ' +
    'by the backlog, a service account with no more rights than the worker needs, and alert policies. --apply makes the ' +
    'account, its rights, the policies and the worker pool; the image has to be there. Options of "stream" follow after ' +
    '"--". docs/scaling.md goes through it.',
  arguments: [
    {
      name: 'stream-options',
      description: 'after "--": options of "healthmon stream" for the worker',
      variadic: true,
      completes: [],
    },
  ],
  options: [
    { flags: '--to <folder>', type: 'string', default: 'deploy', description: 'where the files are written' },
    {
      flags: '--image <name>',
      type: 'string',
      description: 'name of the image (default: …-docker.pkg.dev/PROJECT/healthmon/worker:VERSION)',
    },
    {
      flags: '--package <spec>',
      type: 'string',
      description:
        'what the image installs: a version, or the file that "npm pack" made (default: this version)',
    },
    { flags: '--region <name>', type: 'string', description: 'region (default: the setting location)' },
    {
      flags: '--instances <n>',
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 1,
      description: 'workers that always run',
    },
    {
      flags: '--max-instances <n>',
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 5,
      description: 'workers that the backlog may ask for',
    },
    {
      flags: '--backlog-per-instance <n>',
      type: 'integer',
      minimum: 1,
      default: 50_000,
      description: 'messages that wait for each worker before another one starts',
    },
    {
      flags: '--cpu <n>',
      type: 'integer',
      minimum: 1,
      maximum: 8,
      default: 1,
      description: 'virtual CPUs of a worker',
    },
    {
      flags: '--memory <mebibytes>',
      type: 'integer',
      minimum: 512,
      maximum: 32_768,
      default: 1_024,
      description: 'memory of a worker',
    },
    {
      flags: '--notify <channel>',
      type: 'strings',
      description:
        'notification channel that alert policies tell, as projects/…/notificationChannels/… (repeatable)',
    },
    {
      flags: '--apply',
      type: 'boolean',
      description: 'make what is rendered for Cloud Run, besides the image',
    },
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon deploy worker --target cloud --project ward-7 --dry-run',
      does: 'Prints every file.',
    },
    {
      command: 'healthmon deploy worker --target cloud --project ward-7 -- --alerts',
      does: 'Writes the files into deploy/, for a worker that publishes alerts.',
    },
    {
      command: 'healthmon deploy worker --target cloud --project ward-7 --apply',
      does: 'Makes the account, its rights, the alert policies and the worker pool, too.',
    },
  ],
  target: 'changes',
  result: {
    folder: 'where the files are, or would be',
    files: 'path and text of each file',
    image: 'name of the image',
    serviceAccount: 'account of the worker',
    bindings: 'kind, resource, role and member of each of its rights on Cloud Run',
    applied: 'with --apply: resource and action (created, replaced, granted or unchanged) of each; else null',
    dryRun: 'true when nothing was written',
  },
  async run(input, context) {
    const [{ deploymentOf }, { deploymentFiles }, { bindingsOf }, worker] = await Promise.all([
      import('../../src/pipeline/deploy/options.js'),
      import('../../src/pipeline/deploy/files.js'),
      import('../../src/pipeline/deploy/access.js'),
      import('../../src/pipeline/deploy/worker.js'),
    ]);
    const { default: stream } = await import('../stream.js');
    const { cwd, config, output, signal, env } = context;
    const streamOptions = input['stream-options'];
    const allowed = (stream.options ?? []).filter(
      ({ flags }) => !DECIDED.some((name) => flags.startsWith(name)),
    );
    const deployment = deploymentOf({ ...input, streamOptions, cwd }, config, allowed);
    const channels = input.notify ?? [];
    const files = deploymentFiles(deployment, channels);
    const dryRun = input.dryRun === true;
    const result = {
      folder: input.to,
      files,
      image: deployment.image,
      serviceAccount: worker.serviceAccountOf(deployment),
      bindings: bindingsOf(deployment, 'cloud-run'),
      dryRun,
    };
    if (dryRun) return { ...result, applied: null };
    const { writeFiles } = await import('../write-files.js');
    const { file, spec } = deployment.package;
    await writeFiles(
      input.to,
      cwd,
      file === undefined ? files : [...files, { path: file, text: await readFile(spec) }],
    );
    if (input.apply !== true) return { ...result, applied: null };
    const [{ applyWorker }, { findCredentials }, { openGoogleRest }, { during }, { translateGoogleError }] =
      await Promise.all([
        import('../../src/pipeline/deploy/apply.js'),
        import('../../src/gcp/cloud-identity.js'),
        import('../../src/gcp/google-rest.js'),
        import('../../src/cli/during.js'),
        import('../../src/gcp/google-errors.js'),
      ]);
    const rest = await openGoogleRest(env, await findCredentials(env));
    const applied = await during(output, 'Deploying', async (progress) =>
      applyWorker(deployment, channels, {
        rest,
        signal,
        onStep: ({ resource, action }) => progress.update(`${resource}: ${action}`),
      }).catch((error) => {
        throw translateGoogleError(error, 'deploy the worker', false);
      }),
    );
    return { ...result, applied };
  },
  render({ folder, files, applied, dryRun, image }, output) {
    if (dryRun) {
      for (const { path, text } of files) output.data(`# ${folder}/${path}\n${text}`);
      output.note('Nothing was written.');
      return;
    }
    for (const { path } of files) output.data(`${folder}/${path}`);
    if (applied === null) {
      output.note(`Build ${image} with "gcloud builds submit --config cloudbuild.yaml ." in ${folder}.`);
      return;
    }
    for (const { resource, action } of applied) output.note(`${resource}: ${action}`);
  },
});
