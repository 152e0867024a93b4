import { type Context, defineCommand } from '../src/cli/command.js';
import type { Check } from '../src/cli/doctor.js';
import { counted } from '../src/core/counted.js';
import { STANDARD_SERVICES } from '../src/core/services.js';
import { EXIT } from '../src/errors/healthmon-error.js';

export default defineCommand({
  details:
    'Changes nothing. On the local target: Node, Java, the emulators and their versions, ports, disk, stray variables, ' +
    'and real work in every service that runs, and whether they hold what "healthmon provision" makes. On Google Cloud: credentials and their kind, the account, the project ' +
    'and quota project, each API, and each permission that each command needs. Exit code 3 when something that the ' +
    'target needs is missing.',
  examples: [
    { command: 'healthmon doctor', does: 'Checks what the local target needs.' },
    { command: 'healthmon doctor --target cloud --project ward-7', does: 'Checks what Google Cloud needs.' },
  ],
  target: 'offline',
  result: {
    checks: 'name, status (ok, warn or fail), found and fix of each check',
    ok: 'whether no check failed',
  },
  async run(_input, context) {
    const { diagnose } = await import('../src/cli/doctor.js');
    const found = [...(await diagnose(context)), ...(await resourceChecks(context))];
    const checks = found.map((check) => ({ ...check, fix: context.output.named(check.fix) }));
    return { checks, ok: checks.every((check) => check.status !== 'fail') };
  },
  render({ checks }, output) {
    const { green, yellow, red } = output.style;
    const mark = { ok: green('ok'), warn: yellow('warn'), fail: red('fail') };
    output.table(
      ['check', 'status', 'found'],
      checks.map((check) => [check.name, mark[check.status], check.found]),
    );
    const lines = new Set(checks.flatMap(({ fix }) => fix.split('\n')).filter((line) => line !== ''));
    if (lines.size > 0) output.note(['To mend it:', ...lines].join('\n  '));
  },
  exitCode: ({ ok }) => (ok ? EXIT.done : EXIT.notReady),
});

/** What of the pipeline is missing in a local stack that is whole; services that it lacks are not started for this. On Google Cloud "provision --diff" says it. */
async function resourceChecks(context: Context): Promise<Check[]> {
  const { stackEndpoints } = await import('../src/emulators/stack/status.js');
  const endpoints = (await stackEndpoints(context)) ?? {};
  if (context.config.target !== 'local' || STANDARD_SERVICES.some((name) => endpoints[name] === undefined))
    return [];
  const { provision } = await import('../src/pipeline/provision/provision.js');
  const name = 'pipeline';
  try {
    const { config, signal } = context;
    const { liveAdmins } = await import('../src/gcp/admins.js');
    const admins = liveAdmins(await context.google(), config);
    const { changes, unchanged } = await provision(admins, config, { dryRun: true, signal });
    if (changes.length === 0)
      return [{ name, status: 'ok', found: `all ${unchanged} resources as configured`, fix: '' }];
    const named = changes.map(({ service, resource }) => `${service} ${resource}`).join(', ');
    const found = `${counted(changes.length, 'resource')} missing or different: ${named}`;
    return [{ name, status: 'warn', found, fix: 'healthmon provision' }];
  } catch (error) {
    context.signal.throwIfAborted();
    return [{ name, status: 'warn', found: (error as Error).message, fix: 'healthmon provision --diff' }];
  }
}
