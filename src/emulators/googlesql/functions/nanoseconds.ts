import { INT64_MAX, INT64_MIN } from '../duck/literal-text.js';
import { quoteString } from '../duck/quote.js';
import { hasNanoseconds, NANOSECOND_TIMESTAMP, TIMESTAMP } from '../syntax/types.js';
import { localClock, zoneArgument } from './date-parts.js';
import { raise } from './emit.js';
import {
  beyondMicros,
  elapsedNanos,
  instantOfPacked,
  microsOfPacked,
  packedOfInstant,
  packedOfMicros,
  packedOfText,
} from './nanosecond-text.js';
import {
  type Call,
  type CompiledArgument,
  type Emitter,
  type FunctionRule,
  type SignatureRule,
  scalar,
} from './registry.js';
import type { TypePattern } from './signature.js';
import { own } from './udf.js';

/** A call of a function that knows nothing of nanoseconds: it sees its timestamps without them. */
function inMicroseconds(call: Call): Call {
  const seen = (index: number): CompiledArgument => {
    const argument = call.argument(index);
    if (!hasNanoseconds(argument.type)) return argument;
    return { ...argument, sql: instantOfPacked(argument.sql), type: TIMESTAMP };
  };
  const replaced: Partial<Call> = {
    argument: seen,
    sql: (index) => seen(index).sql,
    type: (index) => seen(index).type,
    ...(hasNanoseconds(call.returns) && { returns: TIMESTAMP, duckReturns: 'TIMESTAMPTZ' }),
  };
  return new Proxy(call, {
    get(target, key: keyof Call) {
      if (key in replaced) return replaced[key];
      const member = target[key];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function written(emit: Emitter, call: Call): string {
  if (typeof emit !== 'string') return emit(call);
  return emit.replace(/\$(\d+)/g, (_, place: string) => call.sql(Number(place) - 1));
}

/** Times that are moved keep what lies beyond their microseconds. */
const MOVES = /^(?:TIMESTAMP|DATE)_(?:ADD|SUB)$/;

function adapted(name: string, emit: Emitter): Emitter {
  return (call) => {
    const text = written(emit, inMicroseconds(call));
    if (!hasNanoseconds(call.returns)) return text;
    return packedOfInstant(text, MOVES.test(name) ? beyondMicros(call.sql(0)) : undefined);
  };
}

const RFC_3339 = "'%Y-%m-%dT%H:%M:%E*S%Ez'";

/** Only nanoseconds are counted between both times; all other parts are between their microseconds. */
function difference(call: Call, plain: Emitter): string {
  if (call.part(2).name !== 'NANOSECOND') return written(plain, inMicroseconds(call));
  const [later, earlier] = [call.sql(0), call.sql(1)];
  const nanos = elapsedNanos(later, earlier);
  const text = (time: string) =>
    `${own.format_nanoseconds}(${RFC_3339}, ${microsOfPacked(time)}, 0, ${beyondMicros(time)})`;
  const message = `'TIMESTAMP_DIFF at NANOSECOND precision between values of ' || ${text(later)} || ' and ' || ${text(earlier)} || ' causes overflow'`;
  const fits = `${nanos} BETWEEN ${INT64_MIN} AND ${INT64_MAX}`;
  return `CASE WHEN ${fits} THEN CAST(${nanos} AS BIGINT) WHEN ${nanos} IS NOT NULL THEN ${raise(message, 'BIGINT')} END`;
}

/** Whether a format may show or read fractions of a second. */
function hasFractions(call: Call): boolean {
  const format = call.literal(0);
  return typeof format !== 'string' || /%E(?:\*|\d+)S/.test(format);
}

function formatted(call: Call, plain: Emitter): string {
  if (!hasFractions(call)) return written(plain, inMicroseconds(call));
  const zone = zoneArgument(call, 2);
  const micros = microsOfPacked(call.sql(1));
  const clock = `epoch_us(${localClock(instantOfPacked(call.sql(1)), zone.sql, zone.literal)})`;
  return `${own.format_nanoseconds}(${call.sql(0)}, ${clock}, ${clock} - ${micros}, ${beyondMicros(call.sql(1))})`;
}

function parsed(call: Call): string {
  return `CAST(${own.parse_nanoseconds}(${call.sql(0)}, ${call.sql(1)}, ${zoneArgument(call, 2).sql}) AS HUGEINT)`;
}

function truncated(call: Call, plain: Emitter): string {
  if (call.has(1) && call.part(1).name === 'NANOSECOND') return call.sql(0);
  return packedOfInstant(written(plain, inMicroseconds(call)));
}

function shown(call: Call): string {
  const zone = call.has(1) ? call.sql(1) : quoteString(call.environment.timeZone);
  return `${own.nanosecond_text}(${microsOfPacked(call.sql(0))}, ${beyondMicros(call.sql(0))}, ${zone})`;
}

/** Functions that nanoseconds mean something to, by their signatures. */
const EXACT: Readonly<Record<string, (call: Call, plain: Emitter) => string>> = {
  'TIMESTAMP_DIFF(TIMESTAMP, TIMESTAMP, DATE_TIME_PART)': difference,
  'TIMESTAMP_TRUNC(TIMESTAMP, DATE_TIME_PART, [STRING])': truncated,
  'FORMAT_TIMESTAMP(STRING, TIMESTAMP, [STRING])': formatted,
  'PARSE_TIMESTAMP(STRING, STRING, [STRING])': parsed,
  'STRING(TIMESTAMP, [STRING])': shown,
  'TIMESTAMP(STRING, [STRING])': (call) => packedOfText(call.sql(0), zoneArgument(call, 1).sql),
  'TIMESTAMP(TIMESTAMP)': (call) => call.sql(0),
};

/** The rule for timestamps that have nanoseconds. */
export function withNanoseconds(rule: FunctionRule): FunctionRule {
  return { ...rule, signatures: rule.signatures.map((each) => signatureWithNanoseconds(rule.name, each)) };
}

function signatureWithNanoseconds(name: string, rule: SignatureRule): SignatureRule {
  const typed = exactlyTyped(rule);
  if (typed === rule) return rule;
  const { emit } = rule;
  const exact = EXACT[`${name}${rule.signature.text}`];
  return { ...typed, emit: exact === undefined ? adapted(name, emit) : (call) => exact(call, emit) };
}

function exactlyTyped(rule: SignatureRule): SignatureRule {
  const { signature } = rule;
  const arguments_ = signature.arguments.map((slot) => ({ ...slot, pattern: exactPattern(slot.pattern) }));
  const returns = exactPattern(signature.returns);
  const isSame =
    returns === signature.returns &&
    arguments_.every(({ pattern }, index) => pattern === signature.arguments[index]!.pattern);
  return isSame ? rule : { ...rule, signature: { ...signature, arguments: arguments_, returns } };
}

function exactPattern(pattern: TypePattern): TypePattern {
  return pattern.kind === 'type' && pattern.type.kind === 'TIMESTAMP'
    ? { kind: 'type', type: NANOSECOND_TIMESTAMP }
    : pattern;
}

/** Names for `TIMESTAMP_ADD(time, INTERVAL n NANOSECOND)` and its like, of which DuckDB's intervals know nothing. */
export const MOVED_BY_NANOSECONDS: Readonly<Record<string, string>> = {
  TIMESTAMP_ADD: '$TIMESTAMP_ADD_NANOSECONDS',
  TIMESTAMP_SUB: '$TIMESTAMP_SUB_NANOSECONDS',
};

function moved(verb: string, preposition: string, sign: '+' | '-') {
  return (call: Call): string => {
    const [time, by] = [call.sql(0), call.sql(1)];
    const sum = `(${beyondMicros(time)} ${sign} ${by} % 1000)`;
    const carried = `CASE WHEN ${sum} < 0 THEN -1 WHEN ${sum} > 999 THEN 1 ELSE 0 END`;
    const micros = `(${microsOfPacked(time)} ${sign} ${by} // 1000 + ${carried})`;
    const beyond = `(${sum} - 1000 * ${carried})`;
    const message = `'${verb} ' || ${by} || ' NANOSECOND ${preposition} timestamp ' || ${own.nanosecond_text}(${microsOfPacked(time)}, ${beyondMicros(time)}, ${quoteString(call.environment.timeZone)}) || ' causes overflow'`;
    const [first, last] = ["'0001-01-01 00:00:00+00'", "'9999-12-31 23:59:59.999999+00'"];
    const inYears = `${micros} BETWEEN epoch_us(TIMESTAMPTZ ${first}) AND epoch_us(TIMESTAMPTZ ${last})`;
    return `CASE WHEN ${inYears} THEN ${packedOfMicros(micros, beyond)} WHEN ${time} IS NOT NULL AND ${by} IS NOT NULL THEN ${raise(message, 'HUGEINT')} END`;
  };
}

const MOVES_BY_NANOSECONDS: readonly FunctionRule[] = [
  scalar(
    MOVED_BY_NANOSECONDS.TIMESTAMP_ADD!,
    { '(TIMESTAMP, INT64) -> TIMESTAMP': moved('Adding', 'to', '+') },
    { printedAs: 'function TIMESTAMP_ADD' },
  ),
  scalar(
    MOVED_BY_NANOSECONDS.TIMESTAMP_SUB!,
    { '(TIMESTAMP, INT64) -> TIMESTAMP': moved('Subtracting', 'from', '-') },
    { printedAs: 'function TIMESTAMP_SUB' },
  ),
];

export const nanosecondFunctions: readonly FunctionRule[] = MOVES_BY_NANOSECONDS.map((rule) => ({
  ...rule,
  signatures: rule.signatures.map(exactlyTyped),
}));
