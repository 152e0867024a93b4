import type { BigtablePort, BigtableRow } from '../../src/gcp/bigtable/port.js';
import type { StoredCell } from '../../src/gcp/bigtable/rows.js';

/** A table in memory that keeps the newest version of each cell, as the service does with one version kept. */
export class FakeBigtable {
  readonly rows = new Map<string, Map<string, StoredCell>>();
  readonly #family: string;

  constructor(family: string) {
    this.#family = family;
  }

  /** @param beforeEach runs before every call; what it throws is the call's failure. */
  port(beforeEach: () => Promise<void> = async () => {}): BigtablePort {
    return {
      check: async () => {},
      mutateRows: async (rows) => {
        await beforeEach();
        for (const row of rows) this.#put(row);
        return [];
      },
      readRows: async (ranges, { limit, families }) => {
        await beforeEach();
        const isWanted = (key: string) =>
          [ranges].flat().some(({ start, end }) => key >= start && (end === '' || key < end));
        const keys = [...this.rows.keys()].filter(isWanted).sort();
        return keys
          .map((key) => ({
            key,
            cells: [...this.rows.get(key)!.values()].filter(
              ({ family }) => families === undefined || families.includes(family),
            ),
          }))
          .filter(({ cells }) => cells.length > 0)
          .slice(0, limit);
      },
      setIfUnchanged: async ({ key, family, qualifier, timestampMs, expected, value }) => {
        await beforeEach();
        const cell = this.rows.get(key)?.get(`${family}:${qualifier}`);
        const isSame = expected === undefined ? cell === undefined : cell?.value.equals(expected) === true;
        if (isSame) this.#set(key, { family, qualifier, timestampMs, value });
        return isSame;
      },
      removeCells: async ({ key, family, qualifiers }) => {
        await beforeEach();
        for (const qualifier of qualifiers) this.rows.get(key)?.delete(`${family}:${qualifier}`);
      },
    };
  }

  #put({ key, timestampMs, cells, family = this.#family }: BigtableRow): void {
    for (const { qualifier, value } of cells) {
      this.#set(key, { family, qualifier: qualifier.toString('utf8'), timestampMs, value });
    }
  }

  #set(key: string, cell: StoredCell): void {
    const row = this.rows.get(key) ?? new Map<string, StoredCell>();
    this.rows.set(key, row);
    const name = `${cell.family}:${cell.qualifier}`;
    if (cell.timestampMs >= (row.get(name)?.timestampMs ?? 0)) row.set(name, cell);
  }
}
