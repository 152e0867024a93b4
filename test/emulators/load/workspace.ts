import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Run, runHealthmon } from '../../helpers/run.js';
import type { TestStack } from '../../helpers/stack.js';

/** A folder with a configuration of its own: names that no other test file uses. */
export interface Workspace {
  folder: string;
  env: NodeJS.ProcessEnv;
  database: string;
  dataset: string;
  write(name: string, content: string | Buffer | object): string;
  run(...argv: string[]): Promise<Run>;
  /** Rows as Spanner's REST gateway gives them: another client than the one that wrote. */
  rows(sql: string): Promise<unknown[][]>;
  /** Changes the schema by hand, beside what provision makes. */
  ddl(...statements: string[]): Promise<void>;
  remove(): void;
}

const PROJECT = 'healthmon-local';

export function workspace(stack: TestStack, name: string): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-ws-'));
  const env = { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env };
  const config = {
    spanner: { instance: `t-${name}`, database: `t-${name}` },
    storage: { bucket: `t-${name}-bucket` },
    bigquery: { dataset: `t_${name.replaceAll('-', '_')}` },
    bigtable: { instance: `t-${name}-bt`, table: `t-${name}`, nowTable: `t-${name}-now` },
    pubsub: {
      topic: `t-${name}`,
      subscription: `t-${name}-worker`,
      deadLetterTopic: `t-${name}-dead`,
      deadLetterSubscription: `t-${name}-dead-inspect`,
      alertTopic: `t-${name}-alerts`,
      alertSubscription: `t-${name}-alerts-inspect`,
    },
  };
  writeFileSync(join(folder, 'healthmon.json'), JSON.stringify(config));
  const base = `${stack.env.SPANNER_EMULATOR_REST}/v1`;
  const databasePath = `projects/${PROJECT}/instances/${config.spanner.instance}/databases/${config.spanner.database}`;
  return {
    folder,
    env,
    database: config.spanner.database,
    dataset: config.bigquery.dataset,
    write(file, content) {
      const text =
        typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
      writeFileSync(join(folder, file), text);
      return join(folder, file);
    },
    run: (...argv) => runHealthmon([...argv, '--json'], { cwd: folder, env: { ...env } }),
    async rows(sql) {
      const session = (await post(`${base}/${databasePath}/sessions`, {})) as { name: string };
      const url = `${base}/${session.name}`;
      const answer = (await post(`${url}:executeSql`, { sql })) as { rows?: unknown[][] };
      await fetch(url, { method: 'DELETE' });
      return answer.rows ?? [];
    },
    async ddl(...statements) {
      const url = `${base}/${databasePath}/ddl`;
      let operation = (await post(url, { statements }, 'PATCH')) as Operation;
      const deadlineMs = Date.now() + 60_000;
      while (!operation.done && Date.now() < deadlineMs) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        operation = (await (await fetch(`${base}/${operation.name}`)).json()) as Operation;
      }
      if (!operation.done || operation.error) throw new Error(JSON.stringify(operation));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Operation {
  name: string;
  done?: boolean;
  error?: object;
}

async function post(url: string, body: object, method = 'POST'): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Admissions with values that differ from row to row. */
export function admissions(count: number, from = 1): string {
  const lines = [
    'Patient_ID,Age,Gender,Condition,Procedure,Cost,Length_of_Stay,Readmission,Outcome,Satisfaction',
  ];
  for (let id = from; id < from + count; id++) {
    lines.push(
      `P${id},${20 + (id % 70)},${id % 2 ? 'Female' : 'Male'},Condition ${id % 15},"Care, no. ${id % 7}",${id % 1000}.${id % 100},${id % 30},${id % 3 ? 'No' : 'Yes'},${id % 4 ? 'Recovered' : 'Stable'},${1 + (id % 5)}`,
    );
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** One line that differs when any row of the admissions does; the commit time is left out. */
export const CHECKSUM = `SELECT COUNT(*), BIT_XOR(FARM_FINGERPRINT(CONCAT(
  Patient_ID, '|', CAST(Age AS STRING), '|', Gender, '|', Condition, '|', Procedure, '|', CAST(Cost AS STRING), '|',
  CAST(Length_of_Stay AS STRING), '|', Readmission, '|', Outcome, '|', CAST(Satisfaction AS STRING)))) FROM PatientInfo`;
