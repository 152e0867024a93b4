import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasTool } from './optional-tools.js';

/** Python with Google's clients, where there is one: `HEALTHMON_PYTHON` names another than the first on the PATH. */
export const PYTHON = process.env.HEALTHMON_PYTHON ?? 'python3';

/** Whether {@link PYTHON} has the modules, as `import` takes them. */
export function hasPythonModules(modules: string): boolean {
  return spawnSync(PYTHON, ['-c', `import ${modules}`], { timeout: 60_000 }).status === 0;
}

/** @param module a folder with a Go module whose dependencies are on this machine */
export function hasGoModule(module: string): boolean {
  return hasTool('go') && existsSync(join(module, 'go.mod'));
}

/** @param jars a folder with the jars of a client and of what it depends on */
export function hasJars(jars: string): boolean {
  return hasTool('java') && jars !== '' && existsSync(jars);
}

/** How a program is run in the folder that it was written to. */
export interface Program {
  command: string;
  args: string[];
  env: Record<string, string>;
}

export function pythonProgram(folder: string, source: string): Program {
  writeFileSync(join(folder, 'client.py'), source);
  return { command: PYTHON, args: ['client.py'], env: {} };
}

/** @param module whose requirements the program has */
export function goProgram(folder: string, source: string, module: string): Program {
  const name = 'go';
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'main.go'), source);
  for (const file of ['go.mod', 'go.sum']) copyFileSync(join(module, file), join(folder, name, file));
  return { command: 'go', args: ['run', '-C', name, '.'], env: { GOFLAGS: '-mod=mod', GOPROXY: 'off' } };
}

/** @param source of a class `Client` */
export function javaProgram(folder: string, source: string, jars: string): Program {
  writeFileSync(join(folder, 'Client.java'), source);
  return { command: 'java', args: ['-cp', ['.', join(jars, '*')].join(delimiter), 'Client.java'], env: {} };
}
