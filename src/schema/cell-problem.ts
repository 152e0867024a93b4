/** Why a value was refused. `reason` never holds the value: it is counted and shown; the row itself says more. */
export class CellProblem {
  constructor(
    readonly reason: string,
    /** What to change so that it is accepted. */
    readonly hint: string,
    /** It is a value of the type all the same, written in a way that is not taken as it stands. */
    readonly isOfType = false,
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

const NUL_CHARACTER = new CellProblem('holds a NUL character', 'remove it; the value was probably damaged');
const NOT_UNICODE = new CellProblem(
  'not valid Unicode',
  'correct the characters; a file in another encoding needs --encoding',
);

/** With the u flag, pairs are one character, so only halves match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What no text of any column may hold: neither Spanner nor BigQuery would take it. */
export function textProblem(text: string): CellProblem | undefined {
  if (text.includes('\0')) return NUL_CHARACTER;
  return LONE_SURROGATE.test(text) ? NOT_UNICODE : undefined;
}
