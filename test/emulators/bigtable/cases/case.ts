import { b } from '../bigtable-client.js';

export { b };
export type Json = Record<string, unknown>;

/** A call, and what it must come to. `table` in a request stands for the name of the case's table. */
export type Step =
  /** Lines as `BigtableClient.read` gives them. */
  | { read: Json; gives: readonly string[] | Refusal }
  /** A method of the data API and its answers; of MutateRows the codes of the entries. */
  | { data: string; request: Json; gives: unknown }
  /** A method of the table admin API and its answer. */
  | { admin: string; request: Json; gives: unknown };

export interface Refusal {
  code: number;
}

/** gRPC codes, by what they mean here. */
export const INVALID = { code: 3 };
export const NOT_FOUND = { code: 5 };
export const EXISTS = { code: 6 };
export const PRECONDITION = { code: 9 };
export const UNIMPLEMENTED = { code: 12 };

export interface Case {
  name: string;
  /** Default `f` and `g`, both of plain bytes without a rule. */
  families?: Record<string, Json>;
  /** Of the CreateTable call. */
  create?: Json;
  /** Lines `key family:qualifier@micros=value`. */
  rows?: readonly string[];
  steps: readonly Step[];
}

export function reads(filter: Json, gives: readonly string[] | Refusal): Step {
  return { read: { filter }, gives };
}

export const chain = (...filters: Json[]): Json => ({ chain: { filters } });
export const interleave = (...filters: Json[]): Json => ({ interleave: { filters } });
export const condition = (predicateFilter?: Json, trueFilter?: Json, falseFilter?: Json): Json => ({
  condition: { predicateFilter, trueFilter, falseFilter },
});
export const PASS: Json = { passAllFilter: true };
export const BLOCK: Json = { blockAllFilter: true };
export const SINK: Json = { sink: true };
export const qualifier = (pattern: string): Json => ({ columnQualifierRegexFilter: b(pattern) });
export const value = (pattern: string): Json => ({ valueRegexFilter: b(pattern) });
export const key = (pattern: string): Json => ({ rowKeyRegexFilter: b(pattern) });
export const family = (pattern: string): Json => ({ familyNameRegexFilter: pattern });
export const label = (applyLabelTransformer: string): Json => ({ applyLabelTransformer });
export const STRIP: Json = { stripValueTransformer: true };
