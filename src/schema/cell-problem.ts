/** Why a value was refused. `reason` never holds the value: it is counted and shown; the row itself says more. */
export class CellProblem {
  constructor(
    readonly reason: string,
    /** What to change so that it is accepted. */
    readonly hint: string,
  ) {}
}

/**
 * A checked value. INT64 and NUMERIC are canonical decimal text, DATE `YYYY-MM-DD`, TIMESTAMP RFC 3339 in UTC with
 * up to nanoseconds, JSON its text, BYTES base64, FLOAT64 a number (NaN and infinities included).
 */
export type Scalar = string | number | boolean | null;
export type Value = Scalar | Scalar[];

/** Checks the text of one value. */
export type CellParser = (text: string) => Value | CellProblem;
