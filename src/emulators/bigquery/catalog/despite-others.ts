import { setTimeout as sleep } from 'node:timers/promises';
import { isConflict, isStale } from '../../googlesql/duck/conflict.js';
import type { Catalog } from './catalog.js';

/** How long work is begun anew before it fails as what others keep from its tables. */
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 50;
/** How often it is when the catalog says that nothing changed: DuckDB commits a moment before. */
const BLIND_TRIES = 3;

/**
 * Does work that happens as a whole or not at all, and again when others changed its tables meanwhile: DuckDB refuses
 * the second of two changes at once, and SQL that was compiled for columns which are gone.
 */
export async function despiteOthers<Result>(
  catalog: Pick<Catalog, 'version'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const deadline = Date.now() + PATIENCE_MS;
  let blindTries = 0;
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const { version } = catalog;
    try {
      return await work();
    } catch (error) {
      if (isStale(error) && catalog.version === version) blindTries++;
      const isTheirs = isConflict(error) || (isStale(error) && blindTries <= BLIND_TRIES);
      if (!isTheirs || Date.now() > deadline) throw error;
    }
    // Two that run into each other must not do so again.
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}
