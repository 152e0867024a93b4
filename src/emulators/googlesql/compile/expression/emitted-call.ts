import { quoteString } from '../../duck/quote.js';
import { fill, hole, isQuery, raw, type Sql, type SqlKind, SqlMap } from '../../duck/sql.js';
import { invalidQuery, notImplemented } from '../../errors.js';
import type {
  AggregateModifiers,
  Call,
  CompiledArgument,
  CompiledLambda,
  DatePart,
  Environment,
  FunctionRule,
  LiteralValue,
  WindowText,
} from '../../functions/registry.js';
import { bindInputs, inTurns, isCostlyToRepeat } from '../../functions/share.js';
import { isText, sizeSql, sizesOf } from '../../functions/sizes.js';
import { own } from '../../functions/udf.js';
import type { FunctionCall, Lambda, Position } from '../../syntax/ast.js';
import { BOOL, type BqType, duckType, isFloat } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { coerce } from './casts.js';
import { comparisonSql } from './comparison.js';
import { bindFallible } from './safe.js';
import { type PlacedArgument, patternType } from './signatures.js';

function hasOwnColumn(sql: Sql): boolean {
  if (sql.kind === 'column') return true;
  if (sql.kind === 'outer' || isQuery(sql.kind)) return false;
  return sql.pieces.some((piece) => typeof piece !== 'string' && hasOwnColumn(piece));
}

function nameOf(node: Sql, known: readonly Sql[], names: readonly Sql[]): Sql | undefined {
  if (node.kind !== 'outer') return undefined;
  return names[known.findIndex((other) => other.equals(node))];
}

export const NO_MODIFIERS: AggregateModifiers = { distinct: false, orderBy: '' };

/** DuckDB's aggregates whose results grow with the number of their rows. */
const COLLECTING = new Set(['list', 'string_agg']);
const ITEM_BYTES = 8;

/** A call whose arguments are converted to the signature that was chosen. */
export class ActualCall implements Call {
  readonly name: string;
  readonly pos: Position;
  readonly environment: Environment;
  resultType: BqType = BOOL;
  modifiers: AggregateModifiers = NO_MODIFIERS;
  readonly #rule: FunctionRule;
  readonly #node: FunctionCall;
  readonly #scope: Scope;
  readonly #placed: (PlacedArgument | undefined)[];
  readonly #values = new Map<number, Value>();
  /** As the emitter sees them. */
  readonly #arguments = new Map<number, CompiledArgument>();
  /** What the holes of the emitter's text stand for. */
  readonly #nodes: Sql[] = [];
  readonly #holes = new Map<Sql, string>();
  readonly #wholes = new Map<string, Sql>();
  readonly #lambdas = new Map<number, CompiledLambda>();
  /** The bodies of the lambdas, by what they were compiled to. */
  readonly #bodies = new Map<number, Sql>();

  constructor(
    rule: FunctionRule,
    node: FunctionCall,
    scope: Scope,
    placed: (PlacedArgument | undefined)[],
    templates: ReadonlyMap<string, BqType>,
  ) {
    this.name = rule.name;
    this.pos = node.pos;
    this.environment = scope.compilation.context.environment;
    this.#rule = rule;
    this.#node = node;
    this.#scope = scope;
    this.#placed = placed;
    for (const [index, item] of placed.entries()) {
      if (item?.given.kind === 'value')
        this.#values.set(index, this.#convert(item, index, item.given.value, templates));
    }
    for (const [index, item] of placed.entries()) {
      if (item?.given.kind === 'lambda')
        this.#lambdas.set(index, this.#lambda(item, index, item.given.lambda, templates));
    }
  }

  #convert(item: PlacedArgument, index: number, input: Value, templates: ReadonlyMap<string, BqType>): Value {
    if (item.slot.literal && input.coercibility === 'none' && input.literal === undefined) {
      throw invalidQuery(
        `Argument ${index + 1} to ${this.name} must be a literal or query parameter`,
        input.pos,
      );
    }
    const type = patternType(item.slot.pattern, templates);
    return type === undefined ? input : coerce(input, type, this.#scope.castContext);
  }

  #lambda(
    item: PlacedArgument,
    place: number,
    lambda: Lambda,
    templates: ReadonlyMap<string, BqType>,
  ): CompiledLambda {
    const pattern = item.slot.pattern;
    if (pattern.kind !== 'lambda') throw new Error('not a lambda');
    if (lambda.parameters.length > pattern.parameters.length) {
      throw invalidQuery(
        `Lambda of ${this.name} takes at most ${pattern.parameters.length} arguments`,
        lambda.pos,
      );
    }
    const parameters = lambda.parameters.map(() => this.#scope.compilation.alias('l'));
    const nodes = parameters.map((name) => raw(name, 'column'));
    const locals = lambda.parameters.map((parameter, index): [string, Value] => {
      const type = patternType(pattern.parameters[index]!, templates);
      if (type === undefined)
        throw invalidQuery(`The type of lambda argument ${parameter.name} is unknown`, parameter.pos);
      return [parameter.name, value(nodes[index]!, type, parameter.pos)];
    });
    let body = this.#scope.withLocals(locals).compile(lambda.body);
    if (body.sql.isOpaque) throw notImplemented('A subquery or an aggregate function in a lambda');
    const wanted = patternType(pattern.result, templates);
    if (wanted !== undefined) body = coerce(body, wanted, this.#scope.castContext);
    this.#bodies.set(place, body.sql);
    return {
      parameters,
      type: body.type,
      body: (values) => {
        const given = new Map(nodes.map((node, index) => [node, raw(values[index]!, 'column')]));
        return this.hole(this.#bodies.get(place)!.replace((node) => given.get(node)));
      },
    };
  }

  bindLambdaResults(templates: Map<string, BqType>): void {
    for (const [index, lambda] of this.#lambdas) {
      const pattern = this.#placed[index]!.slot.pattern;
      if (
        pattern.kind === 'lambda' &&
        pattern.result.kind === 'template' &&
        !templates.has(pattern.result.name)
      ) {
        templates.set(pattern.result.name, lambda.type);
      }
    }
  }

  /** Replaces the arguments by names when some of them have errors of their own, or cannot stand inside TRY. */
  bindFallible(): ((body: Sql) => Sql) | undefined {
    const entries = this.#computed();
    const binding = bindFallible(entries.map(([, item]) => item.sql));
    if (binding === undefined) return undefined;
    this.#put(entries, binding.names);
    return binding.around;
  }

  /** What stands for a node in the emitter's text. */
  hole(node: Sql): string {
    let text = this.#holes.get(node);
    if (text === undefined) {
      text = hole(this.#nodes.length);
      this.#nodes.push(node);
      this.#holes.set(node, text);
      this.#wholes.set(text, node);
    }
    return text;
  }

  /** What stands for other nodes in the emitter's text, or a piece of it, as a tree. */
  node(text: string, kind: SqlKind = 'text'): Sql {
    const whole = kind === 'text' ? this.#wholes.get(text) : undefined;
    return whole ?? fill(text, this.#nodes, kind).sql;
  }

  /**
   * What `emit` writes, as a tree. Arguments that are long get names where they stand more than once: nested calls
   * would otherwise double them at each level, and a volatile argument would have two values.
   */
  write(emit: () => string, kind: SqlKind): Sql {
    if (kind === 'aggregate' || kind === 'window') return this.node(emit(), kind);
    const text = emit();
    const { uses } = fill(text, this.#nodes);
    const repeated = this.inputs().some(
      ({ sql }) => isCostlyToRepeat(sql) && (uses[this.#nodes.indexOf(sql)] ?? 0) > 1,
    );
    const around = repeated || this.#captures(text) ? this.#bind() : undefined;
    const sql = this.#inTurns(emit, kind);
    return around === undefined ? sql : around(sql);
  }

  #bind(): (body: Sql) => Sql {
    // Literals stay in place: some DuckDB functions want them as constants.
    const shared = this.#computed();
    const outer = this.#outerColumns();
    const { names, around } = bindInputs([...shared.map(([, item]) => item.sql), ...outer]);
    this.#put(shared, names);
    for (const [place, body] of this.#bodies) {
      this.#bodies.set(
        place,
        body.replace((node) => nameOf(node, outer, names.slice(shared.length))),
      );
    }
    return around;
  }

  /** Does a lambda in the text use what DuckDB does not take there: columns of queries around, subqueries, aggregates? */
  #captures(text: string): boolean {
    if (!text.includes('lambda ')) return false;
    const inputs = this.#computed().map(([, item]) => item.sql);
    return inputs.some((sql) => sql.hasOuter || sql.isOpaque) || this.#outerColumns().length > 0;
  }

  /** The columns of queries around this one that the bodies of lambdas use. */
  #outerColumns(): Sql[] {
    const found = new SqlMap<Sql>();
    for (const body of this.#bodies.values()) {
      body.replace((node) => {
        if (node.kind !== 'outer') return undefined;
        found.add(node, node);
        return node;
      });
    }
    return found.entries().map(([node]) => node);
  }

  /** The arguments that are no literals, by their places. */
  #computed(): [number, Value][] {
    return [...this.#values].filter(([, item]) => item.literal === undefined);
  }

  /** Puts other nodes in the places of arguments. */
  #put(entries: readonly (readonly [number, Value])[], nodes: readonly Sql[]): void {
    for (const [place, [index, item]] of entries.entries()) {
      this.#values.set(index, { ...item, sql: nodes[place]! });
    }
    this.#arguments.clear();
  }

  /** What `emit` writes, with few long texts at a time for what is slow. */
  #inTurns(emit: () => string, kind: SqlKind): Sql {
    const text = emit();
    const given = this.#computed();
    if (!given.some(([, { type }]) => isText(type)) || !this.#isSlow(text)) return this.node(text, kind);
    const inputs = given.map(([, item]) => item.sql);
    const size = (names: readonly string[]) => {
      const sizes = given.flatMap(([, { type }], place) =>
        isText(type) ? sizeSql({ sql: names[place]!, type }) : [],
      );
      return `greatest(${sizes.join(', ')})`;
    };
    return inTurns(inputs, size, (nodes) => {
      this.#put(given, nodes);
      const sql = this.node(emit(), kind);
      this.#put(given, inputs);
      return sql;
    });
  }

  /** Does the text call slow functions besides those in the arguments? */
  #isSlow(text: string): boolean {
    const given = new Set(this.inputs().map(({ sql }) => sql));
    return this.node(text).pieces.some(
      (piece) => typeof piece !== 'string' && piece.isSlow && !given.has(piece),
    );
  }

  inputs(): Value[] {
    return [...this.#values.values()];
  }

  get returns(): BqType {
    return this.resultType;
  }

  get duckReturns(): string {
    return duckType(this.resultType);
  }

  get count(): number {
    return this.#placed.length;
  }

  has(index: number): boolean {
    return this.#placed[index] !== undefined;
  }

  argument(index: number): CompiledArgument {
    const known = this.#arguments.get(index);
    if (known !== undefined) return known;
    const found = this.#values.get(index);
    if (found === undefined) throw new Error(`${this.name} has no argument ${index}`);
    const argument = { ...found, sql: this.hole(found.sql) };
    this.#arguments.set(index, argument);
    return argument;
  }

  sql(index: number): string {
    return this.argument(index).sql;
  }

  type(index: number): BqType {
    return this.argument(index).type;
  }

  all(): string[] {
    return [...this.#values.keys()].sort((left, right) => left - right).map((index) => this.sql(index));
  }

  literal(index: number): LiteralValue | undefined {
    return this.#values.get(index)?.literal;
  }

  part(index: number): DatePart {
    const given = this.#placed[index]?.given;
    if (given?.kind !== 'part') throw new Error(`${this.name} has no date part at ${index}`);
    return given.part;
  }

  lambda(index: number): CompiledLambda {
    const found = this.#lambdas.get(index);
    if (found === undefined) throw new Error(`${this.name} has no lambda at ${index}`);
    return found;
  }

  named(name: string): CompiledArgument | undefined {
    const index = this.#placed.findIndex((item) => item?.slot.name === name);
    return index < 0 || !this.#values.has(index) ? undefined : this.argument(index);
  }

  aggregate(name: string, ...arguments_: string[]): string {
    return this.aggregateWith(name, arguments_, {});
  }

  aggregateWith(name: string, arguments_: string[], overrides: Partial<AggregateModifiers>): string {
    const modifiers = { ...this.modifiers, ...overrides };
    if (modifiers.having !== undefined) return this.#atExtreme(name, arguments_, modifiers, modifiers.having);
    const distinct = modifiers.distinct ? 'DISTINCT ' : '';
    const order = modifiers.orderBy === '' ? '' : ` ORDER BY ${modifiers.orderBy}`;
    const nulls = modifiers.nulls === 'IGNORE' && this.#rule.kind === 'window' ? ' IGNORE NULLS' : '';
    const { over } = modifiers;
    const where = over === undefined ? this.#ofOwnRows(arguments_, modifiers.filter) : modifiers.filter;
    const filter = where === undefined ? '' : ` FILTER (WHERE ${where})`;
    const inputs = over === undefined || !COLLECTING.has(name) ? arguments_ : this.#fitting(arguments_, over);
    const window = over === undefined ? '' : ` OVER ${over.sql}`;
    const text = `${name}(${distinct}${inputs.join(', ')}${order}${nulls})${filter}${window}`;
    return this.hole(this.node(text, over === undefined ? 'aggregate' : 'window'));
  }

  /** The condition of an aggregate that uses columns of queries around only, by which DuckDB would move it there. */
  #ofOwnRows(arguments_: readonly string[], filter: string | undefined): string | undefined {
    const texts = filter === undefined ? arguments_ : [...arguments_, filter];
    const nodes = texts.map((text) => this.node(text));
    const anchor = this.#scope.select.visible[0]?.sql;
    if (anchor === undefined || !nodes.some((node) => node.hasOuter) || nodes.some(hasOwnColumn))
      return filter;
    const always = `(${this.hole(anchor)} IS NULL OR true)`;
    return filter === undefined ? always : `${always} AND (${filter})`;
  }

  /** The arguments of an aggregate that collects its values, which fail where it cannot hold them for each row. */
  #fitting([first, ...rest]: string[], { partition, frameRows }: WindowText): string[] {
    const sizes = this.has(0) ? sizesOf(this.argument(0)) : [];
    const bytes = `coalesce(${[...sizes, '0'].join(', ')}) + ${ITEM_BYTES}`;
    const key = partition.length === 0 ? '0' : `hash(${partition.join(', ')}) % 9223372036854775807`;
    const most = frameRows ?? '9223372036854775807';
    const fits = `${own.frame_fits}(CAST(${key} AS BIGINT), CAST(${bytes} AS BIGINT), ${most})`;
    return [`CASE WHEN ${fits} THEN ${first} END`, ...rest];
  }

  /** HAVING MAX and HAVING MIN: the rows of the extreme key as a list, and the aggregate over that list. */
  #atExtreme(
    name: string,
    arguments_: string[],
    modifiers: AggregateModifiers,
    having: NonNullable<AggregateModifiers['having']>,
  ): string {
    const [value, ...constants] = arguments_;
    if (constants.length > 0 && name !== 'string_agg') {
      throw notImplemented(`HAVING ${having.extreme} in ${this.name}`);
    }
    const plain = { distinct: false, having: undefined };
    const pair = `{'k': ${having.sql}, 'v': ${value === '*' ? 'true' : value}}`;
    const rows = this.aggregateWith('list', [pair], { ...modifiers, ...plain });
    const extremeOf = (aggregate: 'max' | 'min', sql: string) =>
      this.aggregateWith(aggregate, [sql], { ...plain, orderBy: '', nulls: undefined });
    // A NaN is the extreme of what it stands among, and equals no key; it is DuckDB's greatest number.
    const ofFloats = isFloat(having.type);
    const key =
      having.extreme === 'MAX'
        ? extremeOf('max', having.sql)
        : ofFloats
          ? `(-${extremeOf('max', `(-${having.sql})`)})`
          : extremeOf('min', having.sql);
    const isKept = `(_h).k = ${key}${ofFloats ? ` AND NOT isnan(${key})` : ''}`;
    const kept = `list_transform(list_filter(${rows}, lambda _h: ${isKept}), lambda _h: (_h).v)`;
    const list = modifiers.distinct ? `list_distinct(${kept})` : kept;
    if (name === 'list') return list;
    const result = `list_aggregate(${[list, quoteString(name), ...constants].join(', ')})`;
    return name === 'count' ? `coalesce(${result}, 0)` : result;
  }

  equal(left: string, right: string, type: BqType): string {
    const [a, b] = [left, right].map((text) => value(this.node(text), type, this.pos));
    return this.hole(comparisonSql('=', type, a!, b!));
  }

  intervalText(index: number): string | undefined {
    const interval = this.#node.arguments[index];
    if (interval?.kind !== 'IntervalExpression') return undefined;
    const { value: number, part } = interval;
    if (number.kind === 'IntegerLiteral') return `${number.value} ${part}`;
    if (number.kind !== 'Unary' || number.operand.kind !== 'IntegerLiteral') return undefined;
    return `-${number.operand.value} ${part}`;
  }

  fail(message: string, pos: Position = this.pos): never {
    throw invalidQuery(message, pos);
  }
}
