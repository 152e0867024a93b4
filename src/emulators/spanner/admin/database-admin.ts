import { iamMethods } from '../../serving/iam.js';
import type { Message, Methods } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { ServiceError } from '../../serving/service-error.js';
import { secondsAndNanos } from '../../serving/time.js';
import { checkDatabaseId, checkName, idOf, instanceOf } from '../names.js';
import { printSchema } from '../schema/print-schema.js';
import type { Database } from '../store/database.js';
import { deleteDatabase } from './deletions.js';
import { type Emulator, getInstance } from './emulator.js';
import { policiesOf } from './iam.js';
import { updated } from './masks.js';
import { finishWith, listWithin, operationOf, typed } from './operations.js';
import { checkNoProtoDescriptors, updateDatabaseDdl } from './update-ddl.js';

const PACKAGE = 'google.spanner.admin.database.v1';
/** What an update may change, by path. */
const PATHS = { enable_drop_protection: 'enableDropProtection' };
const MAX_DATABASES_PER_INSTANCE = 100;
const PAGE_SIZES = { default: 1000, maximum: 1000 };
const DEFAULT_RETENTION = '1h';

export function databaseAdminMethods(emulator: Emulator): Methods {
  const named = (name: unknown) => emulator.store.database(checkName('database', name));
  return {
    [`${PACKAGE}.DatabaseAdmin`]: {
      CreateDatabase: { kind: 'unary', handle: (request) => createDatabase(emulator, request) },
      GetDatabase: { kind: 'unary', handle: ({ name }) => shown(emulator, named(name)) },
      ListDatabases: { kind: 'unary', handle: (request) => listDatabases(emulator, request) },
      UpdateDatabase: { kind: 'unary', handle: (request) => updateDatabase(emulator, request) },
      DropDatabase: { kind: 'unary', handle: ({ database }) => dropDatabase(emulator, named(database)) },
      GetDatabaseDdl: {
        kind: 'unary',
        handle: ({ database }) => ({
          statements: printSchema(named(database).schema, idOf(String(database))),
        }),
      },
      UpdateDatabaseDdl: {
        kind: 'unary',
        handle: (request) => updateDatabaseDdl(emulator, named(request.database), request),
      },
      ListDatabaseOperations: {
        kind: 'unary',
        handle: (request) => {
          const { name } = getInstance(emulator, checkName('instance', request.parent));
          return listWithin(emulator, `${name}/databases`, `${PACKAGE}.`, request);
        },
      },
      ListDatabaseRoles: { kind: 'unary', handle: (request) => listRoles(named(request.parent), request) },
      // There is one split, and it stays one.
      AddSplitPoints: {
        kind: 'unary',
        handle: ({ database }) => {
          named(database);
          return {};
        },
      },
      ...iamMethods(policiesOf(emulator, (resource) => void named(resource))),
    },
  };
}

async function createDatabase(emulator: Emulator, request: Message): Promise<Message> {
  const { name: instance } = getInstance(emulator, checkName('instance', request.parent));
  if (request.createStatement === undefined || request.createStatement === '') {
    throw new ServiceError('INVALID_ARGUMENT', 'Missing create_statement in the request.');
  }
  if (request.databaseDialect === 'POSTGRESQL') {
    throw new ServiceError('INVALID_ARGUMENT', 'Cannot create a PostgreSQL database.');
  }
  checkNoProtoDescriptors(request);
  const name = `${instance}/databases/${databaseIdOf(String(request.createStatement))}`;
  const { databases } = emulator.store;
  if (databases.has(name)) throw new ServiceError('ALREADY_EXISTS', `Database already exists: ${name}`);
  const siblings = [...databases.keys()].filter((other) => instanceOf(other) === instance);
  if (siblings.length >= MAX_DATABASES_PER_INSTANCE) {
    throw new ServiceError(
      'RESOURCE_EXHAUSTED',
      `Too many databases for instance: ${instance}. See https://cloud.google.com/spanner/quotas#database_limits for more information.`,
    );
  }
  const database = await emulator.store.createDatabase(name, (request.extraStatements ?? []) as string[]);
  return finishWith(
    emulator,
    operationOf({
      resource: name,
      metadata: typed(`${PACKAGE}.CreateDatabaseMetadata`, { database: name }),
      outcome: typed(`${PACKAGE}.Database`, shown(emulator, database)),
    }),
  );
}

/** @throws ServiceError INVALID_ARGUMENT for another statement, and for an id that no database may have. */
function databaseIdOf(statement: string): string {
  const match = /^\s*CREATE\s+DATABASE\s+(?:`([^`]*)`|([A-Za-z_][A-Za-z0-9_-]*))\s*;?\s*$/i.exec(statement);
  if (match === null) {
    throw new ServiceError('INVALID_ARGUMENT', `Invalid "CREATE DATABASE" statement: ${statement}`);
  }
  return checkDatabaseId(match[1] ?? match[2]!);
}

function shown({ store }: Emulator, { name, createdAtMs, schema: { options } }: Database): Message {
  return {
    ...store.resources.get(name),
    name,
    state: 'READY',
    createTime: secondsAndNanos(createdAtMs),
    databaseDialect: 'GOOGLE_STANDARD_SQL',
    versionRetentionPeriod: String(options.get('version_retention_period') ?? DEFAULT_RETENTION),
    ...(options.has('default_leader') && { defaultLeader: options.get('default_leader') }),
  };
}

function listDatabases(emulator: Emulator, request: Message): Message {
  const { name: instance } = getInstance(emulator, checkName('instance', request.parent));
  const databases = [...emulator.store.databases.values()].filter(
    ({ name }) => instanceOf(name) === instance,
  );
  const { items, ...page } = pageOf(databases, ({ name }) => name, request, PAGE_SIZES);
  return { databases: items.map((database) => shown(emulator, database)), ...page };
}

async function updateDatabase(emulator: Emulator, request: Message): Promise<Message> {
  const given = (request.database ?? {}) as Message;
  const database = emulator.store.database(checkName('database', given.name));
  const { name } = database;
  // Only what can be updated is kept; all else is told from the database itself.
  const resource = updated({ ...emulator.store.resources.get(name), name }, given, request.updateMask, PATHS);
  const time = secondsAndNanos(emulator.now());
  const operation = operationOf({
    resource: name,
    metadata: typed(`${PACKAGE}.UpdateDatabaseMetadata`, {
      request,
      progress: { progressPercent: 100, startTime: time, endTime: time },
    }),
    outcome: typed(`${PACKAGE}.Database`, { ...shown(emulator, database), ...resource }),
  });
  return finishWith(emulator, operation, resource);
}

async function dropDatabase(emulator: Emulator, { name }: Database): Promise<Message> {
  if (emulator.store.resources.get(name)?.enableDropProtection === true) {
    throw new ServiceError(
      'FAILED_PRECONDITION',
      `Database ${name} has drop protection enabled. Disable it before the database is dropped.`,
    );
  }
  await deleteDatabase(emulator, name);
  return {};
}

function listRoles({ name, schema }: Database, request: Message): Message {
  const roles = ['public', 'spanner_info_reader', 'spanner_sys_reader', ...schema.roles.keys()];
  const named = roles.map((role) => ({ name: `${name}/databaseRoles/${role}` }));
  const { items, ...page } = pageOf(named, (role) => role.name, request);
  return { databaseRoles: items, ...page };
}
