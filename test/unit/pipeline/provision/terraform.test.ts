import { parse } from '@cdktf/hcl2json';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resolveConfig } from '../../../../src/config/config.js';
import { absentAdmins } from '../../../../src/gcp/admins.js';
import { provision } from '../../../../src/pipeline/provision/provision.js';
import {
  Expression,
  HclMap,
  hclText,
  heredoc,
  jsonEncoded,
} from '../../../../src/pipeline/provision/terraform/hcl.js';
import { terraformFiles } from '../../../../src/pipeline/provision/terraform/terraform.js';

const config = resolveConfig({
  flags: { target: 'cloud', project: 'ward-7', location: 'europe-west3', 'bigquery.dataset': 'beds' },
  env: {},
  cwd: '/',
});
const signal = new AbortController().signal;

/** A configuration as Terraform's own parser reads it: resources by type and label. */
async function read(options: Parameters<typeof terraformFiles>[1]) {
  const files = await terraformFiles(config, options);
  const parsed = await Promise.all(files.map(({ path, text }) => parse(path, text)));
  const resources: Record<string, Record<string, Record<string, unknown>[]>> = {};
  for (const { resource = {} } of parsed as { resource?: typeof resources }[]) {
    for (const [type, labels] of Object.entries(resource))
      resources[type] = { ...resources[type], ...labels };
  }
  return { files: files.map(({ path }) => path), parsed, resources };
}

it('holds each resource that provision makes, once', async () => {
  const plan = await provision(absentAdmins(), config, { dryRun: true, signal, vitalsEncoding: 'json' });
  const { files, resources } = await read({ signal, vitalsEncoding: 'json' });
  expect(files).toEqual(['main.tf', 'storage.tf', 'spanner.tf', 'pubsub.tf', 'bigtable.tf', 'bigquery.tf']);
  const named = (type: string) => Object.keys(resources[type] ?? {});
  const kinds: Readonly<Record<string, string>> = {
    bucket: 'google_storage_bucket',
    'spanner instance': 'google_spanner_instance',
    database: 'google_spanner_database',
    schema: 'google_pubsub_schema',
    topic: 'google_pubsub_topic',
    subscription: 'google_pubsub_subscription',
    'bigtable instance': 'google_bigtable_instance',
    'bigtable table': 'google_bigtable_table',
    dataset: 'google_bigquery_dataset',
    'bigquery table': 'google_bigquery_table',
    view: 'google_bigquery_table',
  };
  for (const { service, resource } of plan.changes) {
    const [kind = '', name = ''] = resource.split(' ');
    // The tables of Spanner are statements of its database.
    if (service === 'spanner' && kind === 'table') {
      const [database] = resources.google_spanner_database!.healthmon!;
      expect(JSON.stringify(database!.ddl)).toContain(`CREATE TABLE \`${name}\``);
    } else expect(named((kinds[kind] ?? kinds[`${service} ${kind}`])!), resource).toContain(name);
  }
  const extra = [
    'google_bigtable_gc_policy',
    'google_pubsub_topic_iam_member',
    'google_pubsub_subscription_iam_member',
  ];
  const told = Object.keys(resources).filter((type) => !extra.includes(type));
  expect(told.flatMap(named)).toHaveLength(
    plan.changes.filter(({ service, resource }) => !(service === 'spanner' && resource.startsWith('table')))
      .length,
  );
});

it('refers only to what it makes', async () => {
  const { parsed, resources } = await read({ signal, vitalsEncoding: 'binary' });
  const names = [...JSON.stringify(parsed).matchAll(/\b(google_\w+)\.([\w-]+)\b(?=\.|\}|")/g)];
  expect(names.length).toBeGreaterThan(20);
  for (const [whole, type, label] of names) {
    if (whole !== 'google_project.this') expect(Object.keys(resources[type!] ?? {}), whole).toContain(label);
  }
});

it('makes a service alone', async () => {
  const { files, resources } = await read({ signal, only: ['bigtable'] });
  expect(files).toEqual(['main.tf', 'bigtable.tf']);
  expect(resources.google_bigtable_table!.patient_now).toMatchObject([
    { column_family: [{ family: 'vitals' }, { family: 'unjudged' }] },
  ]);
});

it('writes values that Terraform reads as they are', async () => {
  const body = {
    text: 'a "b" \\ \n c',
    number: 1.5,
    flag: false,
    list: ['x', new Expression('local.y')],
    labels: new HclMap({ app: 'healthmon' }),
    nested: { inner: { deep: 1 } },
    repeated: [{ n: 1 }, { n: 2 }],
    left: undefined,
  };
  expect(await parse('x.tf', hclText([{ type: 'resource', labels: ['a', 'b'], body }]))).toEqual({
    resource: {
      a: {
        b: [
          {
            text: 'a "b" \\ \n c',
            number: 1.5,
            flag: false,
            list: ['x', '${local.y}'],
            labels: { app: 'healthmon' },
            nested: [{ inner: [{ deep: 1 }] }],
            repeated: [{ n: 1 }, { n: 2 }],
          },
        ],
      },
    },
  });
});

it('lets no text be taken for a template, or end early', async () => {
  const hostile = fc.array(
    fc.constantFrom('${', '%{', '$', '%', '{', '}', '"', '\\', 'EOT', '\n', 'a', '`', "'", '\u00e9', ' '),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(hostile, async (parts) => {
      const text = parts.join('');
      const block = { plain: text, lines: heredoc(text), json: jsonEncoded({ key: text }), last: 1 };
      const read = await parse('x.tf', hclText([{ type: 'locals', labels: [], body: block }]));
      const [locals] = (read as { locals: Record<string, string>[] }).locals;
      expect(locals!.last).toBe(1);
      // What is no template comes back as it is, and what looks like one comes back escaped.
      const escaped = text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
      expect([text, escaped]).toContain(locals!.plain);
      expect(locals!.lines).toContain(`\n${escaped}\n`);
      expect(JSON.parse(locals!.json!.slice('${jsonencode('.length, -2)).key).toBe(escaped);
    }),
    { numRuns: 200 },
  );
});
