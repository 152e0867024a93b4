import { expect, it } from 'vitest';
import { type PipelineSample, pipelineSnapshot } from '../../../src/dashboard/pipeline/pipeline-page.js';
import { ratesOf, sampleOf } from '../../../src/dashboard/pipeline/worker-metrics.js';
import { htmlOf } from '../../../src/dashboard/update.js';

const METRICS = `# HELP healthmon_messages_received_total Messages received
healthmon_messages_received_total 100
healthmon_readings_written_total 90
healthmon_dead_letters_total{reason="invalid-json"} 2
healthmon_dead_letters_total{reason="missing-field"} 3
healthmon_messages_in_flight 7
healthmon_intake_paused 1
healthmon_backlog_messages NaN
healthmon_latency_seconds{quantile="0.5"} 0.25
healthmon_latency_seconds{quantile="0.95"} 1.5
process_cpu_seconds_total 4
`;

it('reads what a worker says of itself', () => {
  expect(sampleOf(METRICS, 5)).toEqual({
    atMs: 5,
    received: 100,
    written: 0,
    readings: 90,
    deadLetters: 5,
    inFlight: 7,
    oldestSeconds: 0,
    silentSeconds: 0,
    isPaused: true,
    backlog: null,
    latencySeconds: { p50: 0.25, p95: 1.5, p99: 0 },
  });
});

it('tells a backlog of nothing from one that nobody counts', () => {
  expect(sampleOf('healthmon_backlog_messages 0', 5).backlog).toBe(0);
  expect(sampleOf('healthmon_backlog_messages NaN', 5).backlog).toBeNull();
  expect(sampleOf('', 5).backlog).toBeNull();
});

it('has rates between two samples of one worker, and none across its restart', () => {
  const sample = (atMs: number, received: number) => ({ ...sampleOf('', atMs), received });
  expect(ratesOf(sample(1_000, 10), sample(3_000, 50))).toMatchObject({ receivedPerSecond: 20 });
  expect(ratesOf(undefined, sample(3_000, 50))).toBeNull();
  expect(ratesOf(sample(1_000, 100), sample(3_000, 5))).toBeNull();
});

const sample: PipelineSample = {
  atMs: 0,
  silentSeconds: 2,
  behindSeconds: 3,
  patients: 200,
  stale: 4,
  openAlerts: 5,
  emergencies: 1,
  worker: undefined,
  rates: null,
};

function html(...samples: PipelineSample[]): string {
  const { parts, body } = pipelineSnapshot(samples);
  return htmlOf(body((id) => parts.find((part) => part.id === id)!.draw()));
}

it('says in words and in cyan that a worker does not answer, and how long nothing came', () => {
  const silent = html({ ...sample, silentSeconds: 75, worker: { error: 'fetch failed' } });
  expect(silent).toContain('<p class="technical">⌁ The worker does not answer: fetch failed</p>');
  expect(silent).toContain('<p class="big technical" id="silent">75 s</p>');
  const fine = html(sample);
  expect(fine).toContain('<p class="big" id="silent">2 s</p>');
  expect(fine).not.toContain('⌁');
});

it('shows the rates on the edges', () => {
  const worker = sampleOf(METRICS, 0);
  const rates = { receivedPerSecond: 123.4, readingsPerSecond: 2.34, deadLettersPerSecond: 0 };
  const text = html({ ...sample, worker, rates }, { ...sample, atMs: 2_000, worker, rates });
  expect(text).toContain('>123/s<');
  expect(text).toContain('>2.3/s<');
  expect(text).toContain('7 in flight');
});
