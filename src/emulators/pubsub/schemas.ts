import { randomBytes } from 'node:crypto';
import type { Message, Methods } from '../serving/method.js';
import { secondsAndNanos } from '../serving/time.js';
import { pageOf } from './fields.js';
import {
  alreadyExists,
  checkName,
  checkProject,
  DELETED_SCHEMA,
  failure,
  invalid,
  notFound,
  projectOf,
} from './names.js';
import { checkRevision, compileSchema, type Encoding } from './schema-types.js';
import type { Store } from './store.js';
import { schemaSettingsOf } from './topic-settings.js';

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_REVISIONS = 20;

/** `google.pubsub.v1.SchemaService` */
export function schemaMethods(store: Store): Methods[string] {
  return {
    CreateSchema: {
      kind: 'unary',
      handle: (request) => store.exclusively(() => createSchema(store, request)),
    },
    CommitSchema: {
      kind: 'unary',
      handle: (request) => store.exclusively(() => commitSchema(store, request)),
    },
    RollbackSchema: {
      kind: 'unary',
      handle: (request) => store.exclusively(() => rollbackSchema(store, request)),
    },
    DeleteSchemaRevision: {
      kind: 'unary',
      handle: (request) => store.exclusively(() => deleteRevision(store, request)),
    },
    DeleteSchema: { kind: 'unary', handle: ({ name }) => store.exclusively(() => deleteSchema(store, name)) },
    GetSchema: {
      kind: 'unary',
      handle({ name, view }) {
        const { revisions, revisionId } = revisionsNamed(store, name);
        const revision = revisionId === undefined ? revisions.at(-1)! : revisionWith(revisions, revisionId);
        return inView(revision, view, 'FULL');
      },
    },
    ListSchemas: {
      kind: 'unary',
      handle(request) {
        const project = checkProject(request.parent);
        const schemas = [...store.resources.schemas].filter(([name]) => projectOf(name) === project);
        const { items, ...page } = pageOf(schemas, ([name]) => name, request);
        return {
          schemas: items.map(([, revisions]) => inView(revisions.at(-1)!, request.view, 'BASIC')),
          ...page,
        };
      },
    },
    ListSchemaRevisions: {
      kind: 'unary',
      handle(request) {
        const { revisions } = revisionsNamed(store, request.name);
        const numbered = revisions.map((revision, place) => ({ revision, place: String(place + 1000) }));
        const { items, ...page } = pageOf(numbered, ({ place }) => place, request);
        return { schemas: items.map(({ revision }) => inView(revision, request.view, 'BASIC')), ...page };
      },
    },
    ValidateSchema: {
      kind: 'unary',
      async handle({ parent, schema }) {
        checkProject(parent);
        await compileSchema((schema ?? {}) as Message);
        return {};
      },
    },
    ValidateMessage: {
      kind: 'unary',
      async handle({ parent, name, schema, message, encoding }) {
        checkProject(parent);
        if (encoding !== 'JSON' && encoding !== 'BINARY')
          throw invalid('No encoding provided: it must be JSON or BINARY.');
        const definition = name === undefined ? (schema as Message | undefined) : namedRevision(store, name);
        if (definition === undefined) throw invalid('No schema name or schema provided.');
        (await compileSchema(definition)).read((message as Buffer | undefined) ?? Buffer.alloc(0), encoding);
        return {};
      },
    },
  };
}

async function createSchema(store: Store, { parent, schema = {}, schemaId }: Message): Promise<Message> {
  checkProject(parent);
  const name = checkName('schemas', `${parent}/schemas/${schemaId ?? ''}`);
  if (store.resources.schemas.has(name)) throw alreadyExists('Schema', name);
  const revision = await newRevision(store, name, schema as Message);
  await store.put({ type: 'schema', name, revisions: [revision] });
  return revision;
}

async function commitSchema(store: Store, { name, schema = {} }: Message): Promise<Message> {
  const { revisions } = revisionsNamed(store, name);
  const last = revisions.at(-1)!;
  const { type } = last;
  if ((schema as Message).type !== type) throw invalid(`A schema keeps its type, which is ${type}.`);
  await checkRevision(last, schema as Message);
  return addRevision(store, revisions, schema as Message);
}

async function rollbackSchema(store: Store, { name, revisionId }: Message): Promise<Message> {
  const { revisions } = revisionsNamed(store, name);
  if (typeof revisionId !== 'string' || revisionId === '') throw invalid('Missing revision ID');
  return addRevision(store, revisions, revisionWith(revisions, revisionId));
}

async function addRevision(store: Store, revisions: readonly Message[], schema: Message): Promise<Message> {
  if (revisions.length >= MAX_REVISIONS) {
    throw failure('RESOURCE_EXHAUSTED', `Already at maximum number of schema revisions: ${MAX_REVISIONS}.`);
  }
  const name = revisions[0]!.name as string;
  const revision = await newRevision(store, name, schema);
  await store.put({ type: 'schema', name, revisions: [...revisions, revision] });
  return revision;
}

async function newRevision(store: Store, name: string, { type, definition }: Message): Promise<Message> {
  await compileSchema({ type, definition });
  return {
    name,
    type,
    definition,
    revisionId: randomBytes(4).toString('hex'),
    revisionCreateTime: secondsAndNanos(store.time.now()),
  };
}

async function deleteRevision(store: Store, request: Message): Promise<Message> {
  const {
    name,
    revisions,
    revisionId = request.revisionId as string | undefined,
  } = revisionsNamed(store, request.name);
  if (!revisionId) throw invalid('Missing revision ID');
  const revision = revisionWith(revisions, revisionId);
  if (revisions.length === 1) {
    throw invalid('Cannot delete last revision. Please use DeleteSchema.');
  }
  const rest = revisions.filter((one) => one !== revision);
  await store.put({ type: 'schema', name, revisions: rest });
  return rest.at(-1)!;
}

/** Topics that used the schema take no messages from then on. */
async function deleteSchema(store: Store, requested: unknown): Promise<Message> {
  const { name } = revisionsNamed(store, requested);
  await store.remove({ type: 'schema', name });
  for (const topic of store.resources.topics.values()) {
    const schema = schemaSettingsOf(topic.settings);
    if (schema?.schema !== name) continue;
    const settings = { ...topic.settings, schemaSettings: { ...schema, schema: DELETED_SCHEMA } };
    await store.put({ type: 'topic', name: topic.name, ref: topic.ref, settings });
  }
  return {};
}

/** `projects/p/schemas/s`, or with `@revision` behind it. */
function revisionsNamed(
  store: Store,
  name: unknown,
): { name: string; revisions: Message[]; revisionId?: string } {
  const [schema, revisionId] = typeof name === 'string' ? name.split('@') : [];
  const checked = checkName('schemas', schema);
  const revisions = store.resources.schemas.get(checked);
  if (revisions === undefined) throw notFound('Schema', checked);
  return { name: checked, revisions, ...(revisionId === undefined ? {} : { revisionId }) };
}

function namedRevision(store: Store, name: unknown): Message {
  const { revisions, revisionId } = revisionsNamed(store, name);
  return revisionId === undefined ? revisions.at(-1)! : revisionWith(revisions, revisionId);
}

function revisionWith(revisions: readonly Message[], revisionId: string): Message {
  const revision = revisions.find((one) => one.revisionId === revisionId);
  if (revision === undefined) throw notFound('Schema revision', `${revisions[0]!.name}@${revisionId}`);
  return revision;
}

function inView(revision: Message, view: unknown, fallback: 'BASIC' | 'FULL'): Message {
  const chosen = view === undefined || view === 'SCHEMA_VIEW_UNSPECIFIED' ? fallback : view;
  const { definition: _, ...basic } = revision;
  return chosen === 'FULL' ? revision : basic;
}

/** Attributes that messages of topics with a schema get. */
const PREFIX = 'googclient_schema';

/** Of the schema of a topic, the oldest first; undefined without one. */
export function revisionsOf(store: Store, settings: Message): readonly Message[] | undefined {
  const schema = schemaSettingsOf(settings);
  return schema && store.resources.schemas.get(schema.schema);
}

/** The revision that a message of the topic was found valid by, or the last one where that is gone. */
export function revisionOf(
  store: Store,
  settings: Message,
  attributes: ReadonlyMap<string, string>,
): Message | undefined {
  const revisions = revisionsOf(store, settings);
  const id = attributes.get(`${PREFIX}revisionid`);
  return revisions?.find(({ revisionId }) => revisionId === id) ?? revisions?.at(-1);
}

const compiled = new WeakMap<Message, ReturnType<typeof compileSchema>>();

/** A schema is compiled once per revision. */
export function compiledRevision(revision: Message): ReturnType<typeof compileSchema> {
  let schema = compiled.get(revision);
  if (schema === undefined) {
    schema = compileSchema(revision);
    compiled.set(revision, schema);
  }
  return schema;
}

/** Checks messages of a topic against its schema. */
export interface SchemaCheck {
  /** @returns the attributes that tell by which revision it is valid. @throws ServiceError INVALID_ARGUMENT */
  attributesFor(data: Buffer): [key: string, value: string][];
}

/** Undefined for a topic without a schema. @throws ServiceError when its schema was deleted */
export async function schemaCheckOf(store: Store, settings: Message): Promise<SchemaCheck | undefined> {
  const schema = schemaSettingsOf(settings);
  if (schema === undefined) return undefined;
  const revisions = revisionsOf(store, settings);
  if (revisions === undefined) throw failure('NOT_FOUND', 'Schema associated with topic deleted.');
  const indexOf = (id: string | undefined, fallback: number) => {
    const index = revisions.findIndex((one) => one.revisionId === id);
    return index === -1 ? fallback : index;
  };
  const range = revisions.slice(
    indexOf(schema.firstRevisionId, 0),
    indexOf(schema.lastRevisionId, revisions.length - 1) + 1,
  );
  const checks = await Promise.all(
    range.reverse().map(async (revision) => ({ revision, schema: await compiledRevision(revision) })),
  );
  return {
    attributesFor(data) {
      let reason: unknown;
      for (const { revision, schema: one } of checks) {
        try {
          one.read(data, schema.encoding as Encoding);
          return [
            [`${PREFIX}encoding`, schema.encoding],
            [`${PREFIX}name`, schema.schema],
            [`${PREFIX}revisionid`, revision.revisionId as string],
          ];
        } catch (error) {
          reason ??= error;
        }
      }
      throw reason;
    },
  };
}
