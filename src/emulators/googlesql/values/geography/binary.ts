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
import { closed } from './text.js';

const CODES = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
];

/** Well-known binary, with the lower bytes first. */
export function wkbOf(geography: Geography): Buffer {
  const kind = kindOf(geography);
  const { points, lines, polygons } = geography;
  const head = Buffer.concat([Buffer.from([1]), integer(CODES.indexOf(kind) + 1)]);
  const list = (places: readonly Place[]) => Buffer.concat([integer(places.length), ...places.map(pair)]);
  if (kind === 'Point') return Buffer.concat([head, pair(points[0]!)]);
  if (kind === 'LineString') return Buffer.concat([head, list(lines[0]!)]);
  if (kind === 'Polygon') {
    const rings = polygons[0]!;
    return Buffer.concat([head, integer(rings.length), ...rings.map((ring) => list(closed(ring)))]);
  }
  const parts = elementsOf(geography);
  return Buffer.concat([head, integer(parts.length), ...parts.map(wkbOf)]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function pair({ lng, lat }: Place): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeDoubleLE(lng);
  bytes.writeDoubleLE(lat, 8);
  return bytes;
}

/** @throws Error that says what is wrong */
export function readWkb(bytes: Uint8Array): Geography {
  const reader = new Reader(Buffer.from(bytes));
  const geography = reader.geography();
  reader.expectEnd();
  return geography;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #isLittle = true;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  geography(): Geography {
    const order = this.#take(1)[0];
    if (order !== 0 && order !== 1) throw new Error('the first byte is neither 0 nor 1');
    this.#isLittle = order === 1;
    const code = this.#integer();
    switch (CODES[code - 1]) {
      case 'Point':
        return this.#point();
      case 'LineString':
        return ofLine(this.#list(() => this.#place()));
      case 'Polygon': {
        const rings = this.#list(() => this.#list(() => this.#place()));
        return rings.length === 0 ? EMPTY : { ...EMPTY, polygons: [polygonOf(rings)] };
      }
      case undefined:
        throw new Error(`the kind ${code} is unknown`);
      default:
        return collect(this.#list(() => this.geography()));
    }
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length) throw new Error('there are bytes behind its end');
  }

  #point(): Geography {
    const [lng, lat] = [this.#double(), this.#double()];
    return Number.isNaN(lng) && Number.isNaN(lat) ? EMPTY : ofPoints([placeAt(lng, lat)]);
  }

  #place(): Place {
    const [lng, lat] = [this.#double(), this.#double()];
    return placeAt(lng, lat);
  }

  #list<T>(read: () => T): T[] {
    const count = this.#integer();
    if (count > this.#bytes.length) throw new Error('it ends too early');
    return Array.from({ length: count }, read);
  }

  #integer(): number {
    const bytes = this.#take(4);
    return this.#isLittle ? bytes.readUInt32LE() : bytes.readUInt32BE();
  }

  #double(): number {
    const bytes = this.#take(8);
    return this.#isLittle ? bytes.readDoubleLE() : bytes.readDoubleBE();
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error('it ends too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
