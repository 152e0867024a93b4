import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root.js';
import { usageError } from '../../errors/healthmon-error.js';

/** What is billed, and by which unit: GB are 10^9 bytes, GiB and TiB powers of two. */
export const RATES = [
  'bigqueryInsertGb',
  'bigquerySubscriptionTib',
  'bigtableNodeHour',
  'cloudRunGibSecond',
  'cloudRunVcpuSecond',
  'dataflowBatchGbHour',
  'dataflowBatchVcpuHour',
  'dataflowDiskGbHour',
  'dataflowShuffleGb',
  'dataflowStreamingEngineGb',
  'dataflowStreamingGbHour',
  'dataflowStreamingVcpuHour',
  'pubsubTib',
  'spannerNodeHour',
] as const;
export type RateName = (typeof RATES)[number];

/** List prices of one location on one day. */
export interface Prices {
  /** When they were looked up, `YYYY-MM-DD`. */
  asOf: string;
  /** ISO 4217. */
  currency: string;
  location: string;
  hoursPerMonth: number;
  rates: Readonly<Record<RateName, number>>;
}

/** Where the prices of a file stand in for those of the package, which lie in `templates/prices.json`. */
interface PriceFile extends Omit<Prices, 'rates'> {
  rates: Partial<Record<RateName, { price: number; source?: string }>>;
}

/**
 * The prices of the package, and those of a file of the same shape in their place, which may leave some out.
 * @throws HealthmonError for a file that is none of prices
 */
export function readPrices(file: string | undefined): Prices {
  const own = parse(join(packageRoot(), 'templates', 'prices.json'));
  if (file === undefined) return own as Prices;
  const given = parse(file);
  const { currency = own.currency } = given;
  if (currency !== own.currency && RATES.some((name) => given.rates[name] === undefined)) {
    throw refused(
      file,
      `Prices in ${currency} have to name all rates, because those left out are in ${own.currency}.`,
    );
  }
  return { ...own, ...given, rates: { ...own.rates, ...given.rates } } as Prices;
}

function parse(file: string): Partial<Omit<Prices, 'rates'>> & { rates: Partial<Prices['rates']> } {
  let parsed: Partial<PriceFile>;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8')) as Partial<PriceFile>;
  } catch (cause) {
    throw refused(file, (cause as Error).message, cause);
  }
  if (typeof parsed !== 'object' || parsed === null) throw refused(file, 'It holds no object.');
  const { asOf, currency, hoursPerMonth, location, rates = {} } = parsed;
  const texts = { asOf, currency, location };
  const wrong = Object.entries(texts).find(([, text]) => text !== undefined && typeof text !== 'string');
  if (wrong !== undefined) throw refused(file, `${wrong[0]} is no text.`);
  if (hoursPerMonth !== undefined && !(hoursPerMonth > 0))
    throw refused(file, 'hoursPerMonth is not positive.');
  const prices: Partial<Record<RateName, number>> = {};
  for (const [name, rate] of Object.entries(rates)) {
    if (!(RATES as readonly string[]).includes(name)) throw refused(file, `There is no rate ${name}.`);
    const price = rate?.price;
    if (typeof price !== 'number' || !(price >= 0)) throw refused(file, `The price of ${name} is no amount.`);
    prices[name as RateName] = price;
  }
  const given = Object.entries({ ...texts, hoursPerMonth }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), rates: prices };
}

function refused(file: string, detail: string, cause?: unknown): Error {
  return usageError({
    code: 'prices-invalid',
    message: `The price file ${file} cannot be used.`,
    detail,
    suggestion: 'Write it as templates/prices.json of the package is written, with the rates that differ.',
    cause,
  });
}
