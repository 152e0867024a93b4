// Needs Google's emulators: spanner, bigtable, pubsub
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OFFICIAL_NAMES } from '../../../src/core/services.js';
import { findOfficialEmulators } from '../../../src/emulators/official/find.js';
import { type InstallOptions, installEmulators } from '../../../src/emulators/official/install.js';
import { startStack } from '../../../src/emulators/stack/start.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { runHealthmon } from '../../helpers/run.js';
import { ALL_OFFICIAL } from '../supervisor/misbehaving.js';

const folder = mkdtempSync(join(tmpdir(), 'healthmon-install-'));
const env = { PATH: process.env.PATH, HEALTHMON_CACHE_DIR: join(folder, 'cache') };
const PATHS = {
  'cloud-spanner-emulator-linux-x86_64': ['bin/cloud_spanner_emulator'],
  'bigtable-linux-x86_64': ['platform/bigtable-emulator'],
  'pubsub-emulator': ['platform/pubsub-emulator'],
};
const linux = { os: 'linux', arch: 'x64' } as const;

let server: Server;
let url: string;
let requests: string[] = [];
const files = new Map<string, Buffer>();
/** Paths whose connection breaks half-way. */
const cutOff = new Set<string>();

/** Archives of what is installed here, served with a manifest like Google's. */
beforeAll(async () => {
  const { spanner } = await findOfficialEmulators({ PATH: process.env.PATH });
  const root = spanner!.path.replace('/bin/cloud_spanner_emulator/gateway_main', '');
  const components = Object.entries(PATHS).map(([id, paths]) => {
    // No compression: it would cost seconds, and gzip reads level 1 as well as any other.
    const archive = execFileSync('sh', ['-c', `tar -C "${root}" -cf - ${paths.join(' ')} | gzip -1`], {
      maxBuffer: 2 ** 30,
    });
    files.set(`/channel/components/${id}.tar.gz`, archive);
    const isOfMachine = id.endsWith('linux-x86_64');
    return {
      id,
      data: {
        type: 'tar',
        source: `components/${id}.tar.gz`,
        size: archive.length,
        checksum: createHash('sha256').update(archive).digest('hex'),
      },
      platform: isOfMachine ? { architectures: ['x86_64'], operating_systems: ['LINUX'] } : {},
      version: { build_number: 20260101, version_string: '9.9.9' },
    };
  });
  // The same name without data only groups the ones for each machine.
  const group = { id: 'cloud-spanner-emulator', dependencies: [components[0]!.id] };
  files.set(
    '/channel/components-2.json',
    Buffer.from(JSON.stringify({ components: [group, ...components] })),
  );
  server = createServer((request, response) => {
    requests.push(request.url!);
    const file = files.get(request.url!);
    if (file !== undefined && cutOff.has(request.url!)) {
      response
        .writeHead(200, { 'content-length': file.length })
        .write(file.subarray(0, 1000), () => response.destroy());
      return;
    }
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}/channel/components-2.json`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  requests = [];
});

const install = (more: Partial<InstallOptions> = {}) =>
  installEmulators({ env, manifestUrl: url, platform: linux, ...more });

describe('emulators install', () => {
  it('refuses an archive with another hash and installs nothing', async () => {
    const path = '/channel/components/bigtable-linux-x86_64.tar.gz';
    const good = files.get(path)!;
    files.set(path, Buffer.concat([good, Buffer.from('x')]));
    await expect(install()).rejects.toMatchObject({ code: 'checksum-mismatch' });
    files.set(path, good);
    expect(readdirSync(join(folder, 'cache', 'emulators'))).toEqual([]);
  });

  it('refuses a download that is cut off, and one that cannot be unpacked, and installs nothing', async () => {
    const path = '/channel/components/bigtable-linux-x86_64.tar.gz';
    const good = files.get(path)!;
    cutOff.add(path);
    await expect(install()).rejects.toMatchObject({ code: 'download-failed', exitCode: 3 });
    cutOff.delete(path);
    // The hash fits, but the archive ends in the middle.
    const half = good.subarray(0, good.length >> 1);
    const list = files.get('/channel/components-2.json')!;
    const manifest = JSON.parse(list.toString());
    const entry = manifest.components.find(({ id }: { id: string }) => id === 'bigtable-linux-x86_64');
    entry.data.checksum = createHash('sha256').update(half).digest('hex');
    files.set(path, half);
    files.set('/channel/components-2.json', Buffer.from(JSON.stringify(manifest)));
    await expect(install()).rejects.toMatchObject({ code: 'unpack-failed' });
    files.set(path, good);
    files.set('/channel/components-2.json', list);
    expect(readdirSync(join(folder, 'cache', 'emulators'))).toEqual([]);
  });

  it('says with --dry-run what it would download, and downloads none of it', async () => {
    const argv = ['emulators', 'install', '--manifest-url', url, '--dry-run', '--json'];
    const { plan } = (await runHealthmon(argv, { env })).json().result as unknown as {
      plan: { action: string; resource: string }[];
    };
    expect(plan.map(({ resource }) => resource).sort()).toEqual(Object.keys(PATHS).sort());
    expect(requests).toEqual(['/channel/components-2.json']);
  });

  it('downloads exactly three components, which then run', async () => {
    const result = await runHealthmon(['emulators', 'install', '--manifest-url', url, '--json'], { env });
    expect(result.code).toBe(0);
    expect(result.json()).toMatchObject({ result: { changed: true, java: { needed: 11 } } });
    expect(requests).toHaveLength(4);
    const found = await findOfficialEmulators(env);
    for (const service of OFFICIAL_NAMES) {
      expect(found[service]).toMatchObject({ source: 'installed by healthmon', version: '9.9.9' });
      expect(found[service]!.path).toContain(join(folder, 'cache'));
    }
    // From here on nothing is downloaded: the local cloud starts from the cache.
    requests = [];
    const stack = { env: { ...env, HEALTHMON_STATE_DIR: join(folder, 'state') }, cwd: folder };
    const { status } = await startStack({
      ...stack,
      project: 'p1',
      only: OFFICIAL_NAMES,
      implementations: ALL_OFFICIAL,
    });
    expect(status.services.map((service) => service.version)).toEqual(['9.9.9', '9.9.9', '9.9.9']);
    expect(requests).toEqual([]);
    await stopStack(stack);
  });

  it('downloads nothing again, and works without a network once installed', async () => {
    expect((await install()).changed).toBe(false);
    expect(requests).toEqual(['/channel/components-2.json']);
    const offline = await install({ manifestUrl: 'http://127.0.0.1:1/components-2.json' });
    expect(offline).toMatchObject({ changed: false });
    expect(offline.components).toHaveLength(3);
  });

  it('replaces what is installed when the list has something else, and leaves no rubbish', async () => {
    const manifest = JSON.parse(files.get('/channel/components-2.json')!.toString());
    const jar = Object.keys(PATHS).indexOf('pubsub-emulator') + 1;
    const repacked = execFileSync('gzip', ['-d'], {
      input: files.get('/channel/components/pubsub-emulator.tar.gz')!,
      maxBuffer: 2 ** 30,
    });
    const archive = execFileSync('gzip', ['-3', '-n'], { input: repacked, maxBuffer: 2 ** 30 });
    files.set('/channel/components/pubsub-emulator.tar.gz', archive);
    manifest.components[jar].data.checksum = createHash('sha256').update(archive).digest('hex');
    manifest.components[jar].version.version_string = '10.0.0';
    files.set('/channel/components-2.json', Buffer.from(JSON.stringify(manifest)));
    expect((await install()).changed).toBe(true);
    expect((await findOfficialEmulators(env)).pubsub!.version).toBe('10.0.0');
    expect(readdirSync(join(folder, 'cache', 'emulators'))).toEqual(['current']);
  });

  it('names what there is not for this machine, and what cannot be reached', async () => {
    const elsewhere = { HEALTHMON_CACHE_DIR: join(folder, 'other') };
    const exotic = install({ env: elsewhere, platform: { os: 'darwin', arch: 'arm64' } });
    await expect(exotic).rejects.toMatchObject({ code: 'component-missing', exitCode: 3 });
    const offline = install({ env: elsewhere, manifestUrl: 'http://127.0.0.1:1/x.json' });
    await expect(offline).rejects.toMatchObject({ code: 'download-failed', exitCode: 3 });
  });
});

describe('finding emulators', () => {
  it('follows the link on the PATH to the Google Cloud CLI, without running it', async () => {
    const root = join(folder, 'sdk');
    mkdirSync(join(root, 'bin'), { recursive: true });
    execFileSync('sh', ['-c', `printf '#!/bin/sh\\ntouch "${folder}/was-run"\\n' > "${root}/bin/gcloud"`]);
    execFileSync('chmod', ['+x', join(root, 'bin', 'gcloud')]);
    const current = join(folder, 'cache', 'emulators', 'current');
    execFileSync('cp', ['-r', join(current, 'platform'), root]);
    execFileSync('cp', ['-r', join(current, 'bin', 'cloud_spanner_emulator'), join(root, 'bin')]);
    mkdirSync(join(folder, 'links'));
    execFileSync('ln', ['-s', join(root, 'bin', 'gcloud'), join(folder, 'links', 'gcloud')]);
    const bare = { PATH: join(folder, 'links'), HEALTHMON_CACHE_DIR: join(folder, 'none'), HOME: folder };
    const found = await findOfficialEmulators(bare);
    for (const service of OFFICIAL_NAMES) expect(found[service]!.path).toContain(root);
    expect(existsSync(join(folder, 'was-run'))).toBe(false);
    expect(readFileSync(found.pubsub!.path).subarray(0, 2).toString()).toBe('PK');
  });
});
