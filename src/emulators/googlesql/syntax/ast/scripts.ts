import type { Expression } from './expressions.js';
import type { Identifier, Node, ObjectPath, SourceNode } from './node.js';
import type { Query } from './queries.js';
import type { Statement } from './statements.js';
import type { TypeNode } from './types.js';

/** What one request holds: one statement or many. */
export interface Script extends Node {
  kind: 'Script';
  source: string;
  statements: Statement[];
  /** How many `?` there are. */
  positionalParameters: number;
}

export type ScriptStatement =
  | Declare
  | SetVariables
  | Block
  | If
  | CaseStatement
  | Loop
  | While
  | Repeat
  | ForIn
  | Break
  | Continue
  | Return
  | Raise
  | Call
  | ExecuteImmediate
  | Assert
  | BeginTransaction
  | CommitTransaction
  | RollbackTransaction;

export interface Declare extends SourceNode {
  kind: 'Declare';
  names: Identifier[];
  type?: TypeNode;
  default?: Expression;
}

export type SetTarget = Identifier | { kind: 'SystemVariable'; parts: string[]; pos: Node['pos'] };

/** `SET x = 1`; with `tuple`, `SET (a, b) = (1, 2)` or `= (SELECT AS STRUCT …)`. */
export interface SetVariables extends SourceNode {
  kind: 'SetVariables';
  targets: SetTarget[];
  tuple: boolean;
  value: Expression;
}

export interface Block extends SourceNode {
  kind: 'Block';
  label?: Identifier;
  statements: Statement[];
  /** EXCEPTION WHEN ERROR THEN */
  handler?: Statement[];
}

export interface If extends SourceNode {
  kind: 'If';
  branches: { condition: Expression; statements: Statement[] }[];
  otherwise?: Statement[];
}

export interface CaseStatement extends SourceNode {
  kind: 'CaseStatement';
  operand?: Expression;
  branches: { when: Expression; statements: Statement[] }[];
  otherwise?: Statement[];
}

export interface Loop extends SourceNode {
  kind: 'Loop';
  label?: Identifier;
  statements: Statement[];
}

export interface While extends SourceNode {
  kind: 'While';
  label?: Identifier;
  condition: Expression;
  statements: Statement[];
}

export interface Repeat extends SourceNode {
  kind: 'Repeat';
  label?: Identifier;
  statements: Statement[];
  until: Expression;
}

export interface ForIn extends SourceNode {
  kind: 'ForIn';
  label?: Identifier;
  variable: Identifier;
  query: Query;
  statements: Statement[];
}

/** BREAK and LEAVE */
export interface Break extends SourceNode {
  kind: 'Break';
  label?: Identifier;
}

/** CONTINUE and ITERATE */
export interface Continue extends SourceNode {
  kind: 'Continue';
  label?: Identifier;
}

export interface Return extends SourceNode {
  kind: 'Return';
}

/** Without a message it raises the current error again. */
export interface Raise extends SourceNode {
  kind: 'Raise';
  message?: Expression;
}

export interface Call extends SourceNode {
  kind: 'Call';
  procedure: ObjectPath;
  arguments: Expression[];
}

export interface ExecuteImmediate extends SourceNode {
  kind: 'ExecuteImmediate';
  sql: Expression;
  into: Identifier[];
  using: { expression: Expression; alias?: Identifier }[];
}

export interface Assert extends SourceNode {
  kind: 'Assert';
  condition: Expression;
  description?: Expression;
}

export interface BeginTransaction extends SourceNode {
  kind: 'BeginTransaction';
}

export interface CommitTransaction extends SourceNode {
  kind: 'CommitTransaction';
}

export interface RollbackTransaction extends SourceNode {
  kind: 'RollbackTransaction';
}
