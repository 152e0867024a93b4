import { defineCommand } from '../../src/cli/command.js';
import { START_OPTIONS, startOptions, startShowing } from './options.js';

export default defineCommand({
  details:
    'Starts the local cloud, runs the command with the standard *_EMULATOR_HOST variables and the project set, passes ' +
    'signals on to it, stops what it started, and ends with the exit code of the command. A stack that runs already ' +
    'is used and left running. With --json the command’s standard output goes to stderr.',
  arguments: [
    {
      name: 'command',
      description: 'the command and its arguments, after "--"',
      required: true,
      variadic: true,
    },
  ],
  options: START_OPTIONS,
  examples: [
    {
      command: 'healthmon emulators exec -- npm test',
      does: 'Runs tests against a local cloud of their own.',
    },
    {
      command: 'healthmon emulators exec --name ci-7 -- sh -c "env | grep EMULATOR"',
      does: 'Shows what a command gets.',
    },
  ],
  target: 'offline',
  result: {
    command: 'the command and its arguments',
    exitCode: 'exit code of the command',
    alreadyRunning: 'whether the stack ran before',
  },
  async run(input, context) {
    const [{ stackEnv }, { stopStack }, { runCommand }] = await Promise.all([
      import('../../src/emulators/stack/status.js'),
      import('../../src/emulators/stack/stop.js'),
      import('../../src/emulators/stack/exec.js'),
    ]);
    const options = startOptions(input, context);
    const [command, ...args] = input.command;
    const { alreadyRunning } = await startShowing({ ...options, tethered: true }, context);
    try {
      const exitCode = await runCommand({
        command: command!,
        args,
        cwd: context.cwd,
        env: { ...context.env, ...(await stackEnv(options)) },
        stdoutToStderr: context.output.json,
      });
      return { command: [command!, ...args], exitCode, alreadyRunning };
    } finally {
      if (!alreadyRunning) await stopStack({ env: options.env, cwd: options.cwd, name: options.name });
    }
  },
  exitCode: ({ exitCode }) => exitCode,
});
