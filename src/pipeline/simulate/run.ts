import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { publisherPort } from '../../gcp/pubsub/port.js';
import { readPatientRecords } from '../../gcp/spanner/patients.js';
import { DEFAULT_SCENARIO } from './defaults.js';
import type { FaultRates } from './faults.js';
import { addPatient, numberedPatients, patientsFromCsv, type SimulatedPatient } from './patients.js';
import { loadScenario } from './scenarios.js';
import { type SimulateResult, type SimulateTools, simulate } from './simulate.js';

/** The options of `healthmon simulate`, typed but not yet resolved. */
export interface SimulateInput {
  patients: number;
  patientsFrom?: string | undefined;
  count?: number | undefined;
  seed: number;
  startTime?: string | undefined;
  intervalMs: number;
  ratePerSecond?: number | undefined;
  /** `60` or `60x`. */
  speed?: string | undefined;
  durationMs?: number | undefined;
  scenario?: string | undefined;
  vitals?: 'core' | 'all' | undefined;
  format: 'json' | 'fhir';
  faults?: FaultRates;
  groundTruthFile?: string | undefined;
}

export interface SimulateEnvironment {
  clients(): Promise<GoogleClients>;
  config: Config;
  signal: AbortSignal;
  cwd: string;
  /** Given when the messages go to standard output. */
  write?: ((chunk: string) => Promise<void>) | undefined;
  onAheadOfClock?: SimulateTools['onAheadOfClock'];
  onProgress?: SimulateTools['onProgress'];
}

/** The phases of the patients need room within an interval. */
const MIN_INTERVAL_MS = 10;

export async function runSimulate(
  input: SimulateInput,
  environment: SimulateEnvironment,
): Promise<SimulateResult> {
  const { clients, config, cwd, signal, write } = environment;
  if (input.speed !== undefined && input.ratePerSecond !== undefined) {
    throw usageError({
      code: 'conflicting-options',
      message: '--speed and --rate both set how fast messages are sent.',
      suggestion: 'Use one of them.',
    });
  }
  if (input.intervalMs < MIN_INTERVAL_MS) {
    throw usageError({
      code: 'invalid-option',
      message: `The interval of ${input.intervalMs} ms is too short.`,
      suggestion: `Give --interval ${MIN_INTERVAL_MS}ms or more.`,
    });
  }
  const speed = parseSpeed(input.speed);
  const courses = await loadScenario(scenarioOf(input.scenario, cwd));
  const patients = await findPatients(input, environment);
  const destination =
    write === undefined
      ? { topic: config.pubsub.topic, publisher: await publisherPort(await clients(), config.pubsub.topic) }
      : { write };
  return simulate(
    {
      ...input,
      patients,
      courses,
      speed,
      startMs: input.startTime === undefined ? undefined : Date.parse(input.startTime),
      vitals: input.vitals ?? (input.scenario === undefined ? 'core' : 'all'),
      groundTruthFile: input.groundTruthFile === undefined ? undefined : resolve(cwd, input.groundTruthFile),
    },
    {
      destination,
      signal,
      ...(environment.onAheadOfClock && { onAheadOfClock: environment.onAheadOfClock }),
      ...(environment.onProgress && { onProgress: environment.onProgress }),
    },
  );
}

function scenarioOf(scenario: string | undefined, cwd: string): string {
  if (scenario === undefined) return DEFAULT_SCENARIO;
  return scenario.endsWith('.json') ? resolve(cwd, scenario) : scenario;
}

function parseSpeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const speed = Number(text.replace(/x$/i, ''));
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw usageError({
    code: 'invalid-option',
    message: `The value "${text}" of --speed is not valid.`,
    suggestion: 'Give a factor such as 60x.',
  });
}

async function findPatients(
  input: SimulateInput,
  { clients, config, cwd }: SimulateEnvironment,
): Promise<SimulatedPatient[]> {
  const from = input.patientsFrom;
  if (from === undefined) return numberedPatients(input.patients, input.seed);
  if (from !== 'spanner') return patientsFromCsv(resolve(cwd, from));
  const patients = new Map<string, SimulatedPatient>();
  for (const { id, age, condition } of await readPatientRecords(await clients(), config)) {
    addPatient(patients, id, age, condition);
  }
  if (patients.size > 0) return [...patients.values()];
  throw usageError({
    code: 'no-patients',
    message: `The Spanner database ${config.spanner.database} has no patients.`,
    suggestion: 'Run "healthmon load FILE.csv" first, or use --patients N.',
  });
}
