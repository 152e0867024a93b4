import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/package-root.js';
import { loadedModules } from '../helpers/loaded-modules.js';

const root = packageRoot();
const bin = join(root, 'bin/healthmon.js');
const load = (...argv: string[]) => loadedModules([bin, ...argv], { cwd: root, root });

/** What every run needs before it knows which command it is. */
const CORE = [
  'commands/index.js',
  'src/cli/context.js',
  'src/cli/help.js',
  'src/cli/main.js',
  'src/cli/program.js',
  'src/cli/started-as.js',
  'src/cli/unknown.js',
  'src/cli/values.js',
  'src/config/config.js',
  'src/config/settings.js',
  'src/core/closest.js',
  'src/core/package-root.js',
  'src/core/services.js',
  'src/core/shell-quoted.js',
  'src/errors/healthmon-error.js',
  'src/output/envelope.js',
  'src/output/table.js',
  'src/output/terminal-output.js',
  'src/output/text-width.js',
];

describe('the modules that a run loads', () => {
  it.each([
    [['--help'], CORE],
    [['--version'], CORE],
    [['help', 'emulators'], CORE],
    [
      ['load', '--help'],
      [
        ...CORE,
        'commands/load-options.js',
        'commands/load.js',
        'src/cli/command.js',
        'src/cli/confirmation.js',
        'src/core/counted.js',
        'src/pipeline/load/defaults.js',
      ],
    ],
  ])('for %j are these and commander, and nothing else', (argv, own) => {
    const { modules, status } = load(...argv);
    expect(status).toBe(0);
    expect(modules).toEqual([...own, 'commander'].sort());
  });

  it.each(['bash', 'zsh', 'fish'])('for completion of %s are declarations of commands only', (shell) => {
    const { modules, status } = load('completion', shell);
    expect(status).toBe(0);
    const packages = modules.filter((name) => !/^(commands|src)\//.test(name));
    expect(packages).toEqual(['commander']);
    // Constants that help shows; a wall keeps these files from importing anything.
    const rooms = modules.filter((name) => /^src\/(pipeline|schema|emulators)\//.test(name));
    expect(rooms.filter((name) => !name.endsWith('/defaults.js'))).toEqual([]);
  });
});
