import type { VNode } from 'preact';
import type { QueryParameter } from '../../gcp/bigquery/port.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';

export type Row = Record<string, JsonValue>;

/** A part of a page with one answer in it, and how it was asked for. */
export interface Tile {
  /** Letters and `-`; of its element too. */
  id: string;
  title: string;
  /** What it says and what it does not, in a sentence. */
  about: string;
  wide?: boolean;
  ask: TileQuery | TileCommand;
  draw(rows: readonly Row[]): VNode;
}

/** Asked of BigQuery. */
export interface TileQuery {
  sql: string;
  params: readonly QueryParameter[];
}

/** Asked elsewhere; `command` shows the same. */
export interface TileCommand {
  command: string;
  read(): Promise<Row[]>;
}

/** What a tile's question was answered with. */
export interface Answer {
  rows: readonly Row[];
  /** What BigQuery read for it. */
  bytes: number;
  /** Why there is nothing. */
  error: string | null;
  /** RFC 3339. */
  readAt: string;
}
