import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SERVICE_NAMES } from '../../src/core/services.js';

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
    ['errors.ts', 'reasons and HTTP statuses of the service'],
    ['catalog', 'datasets, tables, routines and models, and their types in REST'],
    ['statements', 'what statements do: DDL, DML, INFORMATION_SCHEMA, scripts'],
    ['ml', 'BigQuery ML'],
    ['engine.ts', 'one call that runs statements and scripts'],
    ['server', 'the REST API: jobs, loads, rows'],
  ],
);

const SERVER_NEEDS = [
  ...['http-listener', 'partial-response', 'service-error', 'method', 'grpc-calls', 'health'].map(
    (name) => `src/emulators/serving/${name}.ts`,
  ),
  'src/emulators/avro-long.ts',
  'src/emulators/wire',
];

/** The rooms of the REST API. What a request is answered with is put together in `server-context.ts`, as types. */
const SERVER = stacked(
  `${BIGQUERY}/server`,
  [
    'src/core',
    `${BIGQUERY}/server/server-context.ts`,
    ...SERVER_NEEDS,
    ...[...LANGUAGE, ...WAREHOUSE.slice(0, -1)].map(({ path }) => path),
  ],
  [
    ['http', 'paths, bodies, paging, fields, and how values are written'],
    ['resources', 'what resources say and how they are read: tables, partitions, destinations'],
    ['load', 'files and streamed rows on their way into tables'],
    ['storage-api', 'the Storage Read and Write APIs over gRPC'],
    ['jobs', 'queries, loads, copies and extracts as jobs, their results and their bounds'],
    ['routes', 'a handler for each method'],
  ],
);

const EMULATORS = 'src/emulators';
const within = (names: readonly string[]) => names.map((name) => `${EMULATORS}/${name}`);

/** What a service may use that knows of none. */
const GROUND = [
  ...['wire', 'avro-long.ts', 'built-script.ts', 'key-tree.ts', 'javascript', 'serving', 'journal', 'probes'],
  ...['snapshot/lines.ts', 'service.ts', 'support-page.ts', 'idle-heap.ts', 'service-main.ts'],
];

/** Rooms of what all services stand on, with what each may import besides `src/core` and `src/errors`. */
const SHARED: Room[] = (
  [
    ['wire', 'messages of Protocol Buffers, coded by hand', []],
    ['avro-long.ts', 'integers of Avro with all of their digits', []],
    ['built-script.ts', 'where a script is that runs in a process or thread of its own', []],
    ['key-tree.ts', 'keys in order', []],
    ['javascript', 'the sandbox of JavaScript', ['built-script.ts']],
    ['serving', 'gRPC, REST and HTTP on one port', ['wire']],
    ['journal', 'what is acknowledged and survives', ['serving', 'supervisor/lock.ts']],
    ['probes', 'whether a service answers', ['wire']],
    ['service.ts', 'what a service says of itself: its record', ['snapshot/lines.ts']],
    ['support-page.ts', 'what a service supports, as a page', ['service.ts', 'serving']],
    ['idle-heap.ts', 'gives back what an idle process does not need', []],
    ['service-main.ts', 'the process of an embedded service', ['idle-heap.ts', 'service.ts', 'serving']],
    ['storage', 'Cloud Storage', GROUND],
    ['pubsub', 'Pub/Sub', [...GROUND, 'official/on-path.ts']],
    ['bigtable', 'Bigtable', [...GROUND, 'googlesql/values/hll.ts']],
    ['spanner', 'Spanner', [...GROUND, 'googlesql']],
    ['beam', 'Apache Beam, which runs jobs: where it is and how it is installed', []],
    ['dataflow', 'Dataflow', [...GROUND, 'beam']],
    [
      'registry.ts',
      'the records of all services',
      ['service.ts', ...SERVICE_NAMES.map((name) => `${name}/service.ts`)],
    ],
    ['official', "Google's emulators", ['registry.ts', 'service.ts', 'supervisor/ports.ts']],
    [
      'supervisor',
      'the processes of a stack and what watches over them',
      ['built-script.ts', 'official', 'registry.ts', 'service.ts', 'serving', 'stack/defaults.ts'],
    ],
    ['snapshot', 'saving and restoring a stack', ['registry.ts', 'service.ts', 'supervisor']],
    [
      'stack',
      'starting, stopping and asking a stack',
      ['built-script.ts', 'registry.ts', 'service.ts', 'serving', 'supervisor'],
    ],
    ['capabilities.ts', 'what each service supports, as a table', ['registry.ts', 'service.ts']],
    ['local-cloud.ts', 'services within the process of a test', ['registry.ts', 'service.ts', 'supervisor']],
  ] as const
).map(([name, holds, imports]) => ({
  path: `${EMULATORS}/${name}`,
  holds,
  imports: ['src/core', 'src/errors', ...within(imports)],
}));

/** Rooms inside the emulators. The records and processes of a service stand outside of its rooms, and see them all. */
export const EMULATOR_ROOMS: readonly Room[] = [
  ...SHARED,
  ...LANGUAGE,
  ...WAREHOUSE.map((room) =>
    room.path.endsWith('/server') ? { ...room, imports: [...room.imports, ...SERVER_NEEDS] } : room,
  ),
  ...SERVER,
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
  const inner = (
    [
      [GOOGLESQL, LANGUAGE],
      [BIGQUERY, WAREHOUSE],
      [`${BIGQUERY}/server`, SERVER],
    ] as const
  ).map(([folder, rooms]) => {
    const lines = rooms.map(({ path, holds }) => `| \`${path.slice(folder.length + 1)}\` | ${holds} |`);
    return `\n| \`${folder}/\` | What lives there |\n|---|---|\n${lines.join('\n')}`;
  });
  return [
    '| Room | What lives there | May import |\n|---|---|---|',
    ...rows,
    '\nInside the emulators, from the ground up: a room imports only those above it, in its own table and in those before.',
    ...inner,
    '\nWhat all services stand on, each with what it may import besides. A service may import all down to `service-main.ts`.\n\n| `src/emulators/` | What lives there | May import |\n|---|---|---|',
    ...SHARED.filter(({ path }) => !SERVICE_NAMES.some((name) => path.endsWith(`/${name}`))).map(
      ({ path, holds, imports }) => {
        const names = imports.slice(2).map((name) => `\`${name.slice(EMULATORS.length + 1)}\``);
        return `| \`${path.slice(EMULATORS.length + 1)}\` | ${holds} | ${names.join(', ') || '–'} |`;
      },
    ),
  ].join('\n');
}
