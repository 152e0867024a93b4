import type { Case } from './cases-admin.js';
import { type Api, codeOf, eventually, ONCE } from './harness.js';

const AVRO = JSON.stringify({
  type: 'record',
  name: 'Vital',
  fields: [
    { name: 'patient', type: 'string' },
    { name: 'pulse', type: 'int' },
  ],
});
const WIDER = JSON.stringify({
  type: 'record',
  name: 'Vital',
  fields: [
    { name: 'patient', type: 'string' },
    { name: 'pulse', type: 'int' },
    { name: 'note', type: 'string', default: '' },
  ],
});
const PROTO = 'syntax = "proto3"; message Vital { string patient = 1; int32 pulse = 2; }';

const create = (api: Api, id: string, type: 'AVRO' | 'PROTOCOL_BUFFER', definition: string) =>
  api.schemas.createSchema(
    { parent: `projects/${api.project}`, schemaId: id, schema: { type, definition } },
    ONCE,
  );

const validate = (api: Api, schema: object, message: string | Buffer, encoding: 'JSON' | 'BINARY') =>
  codeOf(
    api.schemas.validateMessage(
      { parent: `projects/${api.project}`, ...schema, message: Buffer.from(message), encoding },
      ONCE,
    ),
  );

/** @returns how each of the revisions is answered, which are committed one after the other. */
async function revise(
  api: Api,
  type: 'AVRO' | 'PROTOCOL_BUFFER',
  first: string,
  revisions: readonly string[],
): Promise<string[]> {
  const [{ name }] = await create(api, 'vital', type, first);
  const codes: string[] = [];
  for (const definition of revisions) {
    codes.push(await codeOf(api.schemas.commitSchema({ name, schema: { name, type, definition } }, ONCE)));
  }
  return codes;
}

export const SCHEMA_CASES: Case[] = [
  {
    name: 'a schema is made once, shown in views and deleted',
    async act(api) {
      const [{ name, revisionId }] = await create(api, 'vital', 'AVRO', AVRO);
      const again = await codeOf(create(api, 'vital', 'AVRO', AVRO));
      const [full] = await api.schemas.getSchema({ name, view: 'FULL' }, ONCE);
      const [basic] = await api.schemas.getSchema({ name, view: 'BASIC' }, ONCE);
      await api.schemas.deleteSchema({ name }, ONCE);
      return [
        /^[0-9a-f]{8}$/.test(revisionId!),
        again,
        full.definition === AVRO,
        basic.definition,
        await codeOf(api.schemas.getSchema({ name }, ONCE)),
      ];
    },
    expect: [true, 'ALREADY_EXISTS', true, '', 'NOT_FOUND'],
  },
  {
    name: 'definitions that are none are refused',
    act: async (api) => [
      await codeOf(create(api, 'bad-one', 'AVRO', '{')),
      await codeOf(create(api, 'bad-two', 'AVRO', '{"type":"recrod"}')),
      await codeOf(create(api, 'bad-three', 'AVRO', '')),
    ],
    expect: ['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
  },
  {
    name: 'messages are validated against an Avro schema',
    async act(api) {
      const schema = { schema: { type: 'AVRO', definition: AVRO } };
      return [
        await validate(api, schema, '{"patient":"7","pulse":81}', 'JSON'),
        await validate(api, schema, '{"patient":"7"}', 'JSON'),
        await validate(api, schema, '{"patient":"7","pulse":"81"}', 'JSON'),
        await validate(api, schema, Buffer.from([2, 0x37, 0xa2, 1]), 'BINARY'),
        await validate(api, schema, Buffer.from([2]), 'BINARY'),
      ];
    },
    expect: ['OK', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'OK', 'INVALID_ARGUMENT'],
  },
  {
    name: 'messages are validated against a Protocol Buffers schema',
    async act(api) {
      const schema = { schema: { type: 'PROTOCOL_BUFFER', definition: PROTO } };
      return [
        await codeOf(create(api, 'proto-one', 'PROTOCOL_BUFFER', PROTO)),
        await codeOf(create(api, 'proto-two', 'PROTOCOL_BUFFER', 'message A {} message B {}')),
        await validate(api, schema, '{"patient":"7","pulse":81}', 'JSON'),
        await validate(api, schema, '{"patient":"7","other":81}', 'JSON'),
        await validate(api, schema, Buffer.from([0x0a, 1, 0x37, 0x10, 81]), 'BINARY'),
        await validate(api, schema, Buffer.from([0x0a, 9, 0x37]), 'BINARY'),
      ];
    },
    expect: ['OK', 'INVALID_ARGUMENT', 'OK', 'INVALID_ARGUMENT', 'OK', 'INVALID_ARGUMENT'],
  },
  {
    name: 'a topic with a schema takes its messages, and marks them',
    async act(api) {
      const [{ name: schema, revisionId }] = await create(api, 'vital', 'AVRO', AVRO);
      const topic = await api.createTopic(undefined, { schemaSettings: { schema, encoding: 'JSON' } });
      const subscription = await api.createSubscription(topic);
      const refused = await codeOf(api.publish(topic, '{"patient":"7","pulse":81}', 'nonsense'));
      await api.publish(topic, { data: '{"patient":"7","pulse":81}', attributes: { own: '1' } });
      const [message] = await eventually(
        () => api.pull(subscription),
        (messages) => messages.length > 0,
      );
      const { googclient_schemarevisionid: revision, ...attributes } = message!.attributes;
      return [refused, attributes, revision === revisionId];
    },
    expect: [
      'INVALID_ARGUMENT',
      {
        own: '1',
        googclient_schemaencoding: 'JSON',
        googclient_schemaname: 'projects/PROJECT/schemas/vital',
      },
      true,
    ],
  },
  {
    name: 'a topic needs a schema that exists, and an encoding',
    async act(api) {
      const [{ name: schema }] = await create(api, 'vital', 'AVRO', AVRO);
      const topic = (schemaSettings: object) => codeOf(api.createTopic(undefined, { schemaSettings }));
      return [await topic({ schema: api.schema('none'), encoding: 'JSON' }), await topic({ schema })];
    },
    expect: ['NOT_FOUND', 'INVALID_ARGUMENT'],
  },
  {
    name: 'a deleted schema lets its topics take nothing',
    async act(api) {
      const [{ name: schema }] = await create(api, 'vital', 'AVRO', AVRO);
      const topic = await api.createTopic(undefined, { schemaSettings: { schema, encoding: 'JSON' } });
      await api.schemas.deleteSchema({ name: schema }, ONCE);
      const [{ schemaSettings }] = await api.publisher.getTopic({ topic }, ONCE);
      return [schemaSettings!.schema, await codeOf(api.publish(topic, '{"patient":"7","pulse":81}'))];
    },
    expect: ['_deleted-schema_', 'NOT_FOUND'],
  },
  {
    name: 'a schema has revisions',
    async act(api) {
      const [first] = await create(api, 'vital', 'AVRO', AVRO);
      const name = first.name!;
      const commit = (type: 'AVRO' | 'PROTOCOL_BUFFER', definition: string) =>
        api.schemas.commitSchema({ name, schema: { name, type, definition } }, ONCE);
      const [second] = await commit('AVRO', WIDER);
      const otherType = await codeOf(commit('PROTOCOL_BUFFER', PROTO));
      const [third] = await api.schemas.rollbackSchema({ name, revisionId: first.revisionId! }, ONCE);
      const [listed] = await api.schemas.listSchemaRevisions({ name, view: 'FULL' }, ONCE);
      const [old] = await api.schemas.getSchema({ name: `${name}@${second.revisionId}` }, ONCE);
      const removed = [second, third].map(({ revisionId }) => ({ name: `${name}@${revisionId}` }));
      for (const request of removed) await api.schemas.deleteSchemaRevision(request, ONCE);
      return [
        new Set([first, second, third].map(({ revisionId }) => revisionId)).size,
        otherType,
        third.definition === AVRO,
        listed.map(({ revisionId }) =>
          [third, second, first].findIndex((one) => one.revisionId === revisionId),
        ),
        old.definition === WIDER,
        await codeOf(api.schemas.deleteSchemaRevision({ name: `${name}@${first.revisionId}` }, ONCE)),
        await codeOf(api.schemas.rollbackSchema({ name, revisionId: second.revisionId! }, ONCE)),
      ];
    },
    expect: [3, 'INVALID_ARGUMENT', true, [2, 1, 0], true, 'INVALID_ARGUMENT', 'NOT_FOUND'],
  },
  {
    name: 'an Avro revision reads what was written before, and is read by it',
    async act(api) {
      const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
      const avro = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'Vital', fields });
      return revise(api, 'AVRO', avro(field('pulse', 'int')), [
        avro(field('pulse', 'double')),
        avro(field('pulse', 'int'), field('note', 'string')),
        avro(field('beats', 'int')),
        avro(field('pulse', 'int'), field('note', ['null', 'string'], { default: null })),
        avro(field('pulse', 'int')),
      ]);
    },
    expect: ['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'OK', 'OK'],
  },
  {
    name: 'a Protocol Buffers revision adds and removes optional fields, and nothing else',
    async act(api) {
      const proto = (...fields: string[]) => `syntax = "proto2"; message Vital { ${fields.join(' ')} }`;
      return revise(api, 'PROTOCOL_BUFFER', proto('required string a = 1;', 'optional int32 b = 2;'), [
        proto('optional int32 b = 2;'),
        proto('required string a = 1;', 'optional int64 b = 2;'),
        proto('required string a = 1;', 'optional int32 c = 2;'),
        proto('required string a = 1;', 'required int32 c = 3;'),
        proto('required string a = 1;', 'repeated int32 c = 3;'),
        proto('required string a = 1;', 'optional int32 c = 3;'),
      ]);
    },
    expect: [...new Array(5).fill('INVALID_ARGUMENT'), 'OK'],
  },
  {
    name: 'a topic takes messages of a range of revisions',
    async act(api) {
      const [first] = await create(api, 'vital', 'AVRO', AVRO);
      const name = first.name!;
      const [second] = await api.schemas.commitSchema(
        { name, schema: { name, type: 'AVRO', definition: WIDER } },
        ONCE,
      );
      const settings = { schema: name, encoding: 'BINARY' as const };
      const narrow = await api.createTopic(undefined, {
        schemaSettings: { ...settings, lastRevisionId: first.revisionId! },
      });
      const wide = await api.createTopic(undefined, { schemaSettings: settings });
      const inverted = await codeOf(
        api.createTopic(undefined, {
          schemaSettings: {
            ...settings,
            firstRevisionId: second.revisionId!,
            lastRevisionId: first.revisionId!,
          },
        }),
      );
      // With a note, which the first revision does not know.
      const data = Buffer.from([2, 0x37, 0xa2, 1, 2, 0x6e]);
      const publish = (topic: string) => codeOf(api.publisher.publish({ topic, messages: [{ data }] }, ONCE));
      return [await publish(narrow), await publish(wide), inverted];
    },
    expect: ['INVALID_ARGUMENT', 'OK', 'INVALID_ARGUMENT'],
  },
  {
    name: 'a schema has at most 20 revisions',
    async act(api) {
      const [{ name }] = await create(api, 'vital', 'AVRO', AVRO);
      const answers: string[] = [];
      for (let revision = 2; revision <= 21; revision++) {
        const definition = revision % 2 === 0 ? WIDER : AVRO;
        answers.push(
          await codeOf(api.schemas.commitSchema({ name, schema: { name, type: 'AVRO', definition } }, ONCE)),
        );
      }
      return [...new Set(answers)];
    },
    expect: ['OK', 'RESOURCE_EXHAUSTED'],
  },
];
