import type { OptionSpec } from '../../../src/cli/command.js';
import type { Prices } from '../../../src/pipeline/costs/prices.js';

export const PRICE_FILE_OPTION = {
  flags: '--price-file <file>',
  type: 'string',
  description: 'prices of your location or contract, written as templates/prices.json of the package is',
} as const satisfies OptionSpec;

export const PRICES_RESULT = {
  currency: 'of all amounts',
  location: 'whose prices they are',
  asOf: 'when these were looked up',
  rates: 'the price of each unit',
} as const;

/** The prices in force. @param file as given, from `cwd` */
export async function pricesOf(file: string | undefined, cwd: string): Promise<Prices> {
  const [{ resolve }, { readPrices }] = await Promise.all([
    import('node:path'),
    import('../../../src/pipeline/costs/prices.js'),
  ]);
  return readPrices(file === undefined ? undefined : resolve(cwd, file));
}

/** What an amount is to be read with. */
export function pricesNote({
  asOf,
  currency,
  location,
}: Pick<Prices, 'asOf' | 'currency' | 'location'>): string {
  return `${currency}, list prices of ${location} as of ${asOf}`;
}
