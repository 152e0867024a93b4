import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goProgram, hasGoModule, hasPythonModules, PYTHON } from '../../helpers/language-clients.js';
import { hasTool } from '../../helpers/optional-tools.js';
import { useStorage } from './harness.js';

/** A folder with a Go module that requires `cloud.google.com/go/storage`, whose dependencies are on this machine. */
const GO_MODULE = process.env.HEALTHMON_GO_STORAGE ?? '';
const tools = {
  rclone: hasTool('rclone'),
  // It speaks HTTPS alone, so it needs a certificate besides.
  gsutil: hasTool('gsutil') && hasTool('openssl'),
  Python: hasPythonModules('google.cloud.storage'),
  Go: hasGoModule(GO_MODULE),
};
const leftOut = Object.entries(tools).flatMap(([name, isThere]) => (isThere ? [] : [name]));
const SLOW_MS = 300_000;
/** Above what every client sends in one piece. */
const LARGE_BYTES = 30_000_000;

const storage = useStorage();
let folder: string;
let large: Buffer;

beforeAll(() => {
  if (leftOut.length > 0)
    process.stderr.write(`Left out, for they are not installed: ${leftOut.join(', ')}.\n`);
  folder = mkdtempSync(join(tmpdir(), 'healthmon-storage-clients-'));
  large = randomBytes(LARGE_BYTES);
  put('from/large.bin', large);
  put('from/ward/a.csv', 'Patient_ID\n1\n');
  put('from/ward/b.csv', 'Patient_ID\n2\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

const read = (name: string) => readFileSync(join(folder, name));

/** What the command prints; it must succeed. */
async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: folder, timeout: SLOW_MS, env: { ...process.env, ...env } };
  return (await promisify(execFile)(command, args, options)).stdout.trim();
}

async function namesIn(bucket: string): Promise<string[]> {
  const [files] = await storage.client.bucket(bucket).getFiles();
  return files.map((file) => file.name);
}

const expectLarge = async (bucket: string, name: string) =>
  expect((await storage.client.bucket(bucket).file(name).download())[0].equals(large)).toBe(true);

describe.skipIf(!tools.rclone)('rclone, as it is configured by default', () => {
  const rclone = (...args: string[]) =>
    run('rclone', args, {
      RCLONE_CONFIG: join(folder, 'rclone.conf'),
      RCLONE_CACHE_DIR: join(folder, 'cache'),
    });

  it('copies, syncs, moves and keeps both sides alike', { timeout: SLOW_MS }, async () => {
    put(
      'rclone.conf',
      `[local]\ntype = google cloud storage\nanonymous = true\nproject_number = 1\nendpoint = ${storage.server.url}/storage/v1/\n`,
    );
    await rclone('mkdir', 'local:by-rclone');
    await rclone('copy', 'from', 'local:by-rclone/in');
    await expectLarge('by-rclone', 'in/large.bin');
    await rclone('check', 'from', 'local:by-rclone/in');
    await rclone('moveto', 'local:by-rclone/in/large.bin', 'local:by-rclone/moved/large.bin');
    await expectLarge('by-rclone', 'moved/large.bin');
    await rclone('sync', 'local:by-rclone/in', 'back');
    expect(readdirSync(join(folder, 'back'), { recursive: true }).sort()).toEqual([
      'ward',
      'ward/a.csv',
      'ward/b.csv',
    ]);
    put('both/here.txt', 'here');
    await storage.client.bucket('by-rclone').file('both/there.txt').save('there');
    await rclone('bisync', 'both', 'local:by-rclone/both', '--resync');
    expect(read('both/there.txt').toString()).toBe('there');
    put('both/large.bin', large);
    await rclone('bisync', 'both', 'local:by-rclone/both');
    await expectLarge('by-rclone', 'both/large.bin');
    expect(await namesIn('by-rclone')).toEqual([
      'both/here.txt',
      'both/large.bin',
      'both/there.txt',
      'in/ward/a.csv',
      'in/ward/b.csv',
      'moved/large.bin',
    ]);
    await rclone('purge', 'local:by-rclone');
    expect(await storage.client.bucket('by-rclone').exists()).toEqual([false]);
  });
});

describe.skipIf(!tools.gsutil)('gsutil, through a port that speaks TLS', () => {
  let proxy: Server;

  beforeAll(async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '1'];
    await run('openssl', [...request, '-keyout', key, '-out', certificate]);
    const pair = { key: readFileSync(key), cert: readFileSync(certificate) };
    proxy = createServer(pair, (client) => {
      const server = connect(storage.server.port, '127.0.0.1');
      client.pipe(server).pipe(client);
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    put(
      'boto.cfg',
      `[Credentials]\ngs_json_host = localhost\ngs_json_port = ${port}\n[Boto]\nhttps_validate_certificates = False\n` +
        '[GSUtil]\nprefer_api = json\ndefault_project_id = p1\n',
    );
  });

  afterAll(() => proxy.close());

  const gsutil = (...args: string[]) =>
    run('gsutil', args, {
      BOTO_CONFIG: join(folder, 'boto.cfg'),
      CLOUDSDK_CONFIG: join(folder, 'gcloud'),
      CLOUDSDK_CORE_PASS_CREDENTIALS_TO_GSUTIL: 'false',
    });

  it('copies, syncs, composes, rewrites and tells access', { timeout: SLOW_MS }, async () => {
    await gsutil('mb', 'gs://by-gsutil');
    await gsutil('cp', 'from/large.bin', 'gs://by-gsutil/large.bin');
    await expectLarge('by-gsutil', 'large.bin');
    await gsutil('cp', 'gs://by-gsutil/large.bin', 'large-back.bin');
    expect(read('large-back.bin').equals(large)).toBe(true);
    await gsutil('rsync', '-r', 'from/ward', 'gs://by-gsutil/ward');
    await gsutil(
      'compose',
      'gs://by-gsutil/ward/a.csv',
      'gs://by-gsutil/ward/b.csv',
      'gs://by-gsutil/all.csv',
    );
    expect(await gsutil('cat', 'gs://by-gsutil/all.csv')).toBe('Patient_ID\n1\nPatient_ID\n2');
    await gsutil('rewrite', '-s', 'nearline', 'gs://by-gsutil/all.csv');
    const [metadata] = await storage.client.bucket('by-gsutil').file('all.csv').getMetadata();
    expect(metadata.storageClass).toBe('NEARLINE');
    await gsutil('cp', '-a', 'public-read', 'from/ward/a.csv', 'gs://by-gsutil/public.csv');
    expect(JSON.parse(await gsutil('acl', 'get', 'gs://by-gsutil/public.csv'))).toContainEqual({
      entity: 'allUsers',
      role: 'READER',
    });
    mkdirSync(join(folder, 'synced'));
    await gsutil('rsync', '-d', '-r', 'gs://by-gsutil/ward', 'synced');
    expect(readdirSync(join(folder, 'synced'))).toEqual(['a.csv', 'b.csv']);
    await gsutil('rm', '-r', 'gs://by-gsutil');
    expect(await storage.client.bucket('by-gsutil').exists()).toEqual([false]);
  });
});

describe.skipIf(!tools.Python)('the Python client', () => {
  it('uploads in chunks, copies, rewrites, composes and lists', { timeout: SLOW_MS }, async () => {
    const script = `
import os
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
client = storage.Client(project='p1', credentials=AnonymousCredentials())
bucket = client.create_bucket('by-python', predefined_acl='private')
large = bucket.blob('large', chunk_size=1 << 20)
large.upload_from_filename('from/large.bin', predefined_acl='publicRead')
copy = bucket.copy_blob(large, bucket, 'copy')
bucket.blob('both').compose([large, copy])
token, done, total = bucket.blob('rewritten').rewrite(large)
large.download_to_filename('by-python.bin')
print(token, done, total, bucket.get_blob('both').size, [blob.name for blob in client.list_blobs('by-python')])`;
    expect(await run(PYTHON, ['-c', script], { STORAGE_EMULATOR_HOST: storage.server.url })).toBe(
      `None ${LARGE_BYTES} ${LARGE_BYTES} ${2 * LARGE_BYTES} ['both', 'copy', 'large', 'rewritten']`,
    );
    expect(read('by-python.bin').equals(large)).toBe(true);
    await expectLarge('by-python', 'rewritten');
  });
});

describe.skipIf(!tools.Go)('the Go client', () => {
  it('uploads in chunks, copies, composes and lists', { timeout: SLOW_MS }, async () => {
    const { command, args, env } = goProgram(folder, GO_PROGRAM, GO_MODULE);
    expect(await run(command, args, { ...env, STORAGE_EMULATOR_HOST: storage.server.url })).toBe(
      `${2 * LARGE_BYTES} both copy large`,
    );
    await expectLarge('by-go', 'copy');
    expect(read('by-go.bin').equals(large)).toBe(true);
  });
});

const GO_PROGRAM = `package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	client, err := storage.NewClient(ctx)
	check(err)
	bucket := client.Bucket("by-go")
	check(bucket.Create(ctx, "p1", nil))
	file, err := os.Open("../from/large.bin")
	check(err)
	large, copied, both := bucket.Object("large"), bucket.Object("copy"), bucket.Object("both")
	writer := large.NewWriter(ctx)
	writer.ChunkSize = 4 << 20
	writer.PredefinedACL = "publicRead"
	_, err = io.Copy(writer, file)
	check(err)
	check(writer.Close())
	reader, err := large.NewReader(ctx)
	check(err)
	back, err := os.Create("../by-go.bin")
	check(err)
	_, err = io.Copy(back, reader)
	check(err)
	check(back.Close())
	_, err = copied.CopierFrom(large).Run(ctx)
	check(err)
	attributes, err := both.ComposerFrom(large, copied).Run(ctx)
	check(err)
	fmt.Print(attributes.Size)
	objects := bucket.Objects(ctx, nil)
	for {
		object, err := objects.Next()
		if err == iterator.Done {
			break
		}
		check(err)
		fmt.Print(" ", object.Name)
	}
}
`;
