import type { VNode } from 'preact';

/** A part of a page, which a live page replaces by its id when what it shows has changed. */
export interface Part {
  /** Of its element. */
  id: string;
  /** What it shows, as text: a part with the same key is not drawn again. */
  key: string;
  draw(): VNode;
}

/** A page at one moment. */
export interface Snapshot {
  /** For `.json`. */
  data: unknown;
  /** For `.csv`. */
  table(): Table;
  parts: Part[];
  /** Ids of the parts that are rows of the page's list, in their order. */
  order?: readonly string[];
  /** Newest event time of the feed, and how long nothing newer has come; where the page knows the feed. */
  feed?: FeedClock;
  /** The body, with its parts drawn in. */
  body(drawn: (id: string) => VNode): VNode;
}

export interface Table {
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
}

export interface FeedClock {
  /** RFC 3339; null without any reading. */
  asOf: string | null;
  silentSeconds: number;
}

/** What the address says besides the path: filters, order, range of time. */
export type Query = URLSearchParams;

/** Something that can be looked at. Ids in a path are `:name`. */
export interface Page {
  path: string;
  title(params: Readonly<Record<string, string>>): string;
  /** In the head of every page; null for a page that is come to from another. */
  nav: string | null;
  /** How often a live page is read anew. */
  intervalMs: number;
  read(params: Readonly<Record<string, string>>, query: Query): Promise<Snapshot>;
}
