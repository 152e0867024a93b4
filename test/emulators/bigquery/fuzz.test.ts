import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { type Child, PROJECT, request, startProcess } from './harness.js';
import { SqlGrammar } from './sql-grammar.js';

/** Whether a change passes is not left to chance; other seeds are for whoever looks for faults. */
const SEEDS = (process.env.HEALTHMON_TEST_SEED ?? '5,51,52,105,106').split(',').map(Number);
/** Of statements for each seed. */
const COUNT = Number(process.env.HEALTHMON_FUZZ_COUNT ?? 100);
/** What has run longer is cancelled: bounds are the concern of other tests. */
const WAIT_MS = 5000;

// In a process of its own: a crash would take the test with it.
let emulator: Child;
beforeAll(async () => {
  emulator = await startProcess(['--parent-watch']);
  await run('CREATE SCHEMA fuzz');
  await run("CREATE TABLE fuzz.t AS SELECT 1 AS x, 'a' AS s, [1] AS a");
  await run('CREATE VIEW fuzz.v AS SELECT * FROM fuzz.t');
});
afterAll(() => emulator.kill('SIGKILL'));

const project = `/bigquery/v2/projects/${PROJECT}`;

async function run(query: string, more: object = {}) {
  const answer = await request(emulator.server, 'POST', `${project}/queries`, {
    query,
    useLegacySql: false,
    timeoutMs: WAIT_MS,
    ...more,
  });
  if (answer.status === 200 && answer.body.jobComplete === false) {
    await request(emulator.server, 'POST', `${project}/jobs/${answer.body.jobReference.jobId}/cancel`);
  }
  return answer;
}

/** What an answer must never say: that the emulator, and not the query, is at fault. */
const OUR_FAULT =
  /internal error|defect|call stack|is not a function|cannot read propert|undefined(?! for )|INTERNAL|Binder Error|Catalog Error|Parser Error|\bat .*\.js:/i;

function faultOf({ status, body }: Awaited<ReturnType<typeof run>>): string | undefined {
  if (status === 200 || status === 501) return undefined;
  const { message } = body.error;
  return status >= 500 || OUR_FAULT.test(message) ? `${status} ${message}` : undefined;
}

test.each(SEEDS)(
  'no query makes the emulator fail (seed %d)',
  async (seed) => {
    const random = createRandom(seed, 'sql');
    const grammar = new SqlGrammar(random);
    const faults: string[] = [];
    for (let number = 0; number < COUNT; number += 1) {
      const sql = grammar.script();
      const parameters = random.uniform() < 0.5 ? {} : { queryParameters: [parameter('p')] };
      const options = { dryRun: random.uniform() < 0.15, ...parameters };
      const fault = faultOf(await run(sql, options));
      if (fault !== undefined) faults.push(`${sql}\n  ${fault}`);
    }
    expect((await run('SELECT 1')).body.rows).toEqual([{ f: [{ v: '1' }] }]);
    expect(faults).toEqual([]);
  },
  600_000,
);

function parameter(name: string) {
  return { name, parameterType: { type: 'INT64' }, parameterValue: { value: '2' } };
}
