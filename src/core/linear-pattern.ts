import { RE2JS } from 're2js';

/**
 * A regular expression of RE2 as a test of whole texts, in time linear in the text whatever the pattern: JavaScript's
 * own engine goes back over a text as often as a hostile pattern makes it.
 *
 * @throws Error that says what is wrong with the pattern
 */
export function linearPattern(source: string): (text: string) => boolean {
  const body = source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  const whole = flatPattern(`^${body}$`, body);
  if (whole !== undefined) return (text) => whole.test(text);
  const pattern = RE2JS.compile(source);
  return (text) => pattern.testExact(text);
}

const CHARACTER = '[A-Za-z0-9 _,:;@#%&=<>!"\'~`/-]';
const CLASS_ITEM = '[A-Za-z0-9 _.,:;@#%=<>!"\'~`/-]';
const ATOM = `(?:${CHARACTER}|\\\\[dwDW.*+?()[\\]{}|^$/\\\\]|\\[\\^?(?:${CLASS_ITEM}|\\\\[dw.])+\\])`;
// A group that does not repeat makes no choice.
const STEP = new RegExp(`[()]|${ATOM}([*+?]|\\{\\d{1,3}(?:,\\d{0,3})?\\})?`, 'uy');
const MAX_OPTIONAL = 4;

/**
 * The pattern for JavaScript's engine, where that takes a bounded number of steps at each place of a text that it
 * begins at: in a row of single characters and classes, of which at most one repeats a number of times that is not
 * fixed, there is one choice to make, and each way it is made leaves steps bounded by the pattern. Anchored, that is
 * linear time; otherwise no more than the square of the length. What the two engines read differently (`.`, `\s`) is
 * left to RE2.
 *
 * @param body `source` without its anchors
 */
export function flatPattern(source: string, body: string, flags = ''): RegExp | undefined {
  return isFlat(body) ? javaScriptPattern(source, flags) : undefined;
}

function isFlat(body: string): boolean {
  let variable = 0;
  let optional = 0;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < body.length) {
    const step = STEP.exec(body);
    if (step === null) return false;
    const repeat = step[1];
    if (repeat === '?') optional += 1;
    else if (repeat !== undefined && !/^\{\d+\}$/.test(repeat)) variable += 1;
  }
  return variable <= 1 && optional <= MAX_OPTIONAL;
}

/** Undefined for what is no pattern, such as a range from z to a. */
function javaScriptPattern(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    return undefined;
  }
}
