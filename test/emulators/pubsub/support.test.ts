import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GrpcChannel } from '../../../src/emulators/probes/grpc.js';
import { capabilities, methodNames, supportPage } from '../../../src/emulators/pubsub/capabilities.js';
import { type Running, startEmbedded } from './harness.js';

interface Described {
  nested?: Record<string, Described>;
  methods?: Record<string, unknown>;
}

const require = createRequire(import.meta.url);

/** What the client packages describe: `google.pubsub.v1.Publisher/Publish`. */
function described(file: string, scope: string): string[] {
  let space = require(file) as Described;
  for (const name of scope.split('.')) space = space.nested![name]!;
  return Object.entries(space.nested!).flatMap(([service, { methods }]) =>
    Object.keys(methods ?? {}).map((method) => `${scope}.${service}/${method}`),
  );
}

let pubsub: Running;
beforeAll(async () => {
  pubsub = await startEmbedded();
});
afterAll(() => pubsub.stop());

it('SUPPORT.md is what the tables say (update it with vitest -u)', async () => {
  await expect(supportPage()).toMatchFileSnapshot('../../../src/emulators/pubsub/SUPPORT.md');
});

it('lists every method that is described, and nothing twice', () => {
  const all = [
    ...described('@google-cloud/pubsub/build/protos/protos.json', 'google.pubsub.v1'),
    ...described('@google-cloud/bigtable/build/protos/protos.json', 'google.iam.v1'),
  ];
  expect(methodNames().sort()).toEqual(all.sort());
  const names = capabilities().map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it('serves every method: none answers that it is unknown, and an empty request is refused, not broken', async () => {
  const channel = new GrpcChannel(pubsub.endpoint);
  const answers = await Promise.all(
    methodNames().map(async (name) => {
      const error = await channel.call(`/${name}`, {}).catch((reason: Error) => reason.message);
      return [name, error];
    }),
  );
  channel.close();
  const wrong = answers.filter(
    ([, answer]) => typeof answer !== 'string' || /unimplemented|unknown|internal/i.test(answer),
  );
  expect(wrong).toEqual([]);
});
