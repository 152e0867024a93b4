import { createHash } from 'node:crypto';
import { structSql } from './literal-text.js';

/**
 * What a node is, as far as somebody asks. `text` is everything else: operators, clauses, and what only puts other
 * nodes together. A `valueQuery` is a subquery in an expression, but for the list of IN, which DuckDB joins as FROM.
 */
export type SqlKind =
  | 'text'
  | 'literal'
  | 'column'
  | 'outer'
  | 'cast'
  | 'struct'
  | 'slow'
  | 'volatile'
  | 'aggregate'
  | 'window'
  | 'subquery'
  | 'valueQuery'
  | 'try';

// What a tree holds somewhere, as bits.
const SLOW = 1;
const VOLATILE = 2;
const AGGREGATE = 4;
const WINDOW = 8;
const SUBQUERY = 16;
const TRY = 32;
const OUTER = 64;
const COLUMN = 128;

const NOT_CONSTANT = VOLATILE | AGGREGATE | WINDOW | SUBQUERY | COLUMN;

const OWN: Record<SqlKind, number> = {
  text: 0,
  literal: 0,
  column: COLUMN,
  outer: OUTER,
  cast: 0,
  struct: 0,
  slow: SLOW,
  volatile: VOLATILE,
  aggregate: AGGREGATE,
  window: WINDOW,
  subquery: SUBQUERY,
  valueQuery: SUBQUERY,
  try: TRY,
};

/** The functions of a subquery's own rows are none of the expression around it. */
const SEEN_THROUGH_SUBQUERY = VOLATILE | SLOW | TRY;

export function isQuery(kind: SqlKind): boolean {
  return kind === 'subquery' || kind === 'valueQuery';
}

type Piece = string | Sql;

/**
 * DuckDB SQL as a tree: pieces of text with nodes between them. Nodes never change, and one may stand in many places.
 * What an expression holds is a question to its tree; its text is made once, by `print`.
 */
export class Sql {
  readonly kind: SqlKind;
  readonly pieces: readonly Piece[];
  /** Length of the text, in characters. */
  readonly length: number;
  /**
   * How often DuckDB's planner takes twice the time for it: once for each value query inside another, and twice for one
   * that aggregates.
   */
  readonly planDoublings: number;
  readonly #holds: number;
  #hash: number | undefined;

  constructor(kind: SqlKind, pieces: readonly Piece[]) {
    this.kind = kind;
    this.pieces = pieces;
    let length = 0;
    let holds = 0;
    let doublings = 0;
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index]!;
      length += piece.length;
      if (typeof piece === 'string') continue;
      holds |= piece.#holds;
      doublings = Math.max(doublings, piece.planDoublings);
    }
    this.length = length;
    if (kind === 'valueQuery') doublings += (holds & AGGREGATE) === 0 ? 1 : 2;
    this.planDoublings = doublings;
    this.#holds = OWN[kind] | (isQuery(kind) ? holds & SEEN_THROUGH_SUBQUERY : holds);
  }

  /** A window function of the rows around it; one inside a subquery is not. */
  get hasWindow(): boolean {
    return (this.#holds & WINDOW) !== 0;
  }

  /** It has another value each time. */
  get isVolatile(): boolean {
    return (this.#holds & VOLATILE) !== 0;
  }

  /** DuckDB knows its value before any row is read. */
  get isConstant(): boolean {
    return (this.#holds & NOT_CONSTANT) === 0;
  }

  /** It uses a column of a query around its own, or of a table to the left of its own. */
  get hasOuter(): boolean {
    return (this.#holds & OUTER) !== 0;
  }

  get hasSubquery(): boolean {
    return (this.#holds & SUBQUERY) !== 0;
  }

  /** It calls functions that take long over a long text: those of ours, which run in JavaScript, and regular expressions. */
  get isSlow(): boolean {
    return (this.#holds & SLOW) !== 0;
  }

  /** It holds a subquery, an aggregate or a window function, none of which DuckDB's TRY and lambdas take. */
  get isOpaque(): boolean {
    return (this.#holds & (AGGREGATE | WINDOW | SUBQUERY)) !== 0;
  }

  /** Text comes of a tree by `print` alone. */
  toString(): never {
    throw new Error('SQL is put into SQL as a node');
  }

  /** The same pieces as a node of another kind. */
  as(kind: SqlKind): Sql {
    return new Sql(kind, this.pieces);
  }

  /** It turns errors of a part of it into NULL. */
  get hasTry(): boolean {
    return (this.#holds & TRY) !== 0;
  }

  /** The tree with other nodes in the places of those for which `change` gives one; it does not look into these. */
  replace(change: (node: Sql) => Sql | undefined): Sql {
    const found = change(this);
    if (found !== undefined) return found;
    let changed = false;
    const pieces = this.pieces.map((piece) => {
      if (typeof piece === 'string') return piece;
      const next = piece.replace(change);
      changed ||= next !== piece;
      return next;
    });
    return changed ? new Sql(this.kind, pieces) : this;
  }

  /** Whether both are written alike. */
  equals(other: Sql): boolean {
    if (this === other) return true;
    if (this.length !== other.length || this.hash !== other.hash) return false;
    return (
      this.kind === other.kind &&
      this.pieces.length === other.pieces.length &&
      this.pieces.every((piece, index) => {
        const counterpart = other.pieces[index]!;
        return typeof piece === 'string' || typeof counterpart === 'string'
          ? piece === counterpart
          : piece.equals(counterpart);
      })
    );
  }

  /** The same for trees that are equal. */
  get hash(): number {
    if (this.#hash === undefined) {
      let hash = this.length;
      for (const piece of this.pieces) {
        hash = Math.imul(hash, 31) + (typeof piece === 'string' ? hashOf(piece) : piece.hash);
      }
      this.#hash = hash | 0;
    }
    return this.#hash;
  }
}

function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

// NUL cannot stand in SQL: in a text it marks the holes that stand for nodes, and the names of slow functions.
const MARK = '\0';
const OR = '|';

/** What stands for a node in a template: the number of its place in the list that fills it. */
export function hole(index: number): string {
  return `${MARK}${index}${MARK}`;
}

/** The name of a function by which a tree knows that it is slow. */
export function markedName(name: string): string {
  return `${MARK}${name}${MARK}`;
}

/** The name of a function in a template: the second one where only constants fill it. */
export function nameForConstants(name: string, constant: string): string {
  return `${MARK}${name}${OR}${constant}${MARK}`;
}

const names = new Map<string, Sql>();

/** The node of a marked name, without its marks. */
function nameNode(name: string): Sql {
  let node = names.get(name);
  if (node === undefined) {
    node = raw(name, 'slow');
    names.set(name, node);
  }
  return node;
}

type Part = Sql | string | number | bigint;

/** A node of text and nodes: duck`${left} + ${right}`. Strings between are SQL too: names, key words. */
export function duck(texts: readonly string[], ...parts: readonly Part[]): Sql {
  const pieces: Piece[] = [];
  let text = texts[0]!;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    const node = part instanceof Sql ? part : nodeOfMarked(part);
    if (node !== undefined) {
      if (text !== '') pieces.push(text);
      pieces.push(node);
      text = texts[index + 1]!;
    } else text += String(part) + texts[index + 1]!;
  }
  if (text !== '') pieces.push(text);
  return new Sql('text', pieces);
}

function nodeOfMarked(part: Exclude<Part, Sql>): Sql | undefined {
  return typeof part === 'string' && part.includes(MARK) ? fill(part, []).sql : undefined;
}

/** SQL text that is given as it is. */
export function raw(text: string, kind: SqlKind = 'text'): Sql {
  return new Sql(kind, text === '' ? [] : [text]);
}

export const NOTHING = raw('');

export function series(nodes: readonly Part[], separator: string): Sql {
  const pieces: Piece[] = [];
  for (const node of nodes) {
    if (pieces.length > 0) pieces.push(separator);
    pieces.push(node instanceof Sql ? node : String(node));
  }
  return new Sql('text', pieces);
}

/** A query in parentheses. */
export function subquery(query: Sql): Sql {
  return new Sql('subquery', ['(', query, ')']);
}

/** A struct of these fields. */
export function struct(fields: readonly Sql[]): Sql {
  return template(fields, structSql, 'struct');
}

/** DuckDB's text of a tree. */
export function print(root: Sql): string {
  const texts: string[] = [];
  // A stack of our own: queries nest deeper than calls may.
  const open: { pieces: readonly Piece[]; at: number }[] = [{ pieces: root.pieces, at: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const piece = top.pieces[top.at++];
    if (piece === undefined) open.pop();
    else if (typeof piece === 'string') texts.push(piece);
    else open.push({ pieces: piece.pieces, at: 0 });
  }
  return texts.join('');
}

/** A template with its holes filled; `uses` tells how often each of the nodes stands in it. */
export function fill(
  template: string,
  nodes: readonly Sql[],
  kind: SqlKind = 'text',
): { sql: Sql; uses: number[] } {
  const uses = nodes.map(() => 0);
  const isConstant = () => (OWN[kind] & NOT_CONSTANT) === 0 && nodes.every((node) => node.isConstant);
  const pieces: Piece[] = [];
  const texts = template.split(MARK);
  for (let place = 0; place < texts.length; place++) {
    const text = texts[place]!;
    if (place % 2 === 1) {
      const index = Number(text);
      if (!Number.isNaN(index)) {
        uses[index]!++;
        pieces.push(nodes[index]!);
      } else if (text.includes(OR)) {
        const [name, constant] = text.split(OR);
        pieces.push(isConstant() ? constant! : name!);
      } else pieces.push(nameNode(text));
    } else if (text !== '') pieces.push(text);
  }
  return { sql: new Sql(kind, pieces), uses };
}

/** What `body` makes of names for `nodes`, with the nodes in the places of the names. */
export function template(nodes: readonly Sql[], body: (names: string[]) => string, kind?: SqlKind): Sql {
  return fill(body(nodes.map((_, index) => hole(index))), nodes, kind).sql;
}

/** The text of a template without holes. */
export function templateText(template: string): string {
  return print(fill(template, []).sql);
}

/** A name of twelve digits that follows from what the nodes say. */
export function fingerprint(nodes: readonly Sql[]): string {
  const digest = createHash('md5');
  for (const node of nodes) digest.update(print(node)).update(',');
  return digest.digest('hex').slice(0, 12);
}

/** Values by SQL that is written alike. */
export class SqlMap<T> {
  readonly #byHash = new Map<number, [Sql, T][]>();
  readonly #entries: [Sql, T][] = [];

  get(key: Sql): T | undefined {
    return this.#byHash.get(key.hash)?.find(([known]) => known.equals(key))?.[1];
  }

  has(key: Sql): boolean {
    return this.#byHash.get(key.hash)?.some(([known]) => known.equals(key)) ?? false;
  }

  /** Keeps the first value of a key. */
  add(key: Sql, value: T): void {
    if (this.has(key)) return;
    const entry: [Sql, T] = [key, value];
    this.#entries.push(entry);
    const alike = this.#byHash.get(key.hash);
    if (alike === undefined) this.#byHash.set(key.hash, [entry]);
    else alike.push(entry);
  }

  /** In the order in which they were added. */
  entries(): readonly (readonly [Sql, T])[] {
    return this.#entries;
  }
}
