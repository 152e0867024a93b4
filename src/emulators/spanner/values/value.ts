/**
 * A value as the emulator holds it, by its type:
 *
 * | type | value |
 * |---|---|
 * | BOOL | boolean |
 * | INT64 | bigint |
 * | FLOAT32, FLOAT64 | number |
 * | STRING | string |
 * | BYTES | Buffer |
 * | DATE | number: days since 1970-01-01 |
 * | TIMESTAMP | bigint: nanoseconds since 1970-01-01T00:00:00Z |
 * | NUMERIC | bigint: times 10^9 |
 * | JSON | string: the canonical text |
 * | UUID | string: 36 characters in lower case |
 * | INTERVAL | string: ISO 8601 |
 * | ARRAY | values of its elements |
 * | STRUCT | values of its fields |
 *
 * NULL is null, of every type.
 */
export type Value = null | boolean | bigint | number | string | Buffer | readonly Value[];

/** Values of the columns of a table or of a result, in their order; those of a key in the order of its parts. */
export type Row = readonly Value[];

/**
 * Stands for the timestamp of the commit in a TIMESTAMP until there is one: what `spanner.commit_timestamp()` and
 * `PENDING_COMMIT_TIMESTAMP()` write. No real timestamp is that early.
 */
export const COMMIT_TIMESTAMP = -(2n ** 100n);
