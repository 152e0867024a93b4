import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.js';
import { APIS, commandNeeds } from '../../src/gcp/access.js';
import { FakeGoogle, type GoogleCall } from '../helpers/fake-google.js';
import { HAS_OFFICIALS } from '../helpers/officials.js';
import { runHealthmon } from '../helpers/run.js';

interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  found: string;
  fix: string;
}

const EVERYTHING = [
  ...new Set(commandNeeds().flatMap(({ needs }) => needs.map(({ permission }) => permission))),
];
const PROJECT = 'ward-7';

/** Stands in for Google's token, resource manager and service usage endpoints. */
class Google extends FakeGoogle {
  account: string | undefined = 'nurse@example.com';
  revoked = false;
  state = 'ACTIVE';
  projectStatus = 200;
  enabled: readonly string[] = APIS;
  held: readonly string[] = EVERYTHING;
  unknown: readonly string[] = [];
  requests: { method: string; path: string; headers: GoogleCall['headers']; body: string }[] = [];

  protected override answer({ url, ...call }: GoogleCall): [number, unknown] {
    this.requests.push({ ...call, path: url });
    const { body } = call;
    if (url === '/token') {
      return this.revoked
        ? [400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }]
        : [200, { access_token: 'secret-token', expires_in: 3600, token_type: 'Bearer' }];
    }
    if (url === '/tokeninfo') return [200, this.account === undefined ? {} : { email: this.account }];
    if (url === `/v3/projects/${PROJECT}`) {
      return this.projectStatus === 200
        ? [200, { name: 'projects/77', displayName: 'Ward Seven', state: this.state }]
        : [this.projectStatus, { error: { message: 'The caller does not have permission' } }];
    }
    if (url === `/v3/projects/${PROJECT}:testIamPermissions`) {
      const { permissions } = JSON.parse(body) as { permissions: string[] };
      const unknown = permissions.find((permission) => this.unknown.includes(permission));
      return unknown === undefined
        ? [200, { permissions: permissions.filter((permission) => this.held.includes(permission)) }]
        : [400, { error: { message: `Permission ${unknown} is not valid for this resource.` } }];
    }
    if (url.startsWith(`/v1/projects/${PROJECT}/services:batchGet?`)) {
      const names = new URL(url, 'http://x').searchParams.getAll('names');
      const services = names.map((name) => ({
        // Google answers with the number of the project.
        name: name.replace(PROJECT, '77'),
        state: this.enabled.includes(name.split('/').at(-1)!) ? 'ENABLED' : 'DISABLED',
      }));
      return [200, { services }];
    }
    return [404, { error: { message: `not found: ${url}` } }];
  }
}

let cwd: string;
let google: Google;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-doctor-'));
  google = new Google();
  const url = await google.start();
  env = {
    PATH: process.env.PATH,
    HOME: cwd,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_OAUTH2: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: url.slice(0, -1),
  };
});
afterEach(() => {
  google.stop();
  rmSync(cwd, { recursive: true, force: true });
});

function credentials(content: object): void {
  const folder = join(cwd, '.config', 'gcloud');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'application_default_credentials.json'), JSON.stringify(content));
}

const USER = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: 'client-secret',
  refresh_token: 'refresh-secret',
  quota_project_id: PROJECT,
};

async function doctor(more: NodeJS.ProcessEnv = {}) {
  const run = await runHealthmon(['doctor', '--target', 'cloud', '--project', PROJECT, '--json'], {
    cwd,
    env: { ...env, ...more },
  });
  const { checks } = run.json().result as unknown as { checks: Check[] };
  return {
    code: run.code,
    stdout: run.stdout,
    checks,
    by: (name: string) => checks.find((check) => check.name === name)!,
  };
}

describe('healthmon doctor --target cloud', () => {
  it('is content when everything is there, and only reads', async () => {
    credentials(USER);
    const { code, checks, by, stdout } = await doctor();
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    expect(by('credentials').found).toContain('authorized_user');
    expect(by('identity').found).toBe('nurse@example.com');
    expect(by('project').found).toBe('ward-7 (Ward Seven)');
    expect(by('quota project').found).toBe(PROJECT);
    expect(checks.filter(({ name }) => name.startsWith('API ')).map(({ name }) => name.slice(4))).toEqual(
      APIS,
    );
    for (const secret of ['secret-token', 'client-secret', 'refresh-secret'])
      expect(stdout).not.toContain(secret);
    const calls = google.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
    expect(calls).toEqual([
      'POST /token',
      'POST /tokeninfo',
      'GET /v3/projects/ward-7',
      'GET /v1/projects/ward-7/services:batchGet',
      'POST /v3/projects/ward-7:testIamPermissions',
    ]);
    const tested = google.requests.at(-1)!;
    expect(tested.headers['x-goog-user-project']).toBe(PROJECT);
    // Google takes at most 100 at a time.
    expect(JSON.parse(tested.body).permissions.length).toBeLessThanOrEqual(100);
  });

  it('covers every command that works on the cloud', async () => {
    const covered = commandNeeds().map(({ command }) => command);
    const local = ['demo', 'simulate admissions'];
    for (const { path, load } of COMMANDS) {
      const { target } = (await load()).default;
      if (target === 'offline' || local.includes(path)) continue;
      expect(
        covered.some((command) => path === command || path.startsWith(`${command} `)),
        path,
      ).toBe(true);
    }
  });

  it('gives the gcloud line for each API that is off and each role that is missing', async () => {
    credentials(USER);
    google.enabled = APIS.filter(
      (api) => api !== 'spanner.googleapis.com' && api !== 'aiplatform.googleapis.com',
    );
    google.held = EVERYTHING.filter(
      (permission) => permission !== 'bigquery.jobs.create' && permission !== 'pubsub.topics.publish',
    );
    const { code, by } = await doctor();
    expect(code).toBe(3);
    expect(by('API spanner.googleapis.com')).toMatchObject({
      status: 'fail',
      found: 'off',
      fix: 'gcloud services enable spanner.googleapis.com --project=ward-7',
    });
    expect(by('API aiplatform.googleapis.com')).toMatchObject({
      status: 'warn',
      fix: 'gcloud services enable aiplatform.googleapis.com --project=ward-7',
    });
    expect(by('permissions of train')).toMatchObject({
      status: 'fail',
      found: 'missing bigquery.jobs.create',
      fix: 'gcloud projects add-iam-policy-binding ward-7 --member=user:nurse@example.com --role=roles/bigquery.jobUser',
    });
    expect(by('permissions of models register').status).toBe('warn');
    // Granted on the topic alone it would do, and the project cannot tell.
    expect(by('permissions of simulate')).toMatchObject({
      status: 'warn',
      found: 'missing pubsub.topics.publish on the project; the roles on the topic are enough',
    });
    expect(by('permissions of load').status).toBe('ok');
    const shown = await runHealthmon(['doctor', '--target', 'cloud', '--project', PROJECT], { cwd, env });
    expect(shown.stderr.match(/--role=roles\/bigquery.jobUser/g)).toHaveLength(1);
    expect(shown.stderr).toContain('\n  gcloud services enable spanner.googleapis.com --project=ward-7');
  });

  it.each([
    ['no credentials', undefined, {}, 'credentials', 'gcloud auth application-default login'],
    ['an unreadable file', { raw: '{' }, {}, 'credentials', 'gcloud auth application-default login'],
    [
      'a variable that names nothing',
      undefined,
      { GOOGLE_APPLICATION_CREDENTIALS: '/no/such.json' },
      'credentials',
      'unset GOOGLE_APPLICATION_CREDENTIALS',
    ],
  ])('says how to log in with %s', async (_what, content, more, name, fix) => {
    if (content !== undefined) {
      credentials({});
      writeFileSync(join(cwd, '.config/gcloud/application_default_credentials.json'), content.raw);
    }
    const { code, by, checks } = await doctor({ METADATA_SERVER_DETECTION: 'none', ...more });
    expect(code).toBe(3);
    expect(by(name).status).toBe('fail');
    expect(by(name).fix).toContain(fix);
    expect(checks.some((check) => check.name === 'project')).toBe(false);
    expect(google.requests).toEqual([]);
  });

  it('says when credentials are revoked, the project is deleted or hidden, and the quota project another', async () => {
    credentials(USER);
    google.revoked = true;
    const revoked = await doctor();
    expect(revoked.by('credentials')).toMatchObject({
      status: 'fail',
      fix: 'gcloud auth application-default login',
    });
    google.revoked = false;
    google.state = 'DELETE_REQUESTED';
    const deleted = await doctor();
    expect(deleted.by('project')).toMatchObject({ status: 'fail', fix: 'gcloud projects undelete ward-7' });
    expect(deleted.by('permissions of load')).toBeUndefined();
    google.projectStatus = 404;
    expect((await doctor()).by('project')).toMatchObject({ status: 'fail', fix: 'gcloud projects list' });
    google.projectStatus = 403;
    const hidden = await doctor();
    expect(hidden.by('project').status).toBe('warn');
    expect(hidden.by('permissions of load').status).toBe('ok');
    credentials({ ...USER, quota_project_id: 'other' });
    expect((await doctor()).by('quota project')).toMatchObject({
      status: 'warn',
      found: 'other, not ward-7',
      fix: 'gcloud auth application-default set-quota-project ward-7',
    });
  });

  it('names a federated identity by the account that it stands for, and passes over permissions nobody can test', async () => {
    const url = env.CLOUDSDK_API_ENDPOINT_OVERRIDES_OAUTH2!;
    writeFileSync(join(cwd, 'subject'), 'a subject token');
    credentials({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${url}token`,
      credential_source: { file: join(cwd, 'subject') },
    });
    google.account = 'loader@ward-7.iam.gserviceaccount.com';
    google.unknown = ['spanner.sessions.delete'];
    google.held = EVERYTHING.filter((permission) => permission !== 'storage.buckets.create');
    const { by } = await doctor();
    expect(by('credentials').found).toContain('external_account');
    expect(by('quota project').status).toBe('ok');
    expect(by('permissions of load').found).toMatch(/^all \d+, 1 could not be tested$/);
    expect(by('permissions of provision').fix).toBe(
      'gcloud projects add-iam-policy-binding ward-7 --member=serviceAccount:loader@ward-7.iam.gserviceaccount.com --role=roles/storage.admin',
    );
  });

  it('sends no token over an open connection to another machine', async () => {
    credentials(USER);
    const { by } = await doctor({ CLOUDSDK_API_ENDPOINT_OVERRIDES_OAUTH2: 'http://tokens.example.com/' });
    expect(by('credentials').found).toContain('is not an https address');
  });
});

describe('healthmon doctor', () => {
  const local = async (more: NodeJS.ProcessEnv = {}) => {
    const run = await runHealthmon(['doctor', '--json'], { cwd, env: { ...env, ...more } });
    const { checks } = run.json().result as unknown as { checks: Check[] };
    return { code: run.code, by: (name: string) => checks.find((check) => check.name === name)! };
  };

  it.skipIf(!HAS_OFFICIALS)('tells path and version of what it finds, and names no network', async () => {
    const { code, by } = await local({
      HEALTHMON_EMULATORS_PUBSUB: 'official',
      HEALTHMON_EMULATORS_SPANNER: 'official',
    });
    expect(code).toBe(0);
    expect(by('java (for Pub/Sub)').found).toMatch(/^\d+.* \(\/.*java\)$/);
    expect(by('spanner emulator').found).toMatch(/^official, \d+\.\d+\.\d+, \/.*\(Google Cloud CLI in .*\)/);
    expect(by('local stack').found).toBe('not running');
    expect(google.requests).toEqual([]);
  });

  it('fails for a Java that is too old, with the command that installs another', async () => {
    const folder = join(cwd, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'java'), '#!/bin/sh\necho \'openjdk version "1.8.0_292"\' >&2\n');
    chmodSync(join(folder, 'java'), 0o755);
    const { code, by } = await local({
      PATH: `${folder}:${process.env.PATH}`,
      HEALTHMON_EMULATORS_PUBSUB: 'official',
    });
    expect(code).toBe(3);
    expect(by('java (for Pub/Sub)')).toMatchObject({ status: 'fail' });
    expect(by('java (for Pub/Sub)').found).toBe(`1.8.0_292 (${folder}/java), too old`);
    expect(by('java (for Pub/Sub)').fix).toContain('apt-get install');
  });

  it('names the emulator that a variable misnames', async () => {
    const wrong = await local({
      HEALTHMON_EMULATORS_SPANNER: 'official',
      HEALTHMON_SPANNER_EMULATOR: '/no/such',
    });
    expect(wrong.code).toBe(3);
    expect(wrong.by('emulators').found).toContain('HEALTHMON_SPANNER_EMULATOR');
  });

  it('names the process that holds a port of the last start', async () => {
    const server = createSocketServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    mkdirSync(join(cwd, '.healthmon/stacks/default'), { recursive: true });
    writeFileSync(join(cwd, '.healthmon/stacks/default/ports.json'), JSON.stringify({ spanner: port }));
    const { by } = await local();
    server.close();
    expect(by('ports').status).toBe('warn');
    expect(by('ports').found).toContain(`${port} of spanner is held by process ${process.pid}: `);
    expect(by('ports').fix).toContain('--port-base');
  });

  it('names the variables that are set, some of them as well as all', async () => {
    const { by } = await local({ SPANNER_EMULATOR_HOST: '127.0.0.1:1' });
    expect(by('emulator variables')).toMatchObject({ status: 'ok', found: 'SPANNER_EMULATOR_HOST' });
  });
});
