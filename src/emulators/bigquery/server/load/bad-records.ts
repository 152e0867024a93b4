import { BigQueryError, type ErrorProto } from '../../errors.js';

/** The service reports only the first few. */
const MAX_REPORTED = 5;

/** Records that could not be read, up to the number the job allows. */
export class BadRecords {
  readonly #limit: number;
  readonly #format: string;
  readonly #reported: ErrorProto[] = [];
  #count = 0;

  constructor(limit: number, format: string) {
    this.#limit = limit;
    this.#format = format;
  }

  get count(): number {
    return this.#count;
  }

  /** The first of them, for the errors of a job that went through. */
  get reported(): ErrorProto[] {
    return this.#reported;
  }

  /** Counts a record; one too many fails the job. */
  add(uri: string, message: string): void {
    this.#count++;
    if (this.#reported.length < MAX_REPORTED)
      this.#reported.push({ reason: 'invalid', location: uri, message });
    if (this.#count > this.#limit) throw this.#tooMany(uri);
  }

  #tooMany(uri: string): BigQueryError {
    return new BigQueryError(
      'invalid',
      `Error while reading data, error message: ${this.#format} table encountered too many errors, giving up. Rows: ${this.#count}; errors: ${this.#count}. Please look into the errors[] collection for more details.`,
      { location: uri, errors: [...this.#reported] },
    );
  }
}
