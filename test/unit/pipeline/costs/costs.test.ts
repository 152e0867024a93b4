import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { floorCosts, loadCosts, streamCosts } from '../../../../src/pipeline/costs/estimate.js';
import { type Prices, RATES, readPrices } from '../../../../src/pipeline/costs/prices.js';
import { runHealthmon } from '../../../helpers/run.js';

const folder = mkdtempSync(join(tmpdir(), 'healthmon-prices-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function priceFile(content: unknown): string {
  const file = join(folder, 'prices.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

/** One of everything costs one. */
const ONES: Prices = {
  ...{ asOf: '2026-01-01', currency: 'EUR', location: 'here', hoursPerMonth: 1 },
  rates: Object.fromEntries(RATES.map((name) => [name, 1])) as Prices['rates'],
};

describe('prices', () => {
  it('have a day, a place, and every rate', () => {
    const prices = readPrices(undefined);
    expect(prices).toMatchObject({ currency: 'USD', location: 'us-central1', hoursPerMonth: 730 });
    expect(prices.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(Object.keys(prices.rates).sort()).toEqual([...RATES].sort());
  });

  it('are those of a file where it names them', () => {
    const file = priceFile({ asOf: '2027-01-01', rates: { pubsubTib: { price: 7 } } });
    const { asOf, rates, location } = readPrices(file);
    expect({ asOf, location }).toEqual({ asOf: '2027-01-01', location: 'us-central1' });
    expect([rates.pubsubTib, rates.spannerNodeHour]).toEqual([
      7,
      readPrices(undefined).rates.spannerNodeHour,
    ]);
  });

  it.each([
    ['no JSON', '{', 'JSON'],
    ['null', 'null', 'no object'],
    ['a rate that there is not', { rates: { pubsub: { price: 1 } } }, 'There is no rate pubsub.'],
    ['no amount', { rates: { pubsubTib: { price: '7' } } }, 'The price of pubsubTib is no amount.'],
    ['a negative amount', { rates: { pubsubTib: { price: -1 } } }, 'The price of pubsubTib is no amount.'],
    ['another currency for some rates', { currency: 'EUR' }, 'have to name all rates'],
    ['months of no hours', { hoursPerMonth: 0 }, 'hoursPerMonth is not positive.'],
  ])('are refused as %s', (_what, content, detail) => {
    expect(() => readPrices(priceFile(content))).toThrow(expect.objectContaining({ code: 'prices-invalid' }));
    let found = '';
    try {
      readPrices(priceFile(content));
    } catch (error) {
      found = (error as { detail: string }).detail;
    }
    expect(found).toContain(detail);
  });
});

describe('estimates', () => {
  it('count what is billed', () => {
    // An hour of a message of 2^20 bytes a second, so that each price is met by a round number.
    const load = { messagesPerSecond: 1, messageBytes: 2 ** 20, workers: 3, machineType: 'n2-standard-2' };
    const bytes = 3600 * 2 ** 20;
    const { dataflow, 'worker-pool': pool, subscriptions } = streamCosts(load, ONES);
    // Each of three machines has 2 vCPUs, 8 GB and a disk of 30 GB.
    expect(dataflow.machines).toBe(3 * (2 + 8 + 30));
    expect(dataflow.streamingEngine).toBeCloseTo(bytes / 1e9, 2);
    expect(dataflow.bigquery).toBeCloseTo(bytes / 1e9, 2);
    expect(dataflow.pubsub).toBeCloseTo((2 * bytes) / 2 ** 40, 2);
    expect(pool).toMatchObject({ machines: 3 * 3600 * 2, bigquery: dataflow.bigquery });
    expect(subscriptions).toEqual({ pubsub: dataflow.pubsub, total: dataflow.pubsub });
    expect(dataflow.total).toBeCloseTo(120 + (2 * bytes) / 1e9 + (2 * bytes) / 2 ** 40, 1);
  });

  it('bill a streamed row as a kilobyte at least', () => {
    const load = { messagesPerSecond: 1000, messageBytes: 100, workers: 1, machineType: 'n1-highmem-4' };
    expect(streamCosts(load, ONES).dataflow.bigquery).toBeCloseTo((3600 * 1000 * 1024) / 1e9, 2);
    expect(streamCosts(load, ONES).dataflow.machines).toBe(4 + 26 + 30);
  });

  it('of a load and of idle instances', () => {
    expect(loadCosts({ gigabytes: 5, hours: 2, workers: 3, machineType: 'e2-highcpu-2' }, ONES)).toEqual({
      ...{ machines: 2 * 3 * (2 + 2 + 25), shuffle: 5, total: 179 },
    });
    expect(floorCosts({ processingUnits: 500, bigtableNodes: 2 }, { ...ONES, hoursPerMonth: 10 })).toEqual({
      ...{ spanner: 5, bigtable: 20, total: 25 },
    });
  });

  it('know no machine by guessing', () => {
    const load = { messagesPerSecond: 1, messageBytes: 1, workers: 1, machineType: 'z9-standard-2' };
    expect(() => streamCosts(load, ONES)).toThrow('The machine type "z9-standard-2"');
  });
});

it('a plan says what its instances cost, and only a plan', async () => {
  const cloud = ['provision', '--target', 'cloud', '--project', 'ward-7', '--estimate'];
  const env = { PATH: process.env.PATH, HOME: folder };
  const words = ['--dry-run', '--set', 'spanner.processingUnits=1000', '--json'];
  const { result } = (await runHealthmon([...cloud, ...words], { cwd: folder, env })).json();
  const { estimate } = result as unknown as { estimate: { monthly: Record<string, number> } };
  // A node of 0.90 and one of 0.65 an hour, all month.
  expect(estimate.monthly).toEqual({ spanner: 657, bigtable: 474.5, total: 1131.5 });
  const refused = await runHealthmon([...cloud, '--json'], { cwd: folder, env });
  expect(refused.json().error).toMatchObject({ code: 'conflicting-options' });
});
