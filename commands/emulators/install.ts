import { defineCommand } from '../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';

export default defineCommand({
  details:
    'Where there is no Google Cloud CLI: exactly the three emulator components, from the list that the CLI itself ' +
    'installs from, checked by SHA-256, into HEALTHMON_CACHE_DIR or the user’s cache folder. Works offline once ' +
    'installed. The only command of the local cloud that uses the network.',
  options: [
    {
      flags: '--manifest-url <url>',
      type: 'string',
      description: 'another list of components, such as a mirror',
    },
    DRY_RUN_OPTION,
  ],
  examples: [{ command: 'healthmon emulators install', does: 'Downloads what is missing or has changed.' }],
  target: 'offline',
  result: {
    folder: 'where the emulators are',
    changed: 'whether anything was downloaded',
    components: 'service, id, version, sha256 and path of each emulator',
    java: 'the Java that was found and the version that is needed',
    javaFits: 'whether the Pub/Sub emulator can run with it',
    ...PLAN_KEYS,
  },
  async run(input, { env, output, signal }) {
    const [{ installEmulators, missingComponents }, { javaVersion, majorOf, MINIMUM_JAVA }] =
      await Promise.all([
        import('../../src/emulators/official/install.js'),
        import('../../src/emulators/official/java.js'),
      ]);
    const options = { env, signal, manifestUrl: input.manifestUrl };
    if (input.dryRun === true) {
      const components = await missingComponents(options);
      return planOf(
        components.map(({ id, version, bytes }) => ['download', id, `${version}, ${megabytes(bytes)}`]),
      );
    }
    const progress = output.progress('Installing Google’s emulators');
    try {
      const result = await installEmulators(options, ({ id, receivedBytes, totalBytes }) =>
        progress.update(`${id} ${megabytes(receivedBytes)} of ${megabytes(totalBytes)}`),
      );
      progress.done(result.changed ? result.folder : 'nothing to do');
      const found = await javaVersion(env);
      const java = { found: found ?? null, needed: MINIMUM_JAVA };
      return { ...result, java, javaFits: found !== undefined && majorOf(found) >= MINIMUM_JAVA };
    } catch (error) {
      progress.fail();
      throw error;
    }
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    const { components, java, javaFits } = result;
    output.table(
      ['service', 'version', 'path'],
      components.map(({ service, version, path }) => [service, version, path]),
    );
    if (javaFits) return;
    const found = java.found === null ? 'there is none' : `this is ${java.found}`;
    output.warn(
      `The Pub/Sub emulator needs Java ${java.needed} or newer, and ${found}. Install it, for example with ` +
        '"apt-get install default-jre-headless".',
    );
  },
});

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
