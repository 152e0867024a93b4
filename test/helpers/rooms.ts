import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's root folder. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** A folder or file of `src`, what lives there, and what it may import besides itself. */
export interface Room {
  path: string;
  holds: string;
  imports: readonly string[];
}

/** Rooms of one folder from the ground up: each may import those above it in the list, and what `also` names. */
function stacked(
  folder: string,
  also: readonly string[],
  rooms: readonly [name: string, holds: string][],
): Room[] {
  return rooms.map(([name, holds], index) => ({
    path: `${folder}/${name}`,
    holds,
    imports: [...also, ...rooms.slice(0, index).map(([above]) => `${folder}/${above}`)],
  }));
}

const GOOGLESQL = 'src/emulators/googlesql';
const BIGQUERY = 'src/emulators/bigquery';

const LANGUAGE = stacked(
  GOOGLESQL,
  ['src/core', 'src/emulators/javascript'],
  [
    ['errors.ts', 'what a query is refused with'],
    ['dialect.ts', 'in what the services differ: functions, types, syntax, texts'],
    ['syntax', 'lexer, parser, syntax tree, types'],
    [
      'values',
      'what values are and how they are written: calendar, zones, intervals, NUMERIC, JSON, bytes, text',
    ],
    ['duck', 'the database, its errors, what is quoted for it'],
    ['functions', 'the functions of the language, a family in a file, and those of DuckDB that they need'],
    ['compile', 'from the syntax tree to DuckDB: scopes, expressions, queries'],
  ],
);

const WAREHOUSE = stacked(
  BIGQUERY,
  ['src/core', ...LANGUAGE.map(({ path }) => path)],
  [
    ['catalog', 'datasets, tables, routines and models, and their types in REST'],
    ['statements', 'what statements do: DDL, DML, INFORMATION_SCHEMA, scripts'],
    ['ml', 'BigQuery ML'],
    ['engine.ts', 'one call that runs statements and scripts'],
    ['server', 'the REST API: jobs, loads, rows'],
  ],
);

const SERVER_NEEDS = ['src/emulators/serving/http-listener.ts', 'src/emulators/serving/partial-response.ts'];

/** Rooms inside the emulators. The records and processes of a service stand outside of its rooms, and see them all. */
export const EMULATOR_ROOMS: readonly Room[] = [
  ...LANGUAGE,
  ...WAREHOUSE.map((room) =>
    room.path.endsWith('/server') ? { ...room, imports: [...room.imports, ...SERVER_NEEDS] } : room,
  ),
];

/** The rooms of `src`. */
export const ROOMS: readonly Room[] = [
  {
    path: 'src/cli',
    holds: 'the binding to commander, the context of a run, completion',
    imports: ['src/config', 'src/core', 'src/errors', 'src/gcp', 'src/output', 'src/emulators'],
  },
  {
    path: 'src/config',
    holds: 'flags > environment > file > defaults, each value with its origin',
    imports: ['src/errors', 'src/core'],
  },
  { path: 'src/errors', holds: 'code, message, detail, suggestion, exit code', imports: [] },
  { path: 'src/output', holds: 'the only writer to stdout and stderr', imports: ['src/errors'] },
  {
    path: 'src/gcp',
    holds: 'the Google clients and one narrow port per service',
    imports: ['src/config', 'src/errors', 'src/core', 'src/schema'],
  },
  {
    path: 'src/schema',
    holds: 'every record, written once in `templates/schemas/`, and what is derived from it',
    imports: ['src/errors', 'src/core'],
  },
  {
    path: 'src/charts',
    holds: 'pure functions from data to the text of SVG, for pages, files and docs alike',
    imports: ['src/core'],
  },
  {
    path: 'src/pipeline',
    holds:
      'the work: provision, load, simulate, stream, alerts, ward, patient, looker, sync, analytics, model',
    imports: ['src/charts', 'src/config', 'src/core', 'src/errors', 'src/gcp', 'src/schema'],
  },
  {
    path: 'src/dashboard',
    holds:
      'the web pages: server, what lets in, pages as components of Preact that are rendered here, the live stream, and the assets of the browser',
    imports: ['src/charts', 'src/config', 'src/core', 'src/errors', 'src/gcp', 'src/pipeline', 'src/schema'],
  },
  {
    path: 'src/emulators',
    holds:
      "the local cloud: supervisor, snapshots, journal, one folder and one record per service, what serves gRPC and REST (`serving/`), messages coded by hand (`wire/`), code of users in a sandbox (`javascript/`), Google's emulators (`official/`)",
    imports: ['src/errors', 'src/core'],
  },
  { path: 'src/core', holds: 'helpers that two rooms use', imports: [] },
];

/** Does `room` hold the file? */
export function isWithin(room: string, file: string): boolean {
  return (
    file === room ||
    file.startsWith(`${room}/`) ||
    (room.endsWith('.ts') && file === room.replace(/ts$/, 'js'))
  );
}

const BEGIN = '<!-- rooms: written by npm run docs -->';
const END = '<!-- /rooms -->';

/** CONTRIBUTING.md with its tables of rooms as they are declared here. */
export function contributingPage(): string {
  const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('CONTRIBUTING.md has no place for its rooms');
  return `${page.slice(0, begin)}${BEGIN}\n${tables()}\n${page.slice(end)}`;
}

function tables(): string {
  const rows = ROOMS.map(({ path, holds, imports }) => {
    const names = imports.map((name) => `\`${name.replace('src/', '')}\``).join(', ');
    return `| \`${path}/\` | ${holds} | ${names || '–'} |`;
  });
  const inner = [LANGUAGE, WAREHOUSE].map((rooms, index) => {
    const folder = index === 0 ? GOOGLESQL : BIGQUERY;
    const lines = rooms.map(({ path, holds }) => `| \`${path.slice(folder.length + 1)}\` | ${holds} |`);
    return `\n| \`${folder}/\` | What lives there |\n|---|---|\n${lines.join('\n')}`;
  });
  return [
    '| Room | What lives there | May import |\n|---|---|---|',
    ...rows,
    '\nInside the emulators, from the ground up: a room imports only those above it, in its own table and in those before.',
    ...inner,
  ].join('\n');
}
