import type { Sql } from '../duck/sql.js';
import type { Position } from '../syntax/ast/node.js';
import type { BqType, Coercibility } from '../syntax/types.js';
import { parseSignature, type Signature } from './signature.js';

/**
 * How functions are declared. A family file exports a list of rules:
 *
 * ```ts
 * export const stringFunctions: FunctionRule[] = [
 *   scalar('UPPER', { '(STRING) -> STRING': 'upper($1)', '(BYTES) -> BYTES': `${own.case_bytes}($1, true)` }),
 *   scalar('SUBSTR', { '(STRING, INT64, [INT64]) -> STRING': (call) => … }, { aliases: ['SUBSTRING'] }),
 *   aggregate('SUM', { '(INT64) -> INT64': (call) => `CAST(${call.aggregate('sum', call.sql(0))} AS BIGINT)` }),
 *   windowFunction('RANK', { '() -> INT64': (call) => call.aggregate('rank') }),
 * ];
 * ```
 *
 * The keys are signatures as BigQuery prints them in its errors, with the result type behind `->`:
 *
 * | text | means |
 * |---|---|
 * | `INT64`, `ARRAY<STRUCT<INT64, STRING>>`, `RANGE<T1>`, `STRUCT` | a type; `STRUCT` alone is any struct |
 * | `T1`, `T2` | templated: every `T1` gets one common supertype; `ARRAY<T1>` is allowed |
 * | `ANY` | any type, each argument on its own, without conversion |
 * | `[INT64]` | optional |
 * | `[STRING, ...]` | any number, also none |
 * | `DATE_TIME_PART` | a bare date part: `call.part(i)` |
 * | `FUNCTION<T1->BOOL>`, `FUNCTION<(T1, INT64)->T2>` | a lambda: `call.lambda(i)` |
 * | `LITERAL STRING` | the type, and the argument must be a literal or parameter: `call.literal(i)` |
 * | `mode => STRING`, `[mode => STRING]` | may (and when its place is not reached, must) be given by name |
 * | `-> INFERRED` | the result type comes from `options.returns(call)` |
 *
 * A key that begins with `hidden` is accepted but not shown among the signatures of an error message; one that begins
 * with `late` is taken only where no other fits, unless its arguments need no conversion.
 *
 * Arguments arrive converted to the signature's types, so an emitter never casts its inputs. The first signature
 * with the cheapest conversions wins: put FLOAT64 before NUMERIC where INT64 shall become FLOAT64.
 *
 * Emitted text is DuckDB SQL for one expression, safe to put between any operators (parenthesise infix text). In
 * template text `$1`, `$2`… are arguments, `$*` all of them separated by commas; absent optional arguments need a
 * function. A function must give NULL for NULL arguments as BigQuery does; DuckDB's own functions do that.
 *
 * The text is a template: what `call.sql(i)` and its like give are holes in it, which the compiler fills with nodes of
 * the SQL tree. There is nothing to read in them. Functions of ours (`udf.ts`) are called as `${own.name}(…)`.
 */
export interface FunctionRule {
  /** Upper case, with dots for families: `NET.HOST`. */
  name: string;
  aliases: readonly string[];
  kind: 'scalar' | 'aggregate' | 'window';
  signatures: readonly SignatureRule[];
  options: FunctionOptions;
}

export interface SignatureRule {
  signature: Signature;
  emit: Emitter;
  /** Not shown in error messages. */
  hidden: boolean;
  /** Where it has to convert, all others go first. */
  late: boolean;
}

/** Template text or a function that writes DuckDB SQL. */
export type Emitter = string | ((call: Call) => string);

export interface FunctionOptions {
  aliases?: readonly string[];
  /** Result type of signatures that end in `-> INFERRED`. */
  returns?: (call: Call) => BqType;
  /** The value changes between calls (RAND, GENERATE_UUID): no caching, no constant folding. */
  volatile?: boolean;
  /** The value is fixed within a statement but not across statements (CURRENT_DATE): no result cache. */
  perStatement?: boolean;
  /** `SAFE.f` is refused. */
  notSafe?: boolean;
  /** An aggregate that may not take OVER. */
  notAnalytic?: boolean;
  /** An aggregate that takes ORDER BY and LIMIT inside its parentheses (ARRAY_AGG, STRING_AGG, ARRAY_CONCAT_AGG). */
  ordered?: boolean;
  /** An aggregate that takes DISTINCT; true unless said otherwise. */
  distinct?: boolean;
  /** Takes IGNORE NULLS and RESPECT NULLS. */
  nullHandling?: boolean;
  /** A window function that needs ORDER BY in its window (LAG, NTILE…). */
  needsOrder?: boolean;
  /** A window function that takes a frame (FIRST_VALUE…); ROW_NUMBER and its like do not. */
  frame?: boolean;
  /** May be called without parentheses (CURRENT_DATE, CURRENT_TIMESTAMP…). */
  bare?: boolean;
  /** Name in BigQuery's error messages when it is not `function NAME`. */
  printedAs?: string;
}

/** A literal as the compiler decoded it: DATE, NUMERIC, FLOAT64 and their like as text. */
export type LiteralValue = null | boolean | bigint | string | Uint8Array;

/** A compiled argument. */
export interface CompiledArgument {
  /** What stands for it in the text. */
  sql: string;
  type: BqType;
  coercibility: Coercibility;
  pos: Position;
  /** Present when the argument is a literal (or a constant made of one, such as `-1`). */
  literal?: LiteralValue;
}

export interface CompiledLambda {
  /** DuckDB names of the parameters. */
  parameters: string[];
  type: BqType;
  /** The body with SQL in the places of its parameters. */
  body(values: readonly string[]): string;
}

/** A date part given bare: `DAY`, `WEEK(MONDAY)`. */
export interface DatePart {
  name: string;
  weekday?: string;
  pos: Position;
}

/** A call whose arguments fit a signature, as emitters see it. Indexes are those of the signature, from 0. */
export interface Call {
  readonly name: string;
  readonly pos: Position;
  readonly returns: BqType;
  /** Number of places that hold an argument; repeated arguments count one by one. */
  readonly count: number;
  has(index: number): boolean;
  /** Throws when the argument is absent. */
  argument(index: number): CompiledArgument;
  sql(index: number): string;
  type(index: number): BqType;
  /** A piece of the text as a tree, for what looks at it. */
  node(text: string): Sql;
  /** What stands for a tree in the text. */
  hole(node: Sql): string;
  /** DuckDB text of all arguments present, in order. */
  all(): string[];
  literal(index: number): LiteralValue | undefined;
  part(index: number): DatePart;
  lambda(index: number): CompiledLambda;
  /** `1 DAY` of an argument `INTERVAL 1 DAY`; undefined when the amount is no literal. */
  intervalText(index: number): string | undefined;
  /** An argument given by name, wherever it stands. */
  named(name: string): CompiledArgument | undefined;
  /** DuckDB type of the result. */
  readonly duckReturns: string;
  /** What stood around the arguments of an aggregate or window function. */
  readonly modifiers: AggregateModifiers;
  /**
   * Text of the DuckDB aggregate or window function `name(…)` with this call's DISTINCT, ORDER BY, FILTER and OVER
   * in their places. Other text may stand around it.
   */
  aggregate(name: string, ...arguments_: string[]): string;
  /** As `aggregate`, leaving some modifiers out because the emitter treats them itself. */
  aggregateWith(name: string, arguments_: string[], overrides: Partial<AggregateModifiers>): string;
  /** Text of `left = right` as BigQuery compares two values of a type. */
  equal(left: string, right: string, type: BqType): string;
  readonly environment: Environment;
  /** Throws `invalidQuery` with `at [line:col]` of the call, or of an argument. */
  fail(message: string, pos?: Position): never;
}

export interface AggregateModifiers {
  distinct: boolean;
  /** DuckDB `ORDER BY …` text without the keyword, '' when absent. */
  orderBy: string;
  /** Number of rows that LIMIT leaves. */
  limit?: string;
  nulls?: 'IGNORE' | 'RESPECT';
  having?: { extreme: 'MAX' | 'MIN'; sql: string; type: BqType };
  /** Condition for FILTER. */
  filter?: string;
  over?: WindowText;
}

export interface WindowText {
  /** `(PARTITION BY … )`, without OVER. */
  sql: string;
  /** DuckDB texts of the keys of the partitions. */
  partition: readonly string[];
  /** How many rows a frame has at most, where that is known. */
  frameRows?: bigint;
}

/** What a statement knows about where and when it runs. */
export interface Environment {
  /** Start of the statement, in microseconds since the epoch. */
  statementTimeMicros: bigint;
  /** `@@time_zone`; UTC unless the script set it. */
  timeZone: string;
  sessionUser: string;
  /**
   * Sums of FLOAT64 that are not finite fail with `NOT_FINITE` for the statement to be compiled anew without this:
   * telling an overflow from infinities among the values takes a second aggregate.
   */
  presumesFiniteSums?: boolean;
  /**
   * Subqueries in branches of conditional expressions have no rows where the branch is not taken, so that they do not
   * fail there. It costs joins with the rows around, so that a statement is compiled so once it has failed without.
   */
  guardsBranches?: boolean;
}

type Signatures = Record<string, Emitter>;

export function scalar(name: string, signatures: Signatures, options: FunctionOptions = {}): FunctionRule {
  return rule(name, 'scalar', signatures, options);
}

export function aggregate(name: string, signatures: Signatures, options: FunctionOptions = {}): FunctionRule {
  return rule(name, 'aggregate', signatures, options);
}

export function windowFunction(
  name: string,
  signatures: Signatures,
  options: FunctionOptions = {},
): FunctionRule {
  return rule(name, 'window', signatures, options);
}

function rule(
  name: string,
  kind: FunctionRule['kind'],
  signatures: Signatures,
  options: FunctionOptions,
): FunctionRule {
  return {
    name,
    aliases: options.aliases ?? [],
    kind,
    options,
    signatures: Object.entries(signatures).map(([text, emit]) => ({
      signature: parseSignature(text.replace(/^(?:hidden|late) /, '')),
      emit,
      hidden: text.startsWith('hidden '),
      late: text.startsWith('late '),
    })),
  };
}

/** All functions by name and alias. */
export class FunctionRegistry {
  readonly #rules = new Map<string, FunctionRule>();

  constructor(families: readonly (readonly FunctionRule[])[]) {
    for (const family of families) for (const item of family) this.#add(item);
  }

  #add(item: FunctionRule): void {
    for (const name of [item.name, ...item.aliases]) {
      if (this.#rules.has(name)) throw new Error(`function ${name} is declared twice`);
      this.#rules.set(name, item);
    }
  }

  /** `name` in any case. */
  find(name: string): FunctionRule | undefined {
    return this.#rules.get(name.toUpperCase());
  }

  names(): string[] {
    return [...this.#rules.keys()];
  }
}
