import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SERVICE_NAMES, SERVICES } from '../src/core/services.js';
import { EMULATED } from '../src/emulators/registry.js';
import { contributingPage, EMULATOR_ROOMS, isWithin, ROOMS, ROOT } from './helpers/rooms.js';
import { SLOW_FILES } from './helpers/slow-files.js';

const root = ROOT;

interface Import {
  file: string;
  specifier: string;
  typeOnly: boolean;
  /** Awaited in a function, when it is needed. */
  late: boolean;
}

const files = ['src', 'commands', 'bin', 'bench'].flatMap((folder) => sources(join(root, folder)));
const imports = files.flatMap(importsOf);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|js)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s|\{(?:\s*type\s[^,}]+,?)+\s*\}\s*)?[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g;
  return [...text.matchAll(pattern)].map(([, types, early, late]) => ({
    file,
    specifier: target(file, (early ?? late)!),
    typeOnly: types !== undefined,
    late: late !== undefined,
  }));
}

/** A circle of files for each import that leads back to where it came from. */
function circles(arrows: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { file, specifier } of arrows) {
    const source = [specifier.replace(/\.js$/, '.ts'), specifier.replace(/\.js$/, '.tsx'), specifier].find(
      (path) => files.includes(path),
    );
    if (source !== undefined) next.set(file, [...(next.get(file) ?? []), source]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const each of next.get(file) ?? []) follow(each, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) follow(file, []);
  return found;
}

/** A path from the project's root for our own files, the bare name for packages. */
function target(file: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier;
}

/** Packages that only one room imports. */
const SOLE_IMPORTERS: Record<string, RegExp> = {
  commander: /^src\/cli\//,
  ora: /^src\/output\//,
  'ansi-escapes': /^src\/output\//,
  'log-update': /^src\/output\//,
  'signal-exit': /^src\/output\//,
  '@google-cloud/': /^src\/gcp\//,
  'google-auth-library': /^src\/gcp\//,
  '@duckdb/': /^src\/emulators\/(googlesql|bigquery|spanner\/sql)\//,
  'd3-': /^src\/charts\//,
};

/** An expression may hold a query and a query an expression; a script may hold any statement, itself among them. */
const PARSER = /^src\/emulators\/googlesql\/syntax\/parser-/;

describe('the walls of the house', () => {
  for (const { path, imports: allowed } of [...ROOMS, ...EMULATOR_ROOMS]) {
    it(`${path} imports only ${allowed.join(', ') || 'itself'}`, () => {
      expect(
        files.some((file) => isWithin(path, file)),
        path,
      ).toBe(true);
      const crossed = imports
        .filter(({ file }) => isWithin(path, file))
        .filter(({ specifier }) => specifier.startsWith('src/') && !isWithin(path, specifier))
        .filter(({ specifier }) => !allowed.some((room) => isWithin(room, specifier)))
        .map(({ file, specifier }) => `${file} → ${specifier}`);
      expect(crossed).toEqual([]);
    });
  }

  it('names every room', () => {
    const rooms = new Set(files.filter((file) => file.startsWith('src/')).map((file) => file.split('/')[1]));
    const named = ROOMS.map(({ path }) => path);
    expect([...rooms].filter((room) => !named.includes(`src/${room}`) && room !== 'index.ts')).toEqual([]);
    const language = files.filter((file) => file.startsWith('src/emulators/googlesql/'));
    expect(language.filter((file) => !EMULATOR_ROOMS.some(({ path }) => isWithin(path, file)))).toEqual([]);
    const warehouse = files.filter((file) => /^src\/emulators\/bigquery\/[^/]+\//.test(file));
    expect(warehouse.filter((file) => !EMULATOR_ROOMS.some(({ path }) => isWithin(path, file)))).toEqual([]);
    const others = files.filter((file) => /^src\/emulators\/(?!bigquery\/)/.test(file));
    expect(others.filter((file) => !EMULATOR_ROOMS.some(({ path }) => isWithin(path, file)))).toEqual([]);
  });

  it('no emulated service looks into another', () => {
    const crossed = imports.filter(({ file, specifier }) => {
      const [from, to] = [file, specifier].map((path) =>
        SERVICE_NAMES.find((name) => path.startsWith(`src/emulators/${name}/`)),
      );
      return from !== undefined && to !== undefined && from !== to;
    });
    expect(crossed).toEqual([]);
  });

  it('finds circles of files', () => {
    const arrow = (file: string, specifier: string) => ({ file, specifier, typeOnly: false, late: false });
    const there = arrow('src/index.ts', 'src/core/services.js');
    const back = arrow('src/core/services.ts', 'src/index.js');
    expect(circles([there, back])).toEqual(['src/index.ts → src/core/services.ts → src/index.ts']);
    expect(circles([there])).toEqual([]);
  });

  it('no file loads itself by way of others, but those of the parser', () => {
    const loading = imports.filter(({ typeOnly, late }) => !typeOnly && !late);
    expect(loading.length).toBeGreaterThan(3000);
    expect(circles(loading.filter(({ file }) => !PARSER.test(file)))).toEqual([]);
  });

  it('no circle of files runs through the language, not even of types, but those of its grammar', () => {
    const language = 'src/emulators/googlesql';
    const arrows = imports.filter(
      ({ file, specifier }) =>
        isWithin(language, file) && !isWithin(`${language}/syntax`, file) && isWithin(language, specifier),
    );
    expect(arrows.length).toBeGreaterThan(500);
    expect(circles(arrows)).toEqual([]);
  });

  it('CONTRIBUTING.md shows these rooms (write it anew with "npm run docs")', async () => {
    await expect(contributingPage()).toMatchFileSnapshot('../CONTRIBUTING.md');
  });

  it('commands start the local cloud, and look into none of our emulators', () => {
    const crossed = imports.filter(
      ({ file, specifier }) =>
        file.startsWith('commands/') &&
        SERVICE_NAMES.some((name) => specifier.startsWith(`src/emulators/${name}/`)),
    );
    expect(crossed).toEqual([]);
  });

  it('each service has the implementations that its record names', () => {
    for (const name of SERVICE_NAMES) {
      const { embedded, official, transfer } = EMULATED[name];
      const has = [...(embedded ? ['embedded'] : []), ...(official ? ['official'] : [])];
      expect(has, name).toEqual([...SERVICES[name].implementations].sort());
      // Google's hold everything in memory, so lines are the only way to save what is in them.
      expect(transfer !== undefined, name).toBe(official !== undefined);
    }
  });

  it('what is about all services names none of them', () => {
    const general = files.filter((file) =>
      /^src\/emulators\/([^/]+|(stack|supervisor|snapshot)\/[^/]+)\.ts$/.test(file),
    );
    const naming = general.filter(
      (file) =>
        file !== 'src/emulators/registry.ts' &&
        SERVICE_NAMES.some((name) => new RegExp(`'${name}'`).test(code(file))),
    );
    expect(naming).toEqual([]);
  });

  it('bin imports what is built', () => {
    const crossed = imports.filter(
      ({ file, specifier }) => file.startsWith('bin/') && !specifier.startsWith('dist/'),
    );
    expect(crossed).toEqual([]);
  });

  it('src imports no command, and nothing imports bin', () => {
    const crossed = imports.filter(
      ({ file, specifier }) =>
        specifier.startsWith('bin/') || (file.startsWith('src/') && specifier.startsWith('commands/')),
    );
    expect(crossed).toEqual([]);
  });

  for (const [name, room] of Object.entries(SOLE_IMPORTERS)) {
    it(`only ${room.source} imports ${name}`, () => {
      const others = imports.filter(
        ({ file, specifier, typeOnly }) =>
          !typeOnly &&
          (specifier === name || (/[/-]$/.test(name) && specifier.startsWith(name))) &&
          !room.test(file) &&
          !file.startsWith('bench/'),
      );
      expect(others).toEqual([]);
    });
  }

  it('whatever serves HTTP holds requests against the guard', () => {
    const serving = files.filter((file) =>
      /\bcreate(Secure)?Server\b[^;]*from 'node:https?2?'/.test(code(file)),
    );
    const guards = ['src/core/request-guard.js', 'src/emulators/serving/guard.js'];
    const open = serving.filter(
      (file) => !imports.some((each) => each.file === file && guards.includes(each.specifier)),
    );
    expect(serving).toContain('src/emulators/serving/http-listener.ts');
    expect(open).toEqual([]);
  });

  it('only src/output writes to the terminal, emulator processes excepted', () => {
    const writers = files.filter(
      (file) =>
        !file.startsWith('src/output/') &&
        !file.startsWith('bin/') &&
        !file.startsWith('bench/') &&
        !/^src\/emulators\/.*main\.ts$/.test(file) &&
        /console\.|process\.(stdout|stderr)/.test(code(file)),
    );
    expect(writers).toEqual([]);
  });

  it('only bin, the library and the processes of the local cloud read the environment', () => {
    const readers = files.filter(
      (file) =>
        !/^(bin|bench|src\/emulators)\//.test(file) &&
        file !== 'src/index.ts' &&
        /process\.(env|argv|cwd)\b/.test(code(file)),
    );
    expect(readers).toEqual([]);
  });

  it('templates hold data, and what the texts of jobs are made of', () => {
    const others = readdirSync(join(root, 'templates'), { withFileTypes: true, recursive: true }).filter(
      (entry) =>
        entry.isFile() &&
        !/\.(json|sql)$/.test(entry.name) &&
        !/\/templates\/beam\/(load\/)?\w+\.py$/.test(join(entry.parentPath, entry.name)),
    );
    expect(others).toEqual([]);
  });

  it('slow files of tests are there', () => {
    expect(Object.keys(SLOW_FILES).filter((path) => !existsSync(join(root, 'test', path)))).toEqual([]);
  });

  it('defaults that declarations of commands use load nothing', () => {
    const loading = imports.filter(
      ({ file, typeOnly }) =>
        /^src\/(pipeline\/[^/]+|emulators\/stack|dashboard)\/defaults\.ts$/.test(file) && !typeOnly,
    );
    expect(loading).toEqual([]);
  });

  it('the numerics of BigQuery ML know no SQL', () => {
    const room = 'src/emulators/bigquery/ml/numerics/';
    const crossed = imports.filter(
      ({ file, specifier }) =>
        file.startsWith(room) && !specifier.startsWith(room) && !specifier.startsWith('node:'),
    );
    expect(crossed).toEqual([]);
  });

  it('tests fake ports, not modules', () => {
    const mocking = sources(join(root, 'test')).filter((file) =>
      /\bvi\.(mock|doMock|stubGlobal)\(/.test(code(file)),
    );
    expect(mocking).toEqual([]);
  });

  it('only bin ends the process', () => {
    const enders = files.filter((file) => !file.startsWith('bin/') && /process\.exit\(/.test(code(file)));
    expect(enders).toEqual([]);
  });
});

function code(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}
