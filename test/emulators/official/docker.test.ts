// Needs Google's emulators: bigtable
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerCommand, prepareDocker, shellLine } from '../../../src/emulators/official/docker.js';
import { findOfficialEmulators, officialService } from '../../../src/emulators/official/find.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { runHealthmon } from '../../helpers/run.js';

const folder = mkdtempSync(join(tmpdir(), 'healthmon-docker-'));
const env = {
  PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
  HEALTHMON_STATE_DIR: join(folder, 'state'),
};

/**
 * Stands in for the Docker client where no engine can run: answers what is asked of an engine, and runs the Bigtable
 * emulator of this machine in the place of the container, ending like one when its input ends.
 */
beforeAll(async () => {
  const { bigtable } = await findOfficialEmulators({ PATH: process.env.PATH });
  mkdirSync(join(folder, 'bin'));
  const path = join(folder, 'bin', 'docker');
  writeFileSync(
    path,
    `#!/bin/sh
echo "$@" >> "${folder}/calls"
case "$1 $2" in
  "version --format") echo 99 ;;
  "image inspect") exit 1 ;;
  "pull --quiet") ;;
  *)
    for word; do case "$word" in 127.0.0.1:*:8086) port=\${word#127.0.0.1:}; port=\${port%:8086} ;; esac; done
    "${bigtable!.path}" -host 127.0.0.1 -port "$port" &
    cat > /dev/null
    kill $! ;;
esac
`,
  );
  chmodSync(path, 0o755);
});
afterAll(async () => {
  await stopStack({ env, cwd: folder });
  rmSync(folder, { recursive: true, force: true });
});

describe('emulators start --via docker', () => {
  it('pulls the image once asked, prints and runs the docker run line, and is ready by a real call', async () => {
    const started = await runHealthmon(
      'emulators start --via docker --only bigtable --official bigtable'.split(' '),
      {
        env,
        cwd: folder,
      },
    );
    expect(started.stderr).toContain('Pulling gcr.io/');
    expect(started.stderr).toMatch(
      /docker run --rm -i --init -p 127\.0\.0\.1:\d+:8086 gcr\.io\S+ sh -c 'exec 3<&0; gcloud beta/,
    );
    expect(started.code).toBe(0);
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['version', 'image', 'pull', 'run']);
  });

  it('says when no engine answers', async () => {
    const none = { PATH: '/nowhere' };
    await expect(prepareDocker(none, undefined, () => {})).rejects.toMatchObject({
      code: 'docker-not-answering',
      exitCode: 3,
    });
  });

  it('publishes both ports of Spanner, and only on the loopback address', () => {
    const line = shellLine(
      dockerCommand(officialService('spanner').docker, '127.0.0.1', { spanner: 1234, 'spanner-rest': 1235 }),
    );
    expect(line).toContain('-p 127.0.0.1:1234:9010 -p 127.0.0.1:1235:9020');
  });
});
