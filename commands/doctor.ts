import { defineCommand } from '../src/cli/command.js';
import { EXIT } from '../src/errors/healthmon-error.js';

export default defineCommand({
  details: 'Reads only. Exit code 3 when something that the target needs is missing.',
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
    const checks = await diagnose(context);
    return { checks, ok: checks.every((check) => check.status !== 'fail') };
  },
  render({ checks }, output) {
    const { green, yellow, red } = output.style;
    const mark = { ok: green('ok'), warn: yellow('warn'), fail: red('fail') };
    output.table(
      ['check', 'status', 'found'],
      checks.map((check) => [check.name, mark[check.status], check.found]),
    );
    for (const check of checks) if (check.fix !== '') output.note(`${check.name}: ${check.fix}`);
  },
  exitCode: ({ ok }) => (ok ? EXIT.done : EXIT.notReady),
});
