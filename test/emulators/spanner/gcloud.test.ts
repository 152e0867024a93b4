import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLeftOut } from '../../helpers/optional-tools.js';
import { startEmbedded } from './backends.js';
import { GCLOUD_CASES } from './cases/gcloud-cases.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'healthmon-gcloud-spanner-'));
let running: Awaited<ReturnType<typeof startEmbedded>>;
beforeAll(async () => {
  running = await startEmbedded();
});
afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function gcloud(...args: string[]): Promise<string> {
  const { stdout } = await run('gcloud', ['spanner', ...args], {
    timeout: 120_000,
    env: {
      ...process.env,
      CLOUDSDK_CONFIG: join(folder, 'config'),
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_PROJECT: 'p',
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SPANNER: `http://127.0.0.1:${running.port}/`,
    },
  });
  return stdout;
}

/** Of a command that fails, what it says on stderr. */
const refusalOf = (...args: string[]) =>
  gcloud(...args).then(
    (stdout) => `It succeeded: ${stdout}`,
    ({ stderr }: { stderr: string }) => stderr,
  );

describe.skipIf(isLeftOut('gcloud'))('gcloud spanner', () => {
  it('says what it is told, and why it is refused', { timeout: 900_000 }, async () => {
    for (const { command, says, refused } of GCLOUD_CASES) {
      const line = command.join(' ');
      if (refused !== undefined) expect(await refusalOf(...command), line).toContain(refused);
      else {
        const said = (await gcloud(...command)).trimEnd();
        if (says instanceof RegExp) expect(said, line).toMatch(says);
        else if (says !== undefined) expect(said, line).toBe(says);
      }
    }
  });

  it('makes an instance and a database, changes both, writes, queries and deletes', {
    timeout: 600_000,
  }, async () => {
    const inDatabase = ['db1', '--instance=ours'];
    const ofDatabase = ['--database=db1', '--instance=ours'];
    const ddl = 'CREATE TABLE Ward (Id INT64 NOT NULL, Name STRING(MAX)) PRIMARY KEY(Id)';
    await gcloud(
      'instances',
      'create',
      'ours',
      '--config=emulator-config',
      '--description=Ours',
      '--nodes=1',
    );
    await gcloud('instances', 'update', 'ours', '--nodes=2');
    expect(await gcloud('instances', 'describe', 'ours', '--format=value(nodeCount)')).toBe('2\n');
    await gcloud('databases', 'create', ...inDatabase, `--ddl=${ddl}`);
    await gcloud('databases', 'ddl', 'update', ...inDatabase, '--ddl=ALTER TABLE Ward ADD COLUMN Beds INT64');
    expect(await gcloud('databases', 'ddl', 'describe', ...inDatabase)).toContain('Beds INT64,');
    await gcloud('rows', 'insert', '--table=Ward', ...ofDatabase, '--data=Id=1,Name=A,Beds=3');
    const query = (sql: string) =>
      gcloud('databases', 'execute-sql', ...inDatabase, `--sql=${sql}`, '--format=json');
    await query("INSERT INTO Ward (Id, Name) VALUES (2, 'B')");
    await gcloud('rows', 'delete', '--table=Ward', ...ofDatabase, '--keys=1');
    const { rows } = JSON.parse(await query('SELECT Id, Name, COALESCE(Beds, 7) AS Beds FROM Ward')) as {
      rows: unknown[];
    };
    expect(rows).toEqual([['2', 'B', '7']]);
    const operations = await gcloud('operations', 'list', ...ofDatabase, '--format=value(done)');
    expect(operations.trim().split('\n')).toEqual(['True', 'True']);
    await gcloud(
      'databases',
      'add-iam-policy-binding',
      ...inDatabase,
      '--member=user:a@example.com',
      '--role=roles/spanner.databaseReader',
    );
    expect(await gcloud('databases', 'get-iam-policy', ...inDatabase)).toContain('user:a@example.com');
    await gcloud('databases', 'delete', ...inDatabase);
    await gcloud('instances', 'delete', 'ours');
    expect(await gcloud('instances', 'list', '--format=value(name)')).toBe('');
  });
});
