import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { Kept } from '../kept.js';
import type { Answer, Row, Tile } from './tile.js';

export interface TileReaderTools {
  bigQuery: BigQueryPort;
  signal: AbortSignal;
  nowMs(): number;
  /** An answer that is younger serves everybody who asks the same. */
  maxAgeMs: number;
}

/** Answers that are asked for on demand are this young. */
const FRESH_MS = 5_000;

export class TileReader {
  readonly #tools: TileReaderTools;
  readonly #kept: Kept<{ rows: Row[]; bytes: number; readAt: string }>;

  constructor(tools: TileReaderTools) {
    this.#tools = tools;
    this.#kept = new Kept(tools.maxAgeMs, tools.nowMs);
  }

  get maxAgeMs(): number {
    return this.#tools.maxAgeMs;
  }

  /** Never fails: an answer says why there is none. @param isFresh asks anew unless it was asked just now. */
  async read({ ask, title }: Tile, isFresh: boolean): Promise<Answer> {
    const key = 'sql' in ask ? JSON.stringify([ask.sql, ask.params]) : ask.command;
    const { bigQuery, signal, nowMs } = this.#tools;
    try {
      const answer = await this.#kept.get(
        key,
        async () => {
          const readAt = new Date(nowMs()).toISOString();
          if (!('sql' in ask)) return { rows: await ask.read(), bytes: 0, readAt };
          const outcome = await bigQuery.query(ask.sql, {
            params: ask.params,
            signal,
            doing: `read "${title}"`,
          });
          return { rows: await outcome.rows(), bytes: outcome.bytesProcessed, readAt };
        },
        isFresh ? FRESH_MS : undefined,
      );
      return { ...answer, error: null };
    } catch (error) {
      return { rows: [], bytes: 0, error: (error as Error).message, readAt: new Date(nowMs()).toISOString() };
    }
  }
}
