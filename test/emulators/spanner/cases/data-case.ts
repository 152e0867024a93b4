import type { CodeName } from '../../../../src/emulators/serving/service-error.js';

/** A value as the API writes it. */
export type Plain = null | boolean | number | string | readonly Plain[];

export interface Refusal {
  code: CodeName;
  /** A part of the message. */
  text: string;
}

export interface Write {
  kind: 'insert' | 'update' | 'insertOrUpdate' | 'replace';
  table: string;
  columns: readonly string[];
  rows: readonly (readonly Plain[])[];
}

export interface Keys {
  keys?: readonly (readonly Plain[])[];
  ranges?: readonly Readonly<
    Partial<Record<'startClosed' | 'startOpen' | 'endClosed' | 'endOpen', readonly Plain[]>>
  >[];
  all?: boolean;
}

export type Change = Write | { kind: 'delete'; table: string; keys: Keys } | { kind: 'nothing' };

export interface Read {
  table: string;
  columns: readonly string[];
  keys?: Keys;
  index?: string;
  limit?: number;
}

/** What a step is expected to come to: rows, `done`, or a refusal. */
export type Expected = readonly (readonly Plain[])[] | 'done' | Refusal;

/**
 * Steps name the transaction that they are in, which is begun by the first that names it; without a name they are in
 * one of their own.
 */
export type Step =
  | { commit: readonly Change[]; in?: string; gives: Expected }
  | { read: Read; in?: string; gives: Expected }
  | { sql: string; in?: string; seqno?: number; gives: Expected }
  | { rollback: string; gives: Expected };

export interface DataCase {
  name: string;
  schema: readonly string[];
  steps: readonly Step[];
}

export const ALL: Keys = { all: true };

export function insert(table: string, columns: readonly string[], ...rows: Plain[][]): Change {
  return { kind: 'insert', table, columns, rows };
}

export function update(table: string, columns: readonly string[], ...rows: Plain[][]): Change {
  return { kind: 'update', table, columns, rows };
}

export function upsert(table: string, columns: readonly string[], ...rows: Plain[][]): Change {
  return { kind: 'insertOrUpdate', table, columns, rows };
}

export function replace(table: string, columns: readonly string[], ...rows: Plain[][]): Change {
  return { kind: 'replace', table, columns, rows };
}

export function remove(table: string, keys: Keys = ALL): Change {
  return { kind: 'delete', table, keys };
}

export function refusal(code: CodeName, text: string): Refusal {
  return { code, text };
}

/** A commit that is done. */
export function commits(...commit: Change[]): Step {
  return { commit, gives: 'done' };
}

export function refuses(commit: Change, code: CodeName, text: string): Step {
  return { commit: [commit], gives: refusal(code, text) };
}

export function reads(
  table: string,
  columns: readonly string[],
  gives: readonly (readonly Plain[])[],
  more: Omit<Read, 'table' | 'columns'> = {},
): Step {
  return { read: { table, columns, ...more }, gives };
}
