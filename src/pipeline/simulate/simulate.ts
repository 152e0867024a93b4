import { writeFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../../core/clock.js';
import { fileNotWritten } from '../../errors/file-not-written.js';
import type { PublisherPort } from '../../gcp/pubsub/port.js';
import { type MessageFormat, messageEncoder, type VitalsSelection } from './encode.js';
import { type FaultCounts, type FaultRates, injectFaults, NO_FAULTS } from './faults.js';
import { type AheadOfClock, aheadOfClock } from './pace.js';
import type { SimulatedPatient } from './patients.js';
import { publishMessages } from './publish.js';
import { createWard, groundTruth, type Ward } from './readings.js';
import type { Course } from './scenarios.js';

export interface SimulateOptions {
  patients: readonly SimulatedPatient[];
  seed: number;
  /** Readings to make; without it the run ends by duration or signal. */
  count?: number | undefined;
  /** Event time of the beginning. Without it the last reading is now (with a count), or the first one is. */
  startMs?: number | undefined;
  /** Simulated time between two readings of a patient. */
  intervalMs: number;
  ratePerSecond?: number | undefined;
  /** Simulated time passes this many times as fast as real time; sets the rate. */
  speed?: number | undefined;
  durationMs?: number | undefined;
  courses: readonly Course[];
  faults?: FaultRates;
  format: MessageFormat;
  vitals: VitalsSelection;
  /** JSON Lines file of who deteriorates and when. */
  groundTruthFile?: string | undefined;
}

export interface SimulateTools {
  /** Where messages go: to a topic, or as lines to standard output. */
  destination: { topic: string; publisher: PublisherPort } | { write(chunk: string): Promise<void> };
  signal: AbortSignal;
  clock?: Clock;
  /** Before anything is sent, when readings of the run will be ahead of the clock. */
  onAheadOfClock?(ahead: AheadOfClock): void;
  onProgress?: (progress: { published: number; failed: number; seconds: number }) => void;
}

export interface SimulateResult {
  topic: string | null;
  patients: number;
  published: number;
  failed: number;
  seconds: number;
  messagesPerSecond: number;
  /** The rate that was asked for. */
  targetMessagesPerSecond: number | null;
  seed: number;
  startTime: string;
  deterioratingPatients: number;
  faults: FaultCounts;
  groundTruthFile: string | null;
  /** Why publishing failed, when it did. */
  error: string | null;
}

/** Makes vitals and publishes or prints them. One seed and start time give the same bytes every time. */
export async function simulate(options: SimulateOptions, tools: SimulateTools): Promise<SimulateResult> {
  const clock = tools.clock ?? systemClock;
  const startMs = options.startMs ?? defaultStartMs(options, clock.now());
  const ward = createWard({ ...options, startMs });
  if (options.groundTruthFile !== undefined) await writeGroundTruth(options.groundTruthFile, ward, startMs);

  const encoded = encodeReadings(ward, options);
  const { messages, counts } = injectFaults(encoded, options.faults ?? NO_FAULTS, options.seed);
  const ratePerSecond =
    options.speed === undefined
      ? options.ratePerSecond
      : (options.patients.length * 1000 * options.speed) / options.intervalMs;
  const ahead = aheadOfClock({
    ...options,
    patients: options.patients.length,
    ratePerSecond,
    startMs,
    nowMs: clock.now(),
    count: options.count,
    durationMs: options.durationMs,
  });
  if (ahead !== undefined) tools.onAheadOfClock?.(ahead);
  const paced = { ratePerSecond, durationMs: options.durationMs, signal: tools.signal, clock };
  const { destination } = tools;
  const publisher = 'publisher' in destination ? destination.publisher : linePublisher(destination.write);
  const outcome = await publishMessages(messages, publisher, { ...paced, onProgress: tools.onProgress });
  // Nothing was done, or it is not about Pub/Sub: a closed pipe, a defect.
  if (outcome.failed > 0 && (outcome.published === 0 || !('publisher' in destination)))
    throw outcome.firstError;

  return {
    topic: 'topic' in destination ? destination.topic : null,
    patients: options.patients.length,
    published: outcome.published,
    failed: outcome.failed,
    seconds: round(outcome.seconds, 3),
    messagesPerSecond: outcome.seconds > 0 ? Math.round(outcome.published / outcome.seconds) : 0,
    targetMessagesPerSecond: ratePerSecond ?? null,
    seed: options.seed,
    startTime: new Date(startMs).toISOString(),
    deterioratingPatients: ward.models.filter((model) => model.deterioration !== undefined).length,
    faults: counts,
    groundTruthFile: options.groundTruthFile ?? null,
    error: outcome.firstError === undefined ? null : (outcome.firstError as Error).message.split('\n', 1)[0]!,
  };
}

function* encodeReadings(ward: Ward, { count, format, vitals }: SimulateOptions): Generator<string> {
  const encode = messageEncoder(format, vitals);
  let made = 0;
  if (count === 0) return;
  for (const reading of ward.readings()) {
    yield encode(reading);
    if (++made === count) return;
  }
}

/** Whole seconds, so that a run can be repeated by typing its start time. */
function defaultStartMs({ count, patients, intervalMs }: SimulateOptions, nowMs: number): number {
  const spanMs = count === undefined ? 0 : Math.ceil(count / patients.length) * intervalMs;
  return Math.floor((nowMs - spanMs) / 1000) * 1000;
}

function linePublisher(write: (chunk: string) => Promise<void>): PublisherPort {
  return {
    publish: (batch) => write(`${batch.map(({ data }) => data.toString('utf8')).join('\n')}\n`),
  };
}

async function writeGroundTruth(path: string, ward: Ward, startMs: number): Promise<void> {
  const lines = Array.from(groundTruth(ward, startMs), (line) => `${JSON.stringify(line)}\n`);
  await writeFile(path, lines.join(''), { mode: 0o600 }).catch((cause: Error) => {
    throw fileNotWritten(path, cause);
  });
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
