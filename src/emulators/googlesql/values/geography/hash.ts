import { type Geography, ofPoints, type Place, placeAt } from './model.js';

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';

/** https://en.wikipedia.org/wiki/Geohash */
export function geohashOf({ lng, lat }: Place, characters: number): string {
  let [west, east, south, north] = [-180, 180, -90, 90];
  let text = '';
  for (let bit = 0, bits = 0; text.length < characters; bit++) {
    const value = bit % 2 === 0 ? lng : lat;
    const middle = bit % 2 === 0 ? (west + east) / 2 : (south + north) / 2;
    const isUpper = value >= middle;
    bits = bits * 2 + (isUpper ? 1 : 0);
    if (bit % 2 === 0) [west, east] = isUpper ? [middle, east] : [west, middle];
    else [south, north] = isUpper ? [middle, north] : [south, middle];
    if (bit % 5 !== 4) continue;
    text += ALPHABET[bits]!;
    bits = 0;
  }
  return text;
}

/** The middle of the box. @throws Error for other characters */
export function pointOfGeohash(text: string): Geography {
  let [west, east, south, north] = [-180, 180, -90, 90];
  let bit = 0;
  for (const character of text.toLowerCase()) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) throw new Error(`the character ${character} is in no geohash`);
    for (let place = 4; place >= 0; place--, bit++) {
      const isUpper = ((digit >> place) & 1) === 1;
      if (bit % 2 === 0) [west, east] = isUpper ? [(west + east) / 2, east] : [west, (west + east) / 2];
      else [south, north] = isUpper ? [(south + north) / 2, north] : [south, (south + north) / 2];
    }
  }
  return ofPoints([placeAt((west + east) / 2, (south + north) / 2)]);
}
