import {
  collect,
  EMPTY,
  elementsOf,
  type Geography,
  kindOf,
  ofLine,
  ofPoints,
  type Place,
  placeAt,
} from './model.js';
import { polygonOf } from './polygon.js';

const DIGITS = 15;

/** A number of degrees as the service prints it: 15 digits, as C's `%.15g`. */
export function degreesText(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential(DIGITS - 1).split('e');
  const power = Number(exponent);
  if (value === 0) return '0';
  if (power < -4 || power >= DIGITS) {
    const digits = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const fixed = value.toFixed(DIGITS - 1 - power);
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}

type Print = (value: number) => string;

/** Well-known text, as ST_ASTEXT prints it. */
export function wktOf(geography: Geography): string {
  return wkt(geography, degreesText);
}

/** Well-known text with all digits, in which values are stored. */
export function storedText(geography: Geography): string {
  return wkt(geography, String);
}

function wkt(geography: Geography, print: Print): string {
  const kind = kindOf(geography);
  const { points, lines, polygons } = geography;
  const name = kind.toUpperCase();
  const list = (places: readonly Place[]) =>
    places.map(({ lng, lat }) => `${print(lng)} ${print(lat)}`).join(', ');
  const line = (places: readonly Place[]) => `(${list(places)})`;
  const polygon = (rings: readonly (readonly Place[])[]) =>
    `(${rings.map((ring) => line(closed(ring))).join(', ')})`;
  switch (kind) {
    case 'Point':
    case 'MultiPoint':
      return `${name}${line(points)}`;
    case 'LineString':
      return `${name}${line(lines[0]!)}`;
    case 'MultiLineString':
      return `${name}(${lines.map(line).join(', ')})`;
    case 'Polygon':
      return `${name}${polygon(polygons[0]!)}`;
    case 'MultiPolygon':
      return `${name}(${polygons.map(polygon).join(', ')})`;
    default: {
      const parts = elementsOf(geography).map((part) => wkt(part, print));
      return parts.length === 0 ? `${name} EMPTY` : `${name}(${parts.join(', ')})`;
    }
  }
}

export function closed(ring: readonly Place[]): readonly Place[] {
  return [...ring, ring[0]!];
}

/** A stored value as it is shown. */
export function shownText(stored: string): string {
  return stored.replace(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g, (number) => degreesText(Number(number)));
}

const KEPT = 256;
const LONGEST_KEPT = 10_000;
const kept = new Map<string, Geography>();

/** A value as it is stored. */
export function readStored(text: string): Geography {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const geography = readWkt(text, true);
  if (text.length > LONGEST_KEPT) return geography;
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, geography);
  return geography;
}

/** Well-known text. @throws Error that says what is wrong */
export function readWkt(text: string, isOriented = false): Geography {
  const reader = new Reader(text, isOriented);
  const geography = reader.geography();
  reader.expectEnd();
  return geography;
}

class Reader {
  readonly #tokens: string[];
  readonly #isOriented: boolean;
  #at = 0;

  constructor(text: string, isOriented: boolean) {
    this.#tokens = text.match(/[A-Za-z]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[(),]|[^\s]/g) ?? [];
    this.#isOriented = isOriented;
  }

  geography(): Geography {
    const kind = this.#next()?.toUpperCase() ?? '';
    if (/^(Z|M|ZM)$/i.test(this.#tokens[this.#at] ?? ''))
      throw new Error('only two dimensions are supported');
    if (this.#tokens[this.#at]?.toUpperCase() === 'EMPTY') {
      this.#at += 1;
      return EMPTY;
    }
    switch (kind) {
      case 'POINT':
        return ofPoints(this.#listed(() => this.#place()));
      case 'LINESTRING':
        return ofLine(this.#places());
      case 'POLYGON':
        return this.#polygon();
      case 'MULTIPOINT':
        return ofPoints(
          this.#listed(() => (this.#tokens[this.#at] === '(' ? this.#places()[0]! : this.#place())),
        );
      case 'MULTILINESTRING':
        return collect(this.#listed(() => ofLine(this.#places())));
      case 'MULTIPOLYGON':
        return collect(this.#listed(() => this.#polygon()));
      case 'GEOMETRYCOLLECTION':
        return collect(this.#listed(() => this.geography()));
      default:
        throw new Error(`unknown kind of geography: ${kind}`);
    }
  }

  expectEnd(): void {
    if (this.#at < this.#tokens.length) throw new Error(`unexpected ${this.#tokens[this.#at]}`);
  }

  #polygon(): Geography {
    return {
      ...EMPTY,
      polygons: [
        polygonOf(
          this.#listed(() => this.#places()),
          this.#isOriented,
        ),
      ],
    };
  }

  #places(): Place[] {
    return this.#listed(() => this.#place());
  }

  #place(): Place {
    const [lng, lat] = [this.#number(), this.#number()];
    return placeAt(lng, lat);
  }

  #number(): number {
    const token = this.#next();
    const value = Number(token);
    if (token === undefined || Number.isNaN(value))
      throw new Error(`a number is wanted, not ${token ?? 'the end'}`);
    return value;
  }

  #listed<T>(read: () => T): T[] {
    this.#expect('(');
    const items = [read()];
    while (this.#tokens[this.#at] === ',') {
      this.#at += 1;
      items.push(read());
    }
    this.#expect(')');
    return items;
  }

  #expect(symbol: string): void {
    const token = this.#next();
    if (token !== symbol) throw new Error(`${symbol} is wanted, not ${token ?? 'the end'}`);
  }

  #next(): string | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }
}
