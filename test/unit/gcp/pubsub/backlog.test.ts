import { describe, expect, it } from 'vitest';
import { backlogPort } from '../../../../src/gcp/pubsub/backlog.js';

describe('the backlog', () => {
  it('is what Cloud Monitoring counted last', async () => {
    const asked: URL[] = [];
    const port = backlogPort('ward-project', 'patient-vitals-worker', async (url) => {
      asked.push(new URL(url));
      const points = url.includes('num_undelivered') ? ['4200', '9000'] : ['17', '400'];
      return { timeSeries: [{ points: points.map((int64Value) => ({ value: { int64Value } })) }] };
    });
    expect(await port.read()).toEqual({ messages: 4200, oldestAgeSeconds: 17 });
    expect(asked.map(({ pathname }) => pathname)).toEqual([
      '/v3/projects/ward-project/timeSeries',
      '/v3/projects/ward-project/timeSeries',
    ]);
    expect(asked[0]!.searchParams.get('filter')).toBe(
      'metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages" AND ' +
        'resource.labels.subscription_id="patient-vitals-worker"',
    );
    const from = Date.parse(asked[0]!.searchParams.get('interval.startTime')!);
    const to = Date.parse(asked[0]!.searchParams.get('interval.endTime')!);
    expect(to - from).toBe(600_000);
  });

  it('is unknown while there are no figures', async () => {
    expect(await backlogPort('p', 's', async () => ({})).read()).toBeUndefined();
  });
});
