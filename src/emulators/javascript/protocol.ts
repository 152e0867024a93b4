import type { SqlFunctionType } from './sql-function.js';

/** A function of SQL in JavaScript, as it is called. */
export interface Definition extends SqlFunctionType {
  /** `name(FLOAT64, STRING)`, for errors. */
  signature: string;
  parameterNames: string[];
  /** What stands between the braces of the function, or the module of an aggregate. */
  code: string;
  /** Code that runs before. */
  libraries: string[];
}

/** What the thread is sent: calls of one function with the texts of their arguments. */
export interface Batch {
  id: number;
  /** The definition as JSON; equal ones share an interpreter. */
  definition: string;
  calls: string[];
  /** Calls that fail give NULL. */
  safe: boolean;
  /** Shared; see the constants below. */
  flags: Int32Array;
}

/** Places in the flags: not 0 when nobody waits for the results, or when they are there; how many calls have ended. */
export const CANCELLED = 0;
export const DONE = 1;
export const ENDED = 2;
export const FLAGS = 3;

/** What it answers: a text or NULL for each call, or what the first that failed says. */
export interface Outcome {
  id: number;
  results: (string | null)[];
  error?: string;
}

export const TIMED_OUT = 'Resources exceeded during query execution: UDF worker timed out during execution.';
