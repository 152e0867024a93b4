import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { FakeGoogle, type GoogleCall } from '../helpers/fake-google.js';
import { definitionsOf, shapeProblems } from '../helpers/proto-shape.js';
import { runHealthmon } from '../helpers/run.js';

const run = definitionsOf('@google-cloud/run');
const monitoring = definitionsOf('@google-cloud/monitoring');
const PROJECT = 'ward-7';
const ACCOUNT = `healthmon-worker@${PROJECT}.iam.gserviceaccount.com`;
const MEMBER = `serviceAccount:${ACCOUNT}`;

interface Call {
  method: string;
  path: string;
  body: unknown;
  ifMatch: string | undefined;
}
interface Policy {
  etag?: string;
  bindings?: { role: string; members: string[]; condition?: unknown }[];
}

/** Stands in for the APIs that a deployment calls, and holds each body against Google's own definition of it. */
class Google extends FakeGoogle {
  readonly calls: Call[] = [];
  readonly problems: string[] = [];
  readonly policies = new Map<string, Policy>();
  accounts = new Set<string>();
  pools = new Map<string, unknown>();
  alerts = new Map<string, { displayName: string }>();
  dataset = { etag: 'first', access: [{ role: 'OWNER', userByEmail: 'nurse@example.com' }] as unknown[] };
  /** Answers of the operation that makes a worker pool, one after the other. */
  operations: object[] = [{ done: false }, { done: true }];
  unknownMembers = 0;

  protected override answer({ method, url, headers, body: text }: GoogleCall): [number, unknown] {
    const { pathname, searchParams } = new URL(url, 'http://google');
    const body = text === '' || pathname === '/token' ? undefined : JSON.parse(text);
    const call = { method, path: pathname.slice(1), body, ifMatch: headers['if-match'] };
    this.calls.push(call);
    return this.#answer(call, searchParams);
  }

  #check(type: Type, body: unknown): void {
    this.problems.push(...shapeProblems(type, body));
  }

  #answer({ method, path, body, ifMatch }: Call, query: URLSearchParams): [number, unknown] {
    if (path === 'token')
      return [200, { access_token: 'secret-token', expires_in: 3600, token_type: 'Bearer' }];
    if (path === `v1/projects/${PROJECT}/serviceAccounts` && method === 'POST') {
      const { accountId } = body as { accountId: string };
      if (this.accounts.has(accountId)) return [409, { error: { message: 'already exists' } }];
      this.accounts.add(accountId);
      return [200, {}];
    }
    const policyCall = /^v[123]\/(.+):(get|set)IamPolicy$/.exec(path);
    if (policyCall !== null) {
      const [, resource = '', verb] = policyCall;
      if (verb === 'get') return [200, this.policies.get(resource) ?? { etag: 'none' }];
      this.#check(run.lookupType('google.iam.v1.SetIamPolicyRequest'), body);
      if (this.unknownMembers-- > 0) {
        return [400, { error: { message: `Service account ${ACCOUNT} does not exist.` } }];
      }
      this.policies.set(resource, (body as { policy: Policy }).policy);
      return [200, {}];
    }
    if (path === `projects/${PROJECT}/datasets/healthmon`) {
      if (method === 'GET') return [200, this.dataset];
      if (ifMatch !== this.dataset.etag) return [412, { error: { message: 'Precondition check failed.' } }];
      this.dataset = { etag: `${this.dataset.etag}+`, access: (body as typeof this.dataset).access };
      return [200, {}];
    }
    if (path === 'b/ward-7-healthmon/iam') {
      if (method === 'PUT') this.policies.set('bucket', body as Policy);
      return [200, this.policies.get('bucket') ?? {}];
    }
    const alerts = `v3/projects/${PROJECT}/alertPolicies`;
    if (path === alerts && method === 'GET') {
      return [200, { alertPolicies: [...this.alerts].map(([name, policy]) => ({ ...policy, name })) }];
    }
    if (path.startsWith(alerts)) {
      this.#check(monitoring.lookupType('google.monitoring.v3.AlertPolicy'), body);
      const policy = body as { displayName: string };
      const name =
        method === 'POST' ? `projects/${PROJECT}/alertPolicies/${this.alerts.size}` : path.slice(3);
      this.alerts.set(name, policy);
      return [200, {}];
    }
    const pools = `v2/projects/${PROJECT}/locations/europe-west3/workerPools`;
    if (path.startsWith(pools)) {
      const name = query.get('workerPoolId') ?? path.slice(pools.length + 1);
      if (method === 'GET')
        return this.pools.has(name) ? [200, {}] : [404, { error: { message: 'no pool' } }];
      this.#check(run.lookupType('google.cloud.run.v2.WorkerPool'), body);
      this.pools.set(name, body);
      return [200, { name: 'operations/1' }];
    }
    if (path === 'v2/operations/1') return [200, { name: 'operations/1', ...this.operations.shift() }];
    return [404, { error: { message: `not found: ${path}` } }];
  }
}

let cwd: string;
let google: Google;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-deploy-'));
  google = new Google();
  const url = await google.start();
  const apis = [
    'BIGQUERY',
    'BIGTABLEADMIN',
    'CLOUDRESOURCEMANAGER',
    'IAM',
    'MONITORING',
    'OAUTH2',
    'PUBSUB',
    'RUN',
    'SECRETMANAGER',
    'STORAGE',
  ];
  env = {
    PATH: process.env.PATH,
    HOME: cwd,
    HEALTHMON_LOCATION: 'europe-west3',
    GOOGLE_APPLICATION_CREDENTIALS: join(cwd, 'credentials.json'),
    ...Object.fromEntries(apis.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, url])),
  };
  const credentials = { client_id: 'id', client_secret: 'secret', refresh_token: 'refresh' };
  writeFileSync(join(cwd, 'credentials.json'), JSON.stringify({ type: 'authorized_user', ...credentials }));
});
afterEach(() => {
  google.stop();
  rmSync(cwd, { recursive: true, force: true });
});

const deploy = (...argv: string[]) =>
  runHealthmon(['deploy', 'worker', '--target', 'cloud', '--project', PROJECT, '--json', ...argv], {
    cwd,
    env,
  });

async function done(...argv: string[]) {
  const { code, json } = await deploy(...argv);
  const { result, error } = json();
  expect(error).toBeUndefined();
  expect(code).toBe(0);
  return result as unknown as {
    files: { path: string; text: string }[];
    bindings: { kind: string; resource: string; role: string; member: string }[];
    applied: { resource: string; action: string }[] | null;
  };
}

/** The file of a result. */
const fileOf = ({ files }: { files: { path: string; text: string }[] }, path: string) =>
  files.find((file) => file.path === path)!.text;

const granted = (resource: string, role: string) =>
  google.policies.get(resource)?.bindings?.find((binding) => binding.role === role)?.members;

describe('healthmon deploy worker', () => {
  it('writes what it prints in a dry run, needs no credentials for it, and calls nobody', async () => {
    env.GOOGLE_APPLICATION_CREDENTIALS = join(cwd, 'missing.json');
    const planned = await done('--dry-run');
    expect(planned).toMatchObject({ dryRun: true, applied: null });
    expect(() => readFileSync(join(cwd, 'deploy', 'Dockerfile'))).toThrow('ENOENT');
    const { files } = await done();
    expect(files).toEqual(planned.files);
    for (const { path, text } of files) expect(readFileSync(join(cwd, 'deploy', path), 'utf8')).toBe(text);
    expect(google.calls).toEqual([]);
  });

  it('makes an image in which no root runs, with the settings in force and without secrets', async () => {
    env.HEALTHMON_ALERT_WEBHOOK = 'https://hooks.example.com/private-token';
    const result = await done('--dry-run', '--set', 'pubsub.topic=beds', '--', '--alerts');
    const lines = fileOf(result, 'Dockerfile').split('\n');
    expect(lines.filter((line) => line.startsWith('FROM'))).toEqual([
      'FROM node:24-bookworm-slim AS install',
      'FROM gcr.io/distroless/nodejs24-debian12:nonroot',
    ]);
    expect(JSON.parse(lines.find((line) => line.startsWith('CMD'))!.slice(4))).toEqual(
      parse(fileOf(result, 'cloud-run/worker-pool.yaml')).spec.template.spec.containers[0].args,
    );
    expect(JSON.parse(fileOf(result, 'healthmon.json'))).toEqual({
      target: 'cloud',
      project: PROJECT,
      location: 'europe-west3',
      pubsub: { topic: 'beds' },
    });
    expect(JSON.stringify(result)).not.toContain('private-token');
    const { env: variables } = parse(fileOf(result, 'cloud-run/worker-pool.yaml')).spec.template.spec
      .containers[0];
    expect(variables).toContainEqual({
      name: 'HEALTHMON_ALERT_WEBHOOK',
      valueFrom: { secretKeyRef: { name: 'healthmon-alert-webhook', key: 'latest' } },
    });
    expect(result.bindings).toContainEqual({
      kind: 'secret',
      resource: `projects/${PROJECT}/secrets/healthmon-alert-webhook`,
      role: 'roles/secretmanager.secretAccessor',
      member: MEMBER,
    });
  });

  it('runs on GKE as nobody, on a file system that cannot be written, and ends before it is killed', async () => {
    const result = await done('--dry-run', '--instances', '2', '--max-instances', '9');
    const documents = parseAllDocuments(fileOf(result, 'gke/worker.yaml')).map((each) => each.toJS());
    const byKind = Object.fromEntries(documents.map((document) => [document.kind, document]));
    const pod = byKind.Deployment.spec.template;
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    const [container] = pod.spec.containers;
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const drain = container.args[container.args.indexOf('--drain-timeout') + 1];
    expect(Number.parseInt(drain, 10)).toBeLessThan(pod.spec.terminationGracePeriodSeconds);
    expect(byKind.HorizontalPodAutoscaler.spec).toMatchObject({ minReplicas: 2, maxReplicas: 9 });
    for (const kind of ['Deployment', 'PodDisruptionBudget', 'PodMonitoring']) {
      expect(pod.metadata.labels).toMatchObject(byKind[kind].spec.selector.matchLabels);
    }
    expect(byKind.ServiceAccount.metadata.annotations['iam.gke.io/gcp-service-account']).toBe(ACCOUNT);
    expect(fileOf(result, 'access.sh')).toContain(
      `--member="serviceAccount:${PROJECT}.svc.id.goog[healthmon/healthmon-worker]" --role=roles/iam.workloadIdentityUser`,
    );
  });

  it.each([
    [[], ['roles/pubsub.subscriber', 'roles/bigtable.user', 'roles/bigquery.dataEditor']],
    [
      ['--sink', 'bigtable'],
      ['roles/pubsub.subscriber', 'roles/bigtable.user'],
    ],
    [['--sink=bigquery'], ['roles/pubsub.subscriber', 'roles/bigquery.dataEditor']],
    [
      ['--bigquery-method', 'load'],
      [
        'roles/pubsub.subscriber',
        'roles/bigtable.user',
        'roles/bigquery.dataEditor',
        'roles/storage.objectUser',
        'roles/bigquery.jobUser',
      ],
    ],
  ])('gives a worker with %j no more roles than it uses', async (options, roles) => {
    const { bindings } = await done('--dry-run', '--', ...options);
    const usual = ['roles/pubsub.viewer', 'roles/pubsub.publisher', 'roles/bigquery.dataViewer'];
    expect(new Set(bindings.map(({ role }) => role).filter((role) => !usual.includes(role)))).toEqual(
      new Set(roles),
    );
    expect(bindings.filter(({ kind }) => kind === 'project').map(({ role }) => role)).toEqual(
      roles.filter((role) => role === 'roles/bigquery.jobUser'),
    );
  });

  it('makes account, rights, policies and pool as Google defines them, and changes nothing else', async () => {
    const subscription = `projects/${PROJECT}/subscriptions/patient-vitals-worker`;
    const condition = { title: 'until May', expression: 'request.time < timestamp("2027-05-01T00:00:00Z")' };
    google.policies.set(subscription, {
      etag: 'abc',
      bindings: [
        { role: 'roles/pubsub.subscriber', members: ['user:nurse@example.com'] },
        { role: 'roles/pubsub.viewer', members: ['user:guest@example.com'], condition },
      ],
    });
    google.unknownMembers = 1;
    const channel = `projects/${PROJECT}/notificationChannels/7`;
    const { applied } = await done('--apply', '--instances', '3', '--notify', channel, '--', '--alerts');
    expect(google.problems).toEqual([]);
    expect(applied!.map(({ action }) => action)).not.toContain('unchanged');
    expect(google.accounts).toEqual(new Set(['healthmon-worker']));
    expect(google.policies.get(subscription)).toEqual({
      etag: 'abc',
      bindings: [
        { role: 'roles/pubsub.viewer', members: ['user:guest@example.com'], condition },
        { role: 'roles/pubsub.subscriber', members: ['user:nurse@example.com', MEMBER] },
        { role: 'roles/pubsub.viewer', members: [MEMBER] },
      ],
    });
    for (const topic of ['patient-vitals-dead-letter', 'patient-alerts']) {
      expect(granted(`projects/${PROJECT}/topics/${topic}`, 'roles/pubsub.publisher')).toEqual([MEMBER]);
    }
    for (const table of ['patient_vitals', 'patient_now']) {
      const resource = `projects/${PROJECT}/instances/healthmon/tables/${table}`;
      expect(granted(resource, 'roles/bigtable.user')).toEqual([MEMBER]);
    }
    expect(google.dataset.access).toEqual([
      { role: 'OWNER', userByEmail: 'nurse@example.com' },
      { role: 'READER', userByEmail: ACCOUNT },
      { role: 'WRITER', userByEmail: ACCOUNT },
    ]);
    expect([...google.alerts.values()]).toHaveLength(3);
    for (const policy of google.alerts.values())
      expect(policy).toMatchObject({ notificationChannels: [channel] });
    expect(google.pools.get('healthmon-worker')).toMatchObject({
      scaling: { manualInstanceCount: 3 },
      template: { serviceAccount: ACCOUNT },
    });
  });

  it('can be repeated: what is there stays, policies and pool are replaced', async () => {
    await done('--apply', '--', '--bigquery-method', 'load');
    google.operations = [{ done: true }];
    const { applied } = await done('--apply', '--', '--bigquery-method', 'load');
    expect(google.problems).toEqual([]);
    expect(new Set(applied!.map(({ action }) => action))).toEqual(new Set(['unchanged', 'replaced']));
    expect(google.alerts.size).toBe(3);
  });

  it('says what Cloud Run says when the pool does not start', async () => {
    google.operations = [{ done: true, error: { code: 9, message: 'Image not found.' } }];
    const { code, json } = await deploy('--apply');
    expect(code).toBe(1);
    expect(json().error).toMatchObject({ code: 'deploy-failed', detail: 'Image not found.' });
  });

  it.each([
    [['--', '--metrics-port', '1'], /takes no option "--metrics-port"/],
    [['--', '--alert'], /takes no option "--alert"/],
    [['--', '--linger'], /--linger has no value/],
    [['--', '--bigquery-method', 'copy'], /--bigquery-method is "copy"/],
    [['--cpu', '3'], /no worker with 3 CPUs/],
    [['--cpu', '1', '--memory', '8192'], /8192 MiB do not go with 1 CPU /],
    [['--instances', '6'], /--max-instances 5 is less than --instances 6/],
    [['--region', 'EU'], /"EU" is not a region/],
  ])('refuses %j before anything is written', async (argv, message) => {
    const { code, json } = await deploy(...argv);
    expect(code).toBe(2);
    expect(json().error).toMatchObject({ code: 'invalid-option', message: expect.stringMatching(message) });
    expect(() => readFileSync(join(cwd, 'deploy', 'Dockerfile'))).toThrow('ENOENT');
  });

  it('would notice what Google does not know', () => {
    const wrong = {
      scaling: { minInstanceCount: '1' },
      template: { containers: { image: 'x' } },
      launchStage: 'NEW',
    };
    expect(shapeProblems(run.lookupType('google.cloud.run.v2.WorkerPool'), wrong)).toEqual([
      'WorkerPool.scaling.minInstanceCount is unknown',
      'WorkerPool.template.containers is no list',
      'WorkerPool.launchStage is no LaunchStage',
    ]);
  });

  it('has nothing to deploy to locally', async () => {
    const { code, json } = await runHealthmon(['deploy', 'worker', '--json'], { cwd, env });
    expect(code).toBe(2);
    expect(json().error).toMatchObject({ code: 'unsupported' });
  });
});
