import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MEMORY_CEILING_BYTES } from '../../../src/emulators/bigquery/server/jobs/memory-guard.js';
import { type Child, PROJECT, request, startProcess } from './harness.js';

const NUMBERS = 'UNNEST(GENERATE_ARRAY(1, 1000000))';
const HOSTILE = [
  `SELECT COUNT(*) FROM (SELECT a, b FROM ${NUMBERS} a, ${NUMBERS} b WHERE MOD(a * b, 7) = 3)`,
  `SELECT STRING_AGG(CAST(a + b AS STRING) ORDER BY a) FROM ${NUMBERS} a, ${NUMBERS} b`,
  `SELECT ARRAY_LENGTH(ARRAY_AGG(STRUCT(a, b))) FROM ${NUMBERS} a, ${NUMBERS} b`,
  `SELECT SUM(ARRAY_LENGTH(GENERATE_ARRAY(a, a + 30000))) + SUM(ARRAY_LENGTH(GENERATE_ARRAY(a, a + 30001))) FROM ${NUMBERS} a`,
  `SELECT a, b, CAST(a * b AS STRING) AS s FROM ${NUMBERS} a, ${NUMBERS} b ORDER BY MOD(a * b, 1000003)`,
  `SELECT COUNT(DISTINCT CAST(a * b AS STRING)) FROM ${NUMBERS} a, ${NUMBERS} b`,
  `SELECT a, ARRAY_AGG(CAST(b AS STRING)) FROM ${NUMBERS} a, ${NUMBERS} b GROUP BY a`,
  `SELECT SUM(LENGTH(TO_JSON_STRING(GENERATE_ARRAY(a, a + 20000)))), SUM(LENGTH(REPEAT(CAST(a AS STRING), 9000))) FROM ${NUMBERS} a`,
];
/** Each alone would take more than the ceiling before anybody looks. */
const COPIED = [
  `SELECT COUNT(CONCAT(REPEAT('ab', 40000000), CAST(a AS STRING))) FROM ${NUMBERS} a`,
  `SELECT COUNT(ARRAY_LENGTH([REPEAT('ab', 40000000), CAST(a AS STRING)])) FROM ${NUMBERS} a`,
  `SELECT COUNT(ARRAY_LENGTH([@text, CAST(a AS STRING)])) FROM ${NUMBERS} a`,
];
const LONG_PARAMETER = {
  name: 'text',
  parameterType: { type: 'STRING' },
  parameterValue: { value: 'b'.repeat(8_000_000) },
};
const ROUNDS = 10;
const TIMEOUT_MS = 300_000;

let emulator: Child;
beforeAll(async () => {
  emulator = await startProcess(['--parent-watch']);
});
afterAll(() => emulator.kill('SIGKILL'));

const project = `/bigquery/v2/projects/${PROJECT}`;
/** Of the process, in bytes: `VmRSS` what it takes, `VmHWM` what it has taken at most. */
function memory(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${emulator.pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]) * 1024;
}

test.runIf(process.platform === 'linux')(
  'a long constant is not copied for each of many rows',
  async () => {
    for (const query of COPIED) {
      const { body } = await request(emulator.server, 'POST', `${project}/queries`, {
        query,
        useLegacySql: false,
        timeoutMs: TIMEOUT_MS,
        ...(query.includes('@') && { parameterMode: 'NAMED', queryParameters: [LONG_PARAMETER] }),
      });
      expect(body.error.errors[0].reason).toBe('resourcesExceeded');
    }
    expect(memory('VmHWM')).toBeLessThan(MEMORY_CEILING_BYTES / 2);
  },
  TIMEOUT_MS,
);

test.runIf(process.platform === 'linux')(
  'hostile queries at once leave room for others, and give back what they took',
  async () => {
    const paths: string[] = [];
    for (const query of HOSTILE) {
      const configuration = { query: { query, useLegacySql: false } };
      const { body } = await request(emulator.server, 'POST', `${project}/jobs`, { configuration });
      paths.push(`${project}/jobs/${body.jobReference.jobId}`);
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      const { body } = await request(emulator.server, 'POST', `${project}/queries`, {
        query: `SELECT ${round} + 1`,
        useLegacySql: false,
        timeoutMs: 60_000,
      });
      expect(body.rows).toEqual([{ f: [{ v: String(round + 1) }] }]);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    for (const path of paths) {
      await request(emulator.server, 'POST', `${path}/cancel`);
      const state = async () => (await request(emulator.server, 'GET', path)).body.status.state;
      await expect.poll(state, { timeout: 60_000 }).toBe('DONE');
    }
    expect(memory('VmHWM')).toBeLessThan(MEMORY_CEILING_BYTES);
    await expect
      .poll(() => memory('VmRSS'), { timeout: 60_000, interval: 500 })
      .toBeLessThan(MEMORY_CEILING_BYTES / 2);
  },
  TIMEOUT_MS,
);
