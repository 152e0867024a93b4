import { ServiceError } from '../../serving/service-error.js';

/** `google.bigtable.admin.v2.GcRule` as the descriptors decode it; at most one member is set. */
export interface GcRuleMessage {
  maxNumVersions?: number;
  maxAge?: { seconds?: string; nanos?: number };
  intersection?: { rules?: GcRuleMessage[] };
  union?: { rules?: GcRuleMessage[] };
}

/**
 * What of a column may be collected. Whatever the nesting, an older version is never kept when a newer one is not:
 * so the answer is one index.
 */
export interface GcRule {
  /** All ages in it, in microseconds. */
  ages: readonly number[];
  /** Versions that are always kept, when the rule asks for nothing else. */
  maxVersions: number | undefined;
  /**
   * @param count versions of a column, newest first.
   * @param firstOlderThan index of the first version that is older than so many microseconds.
   * @returns index of the first version to collect; `count` when all are kept.
   */
  firstExpired(count: number, firstOlderThan: (ageMicros: number) => number): number;
}

/** Bytes of a rule in wire format, by the documentation of `ColumnFamily.gc_rule`. */
const MAX_RULE_BYTES = 500;

/** @throws ServiceError INVALID_ARGUMENT for a rule that the service does not take. */
export function compileGcRule(message: GcRuleMessage | undefined): GcRule | undefined {
  if (message === undefined || Object.keys(message).length === 0) return undefined;
  if (roughBytes(message) > MAX_RULE_BYTES) {
    throw new ServiceError('INVALID_ARGUMENT', `gc_rule must serialize to at most ${MAX_RULE_BYTES} bytes`);
  }
  return compile(message);
}

function compile(message: GcRuleMessage): GcRule {
  const { maxNumVersions, maxAge, intersection, union } = message;
  if (maxNumVersions !== undefined) {
    if (maxNumVersions < 1) {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `max_num_versions must be at least 1, but got ${maxNumVersions}`,
      );
    }
    return {
      ages: [],
      maxVersions: maxNumVersions,
      firstExpired: (count) => Math.min(count, maxNumVersions),
    };
  }
  if (maxAge !== undefined) {
    const micros = Number(maxAge.seconds ?? 0) * 1e6 + Math.floor((maxAge.nanos ?? 0) / 1000);
    if (micros < 1000) throw new ServiceError('INVALID_ARGUMENT', 'max_age must be at least one millisecond');
    return {
      ages: [micros],
      maxVersions: undefined,
      firstExpired: (_count, firstOlderThan) => firstOlderThan(micros),
    };
  }
  const rules = (intersection?.rules ?? union?.rules ?? []).map((rule) => {
    if (Object.keys(rule).length === 0)
      throw new ServiceError('INVALID_ARGUMENT', 'a nested GC rule is empty');
    return compile(rule);
  });
  const isUnion = union !== undefined;
  return {
    ages: rules.flatMap((rule) => rule.ages),
    maxVersions: undefined,
    firstExpired(count, firstOlderThan) {
      if (rules.length === 0) return count;
      const indexes = rules.map((rule) => rule.firstExpired(count, firstOlderThan));
      return isUnion ? Math.min(...indexes) : Math.max(...indexes);
    },
  };
}

/** Tags and lengths of nested rules take two bytes each, versions and ages up to six. */
function roughBytes(message: GcRuleMessage): number {
  const nested = message.intersection?.rules ?? message.union?.rules;
  return nested === undefined ? 4 : nested.reduce((bytes, rule) => bytes + 2 + roughBytes(rule), 2);
}
