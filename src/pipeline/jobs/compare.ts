import { JOB_DEFAULTS } from './defaults.js';

/** What is stored under each key: rows, cells or letters as text, in no order. */
export type StoredTexts = ReadonlyMap<string, readonly string[]>;

/** Where the two engines store. */
export type StoreName = 'bigtable' | 'bigquery' | 'deadLetters';
export type Stored = Readonly<Record<StoreName, StoredTexts>>;

/** What one of two stored otherwise under a key; null where there is nothing under it. */
export interface Difference<S extends string> {
  store: S;
  key: string;
  expected: string[] | null;
  found: string[] | null;
}

export interface Comparison<S extends string> {
  /** Keys in each store, of either. */
  compared: Record<S, number>;
  equal: boolean;
  /** How many keys differ. */
  different: number;
  /** The first of them, in the order of their keys. */
  differences: Difference<S>[];
}

/** Compares byte by byte. What stands twice under a key counts twice. @param limit of the differences that are listed */
export function compareStored<S extends string>(
  expected: Readonly<Record<S, StoredTexts>>,
  found: Readonly<Record<S, StoredTexts>>,
  limit: number = JOB_DEFAULTS.listedDifferences,
): Comparison<S> {
  const compared = {} as Record<S, number>;
  const differences: Difference<S>[] = [];
  let different = 0;
  for (const store of Object.keys(expected) as S[]) {
    const keys = [...new Set([...expected[store].keys(), ...found[store].keys()])].sort();
    compared[store] = keys.length;
    for (const key of keys) {
      const [left, right] = [sorted(expected[store].get(key)), sorted(found[store].get(key))];
      if (JSON.stringify(left) === JSON.stringify(right)) continue;
      different++;
      if (differences.length < limit) differences.push({ store, key, expected: left, found: right });
    }
  }
  return { compared, equal: different === 0, different, differences };
}

function sorted(texts: readonly string[] | undefined): string[] | null {
  return texts === undefined ? null : [...texts].sort();
}
