import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.js';
import type { Implementation } from '../../src/core/services.js';
import { messageEncoder } from '../../src/pipeline/simulate/encode.js';
import { numberedPatients } from '../../src/pipeline/simulate/patients.js';
import { createWard } from '../../src/pipeline/simulate/readings.js';
import { runStream, type StreamInput, type StreamResult } from '../../src/pipeline/stream/stream.js';
import { bigtableRowKey } from '../../src/schema/bigtable-columns.js';
import {
  type FaultProxy,
  type OwnEmulator,
  startFaultProxy,
  startOwnEmulator,
} from '../helpers/own-emulators.js';
import { useTestStack } from '../helpers/stack.js';
import { createVitalsTarget, type VitalsTarget } from '../helpers/vitals-target.js';

const bin = resolve(import.meta.dirname, '../../bin/healthmon.js');
const stack = useTestStack();
/** A bounded form for every run; HEALTHMON_KILLS=20 is the long one. */
const SIGKILLS = Number(process.env.HEALTHMON_KILLS ?? 8);
const SIGTERMS = SIGKILLS;
/** Processes take long to start, so several run at once on the same subscription. */
const KILLED_AT_ONCE = 4;
/** A drain of 5 s and the end of the process, on a busy machine. */
const DRAINED_SECONDS = 20;

/** Readings with one in a thousand that is none, and the row keys that must be stored. */
function ward(count: number, seed: number): { messages: string[]; keys: Set<string>; poison: Set<string> } {
  const encode = messageEncoder('json', 'core');
  const readings = createWard({
    patients: numberedPatients(20, seed),
    seed,
    startMs: Date.UTC(2026, 2, 1),
    intervalMs: 60_000,
    courses: [],
  }).readings();
  const messages: string[] = [];
  const keys = new Set<string>();
  const poison = new Set<string>();
  for (let index = 0; index < count; index++) {
    const reading = readings.next().value;
    if (index % 1000 === 500) {
      const bad = `{"poison":${index}}`;
      messages.push(bad);
      poison.add(bad);
    } else {
      messages.push(encode(reading));
      keys.add(bigtableRowKey(reading.patientId, reading.eventTimeMs));
    }
  }
  return { messages, keys, poison };
}

/** What a streaming worker survives, with Bigtable and Pub/Sub of this implementation, which all scenarios share. */
export function describeChaos(implementation: Implementation): void {
  describe(`with the ${implementation} emulators the streaming worker survives`, () => {
    let bigtable: OwnEmulator;
    let pubsub: OwnEmulator;
    let bigquery: FaultProxy;
    let target: VitalsTarget;
    let endpoints: typeof stack.endpoints;
    const children = new Set<ChildProcess>();

    beforeAll(async () => {
      [bigtable, pubsub, bigquery] = await Promise.all([
        startOwnEmulator('bigtable', implementation),
        startOwnEmulator('pubsub', implementation),
        startFaultProxy(stack.endpoints.bigquery),
      ]);
      endpoints = {
        ...stack.endpoints,
        bigtable: bigtable.endpoint,
        pubsub: pubsub.endpoint,
        bigquery: bigquery.url,
      };
    });
    afterAll(async () => {
      await Promise.all([bigtable?.end(), pubsub?.end()]);
      bigquery?.close();
    });
    beforeEach(async () => {
      target = await createVitalsTarget({ endpoints, ackDeadlineSeconds: 10 });
    });
    afterEach(async () => {
      for (const child of children) child.kill('SIGKILL');
      children.clear();
      bigquery.failing = false;
      pubsub.thaw();
      bigtable.thaw();
      await target.close();
    });

    const work = (input: Partial<StreamInput>, signal = new AbortController().signal) =>
      runStream(
        { sinks: ['bigtable', 'bigquery'], ackDeadlineMs: 10_000, ...input },
        { clients: target.clients, config: target.config, signal },
      );

    /** Works until that many messages have come, waiting for those that were leased to a stream which broke off. */
    async function workOff(count: number): Promise<void> {
      if (count === 0) return;
      const rest = await work({ maxMessages: count, idleTimeoutMs: 12_000 });
      expect(rest.written + rest.deadLettered).toBe(count);
    }

    /** The client gives up after a minute in which Pub/Sub is killed again and again. */
    async function publishAtLeastOnce(messages: readonly string[]): Promise<void> {
      for (let start = 0; start < messages.length; start += 500) {
        await eventually(async () => {
          await target.publish(messages.slice(start, start + 500));
          return true;
        }, 200_000);
      }
    }

    /** A worker as a process of its own, once it is receiving. */
    async function spawnWorker(...options: string[]): Promise<ChildProcess> {
      const child = spawn(
        process.execPath,
        [bin, 'stream', '--json', '--ack-deadline', '10s', ...options, ...target.flags],
        {
          env: {
            PATH: process.env.PATH,
            SPANNER_EMULATOR_HOST: endpoints.spanner,
            BIGTABLE_EMULATOR_HOST: endpoints.bigtable,
            PUBSUB_EMULATOR_HOST: endpoints.pubsub,
            BIGQUERY_EMULATOR_HOST: endpoints.bigquery,
            STORAGE_EMULATOR_HOST: endpoints.storage,
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      children.add(child);
      let talk = '';
      await new Promise<void>((started, reject) => {
        child.stderr!.on('data', (chunk: Buffer) => {
          talk += chunk.toString();
          if (talk.includes('streaming from')) started();
        });
        child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${talk}`)));
      });
      return child;
    }

    /** Stops a worker in good order. */
    async function terminate(child: ChildProcess): Promise<{ result: StreamResult; seconds: number }> {
      child.removeAllListeners('exit');
      let output = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      const startedMs = Date.now();
      child.kill('SIGTERM');
      const [code] = await once(child, 'close');
      expect(code).toBe(0);
      return { result: JSON.parse(output).result, seconds: (Date.now() - startedMs) / 1000 };
    }

    /** What was published is stored or put aside, each once, and nothing is left but what is known to wait. */
    async function expectExact(
      keys: Set<string>,
      poison: Set<string>,
      waiting: readonly string[] = [],
    ): Promise<void> {
      const stored = new Set((await target.bigtableRows()).keys());
      expect(difference(keys, stored)).toEqual({ missing: [], unexpected: [] });
      const streamed = (await target.bigQueryRows()).map((row) =>
        bigtableRowKey(String(row.Patient_ID), Date.parse(String(row.event_timestamp))),
      );
      expect(difference(keys, new Set(streamed))).toEqual({ missing: [], unexpected: [] });
      const aside = (await target.deadLetters()).map(({ data }) => data);
      expect(new Set([...aside, ...waiting.filter((message) => poison.has(message))])).toEqual(poison);
      expect(await target.backlog()).toEqual([]);
    }

    it(`SIGTERM at ${SIGTERMS} random points, everything published three times`, async () => {
      const { messages, keys, poison } = ward(6000, 1);
      const random = createRandom('sigterm');
      const publishing = (async () => {
        for (let round = 0; round < 3; round++) await target.publish(messages);
      })();
      let received = 0;
      let settled = 0;
      for (let round = 0; round < SIGTERMS; round++) {
        const controller = new AbortController();
        const timer = setTimeout(() => controller.abort(), random.integer(20, 500));
        const result = await work({}, controller.signal);
        clearTimeout(timer);
        expect(result.stoppedBy).toBe('signal');
        expect(result.received).toBe(result.written + result.deadLettered + result.nacked);
        expect(result.ackFailed).toBe(0);
        received += result.received;
        settled += result.written + result.deadLettered;
      }
      await publishing;
      expect(settled).toBe(received);
      // Acknowledged means acknowledged: nothing that a drained worker finished comes again.
      await workOff(3 * messages.length - settled);
      await expectExact(keys, poison);
    });

    it('SIGTERM of the process: exit code 0 within the drain timeout', async () => {
      const { messages, keys, poison } = ward(4000, 2);
      await target.publish(messages);
      const child = await spawnWorker('--drain-timeout', '5s');
      await new Promise((wait) => setTimeout(wait, 150));
      const { result, seconds } = await terminate(child);
      expect(seconds).toBeLessThan(DRAINED_SECONDS);
      expect(result.received).toBe(result.written + result.deadLettered + result.nacked);
      await workOff(messages.length - result.written - result.deadLettered);
      await expectExact(keys, poison);
    });

    it('SIGTERM while BigQuery does not answer: what is not stored can be pulled at once', async () => {
      const { messages, keys, poison } = ward(3000, 12);
      bigquery.failing = 'writes';
      await target.publish(messages);
      const stop = new AbortController();
      const working = work({ drainTimeoutMs: 6000, ackDeadlineMs: 60_000 }, stop.signal);
      await eventually(async () => (await target.bigtableRows()).size > 0);
      stop.abort();
      const result = await working;
      expect(result).toMatchObject({ stoppedBy: 'signal', written: 0, ackFailed: 0 });
      expect(result.nacked).toBeGreaterThan(0);
      // Sooner than the deadline of a minute, to which the worker had extended it.
      const startedMs = Date.now();
      bigquery.failing = false;
      await workOff(messages.length - result.deadLettered);
      expect(Date.now() - startedMs).toBeLessThan(30_000);
      await expectExact(keys, poison);
    });

    it('SIGTERM while Pub/Sub does not answer: what was held comes again', async () => {
      const { messages, keys, poison } = ward(3000, 13);
      bigquery.failing = 'writes';
      await target.publish(messages);
      const child = await spawnWorker('--drain-timeout', '5s');
      await eventually(async () => (await target.bigtableRows()).size > 0);
      pubsub.freeze();
      const { result, seconds } = await terminate(child);
      expect(seconds).toBeLessThan(DRAINED_SECONDS);
      expect(result.ackFailed).toBeGreaterThan(0);
      pubsub.thaw();
      bigquery.failing = false;
      // At once when it still reads what the worker gave back, and else after the deadline of 10 s.
      await work({ idleTimeoutMs: 12_000 });
      await expectExact(keys, poison);
    });

    it(`SIGKILL at ${SIGKILLS} random points`, { timeout: 300_000 }, async () => {
      const { messages, keys, poison } = ward(6000, 3);
      const random = createRandom('sigkill');
      const rounds = SIGKILLS / KILLED_AT_ONCE;
      const share = Math.ceil(messages.length / rounds);
      for (let round = 0; round < rounds; round++) {
        await target.publish(messages.slice(round * share, (round + 1) * share));
        await Promise.all(
          Array.from({ length: KILLED_AT_ONCE }, async () => {
            // The emulator goes on giving messages to each stream of a dead process until it notices, so few streams.
            const child = await spawnWorker('--streams', '1');
            child.removeAllListeners('exit');
            const ended = once(child, 'exit');
            await new Promise((wait) => setTimeout(wait, random.integer(0, 300)));
            child.kill('SIGKILL');
            await ended;
          }),
        );
      }
      // What the killed ones held comes again after the acknowledgement deadline. The emulator may give it to a stream
      // of the dead then, so the living have more of them.
      const stored = new AbortController();
      const running = work({ streams: 64 }, stored.signal);
      await eventually(async () => {
        const { missing } = difference(keys, new Set((await target.bigtableRows()).keys()));
        return missing.length === 0;
      }, 180_000);
      stored.abort();
      await running;
      // Stored, and not acknowledged before the kill: such a message may still wait.
      const waiting = await target.backlog();
      expect(difference(new Set(messages), new Set(waiting)).unexpected).toEqual([]);
      await expectExact(keys, poison, waiting);
    });

    it('Bigtable away for a while', async () => {
      const first = ward(3000, 4);
      const second = ward(3000, 5);
      const running = work({ idleTimeoutMs: 15_000 });
      await target.publish(first.messages);
      await eventually(async () => (await target.bigtableRows()).size === first.keys.size);
      // Google's keeps its tables in memory, so it stays alive and only says nothing.
      if (implementation === 'official') bigtable.freeze();
      else await bigtable.kill();
      await target.publish(second.messages);
      await new Promise((wait) => setTimeout(wait, 1500));
      if (implementation === 'official') bigtable.thaw();
      else await bigtable.start();
      const result = await running;
      if (implementation === 'embedded') expect(result.retried).toBeGreaterThan(0);
      await expectExact(
        new Set([...first.keys, ...second.keys]),
        new Set([...first.poison, ...second.poison]),
      );
    });

    // Google's keeps its topics in memory.
    if (implementation === 'embedded') {
      it('Pub/Sub killed and restarted, again and again', async () => {
        const { messages, keys, poison } = ward(6000, 14);
        const stored = new AbortController();
        const running = work({ streams: 8 }, stored.signal);
        const publishing = publishAtLeastOnce(messages);
        for (let round = 0; round < 5; round++) {
          await new Promise((wait) => setTimeout(wait, 300));
          await pubsub.kill();
          await pubsub.start();
        }
        await publishing;
        stored.abort();
        const { written, deadLettered } = await running;
        expect(written + deadLettered).toBeGreaterThan(0);
        await work({ idleTimeoutMs: 12_000 });
        await expectExact(keys, poison);
      }, 300_000);
    }

    it('Pub/Sub frozen and thawed', async () => {
      const { messages, keys, poison } = ward(6000, 6);
      const publishing = target.publish(messages);
      // What the emulator gave to the streams of before comes again after the acknowledgement deadline.
      const running = work({ idleTimeoutMs: 13_000, stallAfterMs: 1500 });
      await new Promise((wait) => setTimeout(wait, 300));
      pubsub.freeze();
      await new Promise((wait) => setTimeout(wait, 3000));
      pubsub.thaw();
      await publishing;
      await running;
      await expectExact(keys, poison);
    });

    it('BigQuery answering 503 for a while', async () => {
      const { messages, keys, poison } = ward(6000, 7);
      await target.publish(messages.slice(0, 1000));
      bigquery.refused = 0;
      let inFlight = 0;
      let started: () => void;
      const streaming = new Promise<void>((resolve) => {
        started = resolve;
      });
      const running = runStream(
        {
          sinks: ['bigtable', 'bigquery'],
          ackDeadlineMs: 10_000,
          // Longer than the worker waits before it tries BigQuery again.
          idleTimeoutMs: 15_000,
          maxInFlight: 1000,
          streams: 16,
        },
        {
          clients: target.clients,
          config: target.config,
          signal: new AbortController().signal,
          onStarted(worker) {
            started();
            const watch = setInterval(() => {
              inFlight = Math.max(inFlight, worker.inFlight);
            }, 5);
            watch.unref();
          },
        },
      );
      await streaming;
      bigquery.failing = true;
      await target.publish(messages.slice(1000));
      await new Promise((wait) => setTimeout(wait, 3000));
      expect(bigquery.refused).toBeGreaterThan(0);
      bigquery.failing = false;
      const result = await running;
      expect(result.retried).toBeGreaterThan(0);
      // Intake stops with the answer that reaches the limit; one more of each stream may be under way by then.
      expect(inFlight).toBeLessThan(1000 + 100 + 16 * 100);
      await expectExact(keys, poison);
    });

    it('four workers on one subscription', async () => {
      const { messages, keys, poison } = ward(6000, 12);
      const working = Promise.all(
        Array.from({ length: 4 }, () => work({ idleTimeoutMs: 10_000, maxInFlight: 500, streams: 4 })),
      );
      // Once all of them listen, so that no one of them is given everything.
      await new Promise((wait) => setTimeout(wait, 1000));
      await target.publish(messages);
      const results = await working;
      expect(results.reduce((sum, result) => sum + result.written, 0)).toBe(keys.size);
      for (const result of results) expect(result.written).toBeGreaterThan(0);
      await expectExact(keys, poison);
    });
  });
}

/** Short enough to read in a report. */
function difference(wanted: Set<string>, found: Set<string>): { missing: string[]; unexpected: string[] } {
  return {
    missing: [...wanted].filter((key) => !found.has(key)).slice(0, 5),
    unexpected: [...found].filter((key) => !wanted.has(key)).slice(0, 5),
  };
}

async function eventually(check: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const met = await check().catch(() => false);
    if (met) return;
    if (Date.now() > deadline) throw new Error('the condition was not met in time');
    await new Promise((wait) => setTimeout(wait, 200));
  }
}
