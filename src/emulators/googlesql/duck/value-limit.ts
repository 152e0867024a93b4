/** The service takes no value that is longer. */
export const MAX_VALUE_BYTES = 100 * 1024 * 1024;

/** Functions of ours take about a second for as much, during which the server stands still, and many times its memory. */
export const MAX_ARGUMENT_BYTES = 16 * 1024 * 1024;

/** What goes through all matches of a regular expression takes about a second for as much, out of reach of an interrupt. */
export const MAX_SEARCHED_BYTES = 4 * 1024 * 1024;

/** The groups of a match, where DuckDB does not tell them, take RE2JS about a second for as much. */
export const MAX_GROUPED_BYTES = 1024 * 1024;

export function argumentTooLong(maxBytes: number): string {
  return `Resources exceeded: a value of more than ${maxBytes} bytes is too long for this function in the BigQuery emulator.`;
}

/** What it says of a row with such a value. */
export const ROW_TOO_LONG = 'Cannot query rows larger than 100MB limit.';

/** What it says of a function that would make one. */
export function tooLong(name: string): string {
  return `Output of ${name} exceeds max allowed output size of 100MB`;
}

/** What the values that one expression makes for one batch of rows may take together. */
export const MAX_BATCH_BYTES = 512 * 1024 * 1024;

export const OUT_OF_MEMORY =
  'Resources exceeded during query execution: The query could not be executed in the allotted memory.';

/**
 * Counts the values of a batch of rows. DuckDB makes those of 2,048 rows at a time, out of reach of its memory limit
 * and of an interrupt.
 */
export class BatchBudget {
  #leftBytes = MAX_BATCH_BYTES;

  /** @throws Error with `message` for one value that is too long, and with `OUT_OF_MEMORY` for too many */
  take(bytes: number, message = ROW_TOO_LONG): void {
    if (bytes > MAX_VALUE_BYTES) throw new Error(message);
    this.#leftBytes -= bytes;
    if (this.#leftBytes < 0) throw new Error(OUT_OF_MEMORY);
  }
}
