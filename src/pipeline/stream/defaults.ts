/**
 * What holds for a stream where nothing else is said. Imports nothing, so that the declaration of the command can be
 * read without loading the stream.
 */
export const STREAM_DEFAULTS = {
  /**
   * Google's emulator hands each streaming pull about 2,000 messages a second (100 every 50 ms), whatever the client
   * does, and a unary pull at most 100 at a time, 20,000 a second with many side by side: only more streams make it
   * faster. 32 of them give twice what both sinks take on one machine. The real service fills one stream with about
   * 10 MB/s, and the embedded Pub/Sub with more messages than both sinks take: a few are enough, and more would spread
   * a small backlog too thinly.
   */
  streams: { official: 32, other: 4 },
  maxInFlight: { insert: 10_000, load: 100_000 },
  ackDeadlineMs: 60_000,
  lingerMs: 25,
  /** A load job takes some seconds at least. */
  drainTimeoutMs: { insert: 10_000, load: 60_000 },
  stallAfterMs: 60_000,
  /** A reading that took a year to arrive is more likely to come from a clock that was never set. */
  retentionMs: 365 * 24 * 3_600_000,
  /** A dead emulator does not come back by itself; a service of Google's does. */
  giveUpAfterMs: { local: 30_000, cloud: 600_000 },
  /** Tries of a row that a sink refuses. */
  maxTries: 5,
  bigqueryMethod: 'insert',
  /** BigQuery takes 1,500 load jobs a day for a table: one a minute. Messages wait unacknowledged for that long. */
  loadIntervalMs: 60_000,
  loadRows: 50_000,
  metricsHost: '127.0.0.1',
} as const;
