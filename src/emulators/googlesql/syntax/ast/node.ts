/** A place in the source: `offset` counts UTF-16 units from 0, `line` and `column` count code points from 1. */
export interface Position {
  offset: number;
  line: number;
  column: number;
}

export interface Node {
  pos: Position;
}

/** A node whose source text is needed again: `source.slice(node.pos.offset, node.end)`. */
export interface SourceNode extends Node {
  end: number;
}

export interface Identifier extends Node {
  kind: 'Identifier';
  name: string;
  /** Written in backticks. */
  quoted: boolean;
}

/**
 * The name of a table, view, model, routine or schema.
 * `parts` is split at the dots inside backticks too: `` `p.d`.t `` has the parts p, d, t,
 * and a project such as my-project or example.com:proj is one part.
 */
export interface ObjectPath extends Node {
  kind: 'ObjectPath';
  parts: string[];
  /** As written, for a path that turns out to be a column (`FROM t, t.items`). */
  identifiers: Identifier[];
}
