import { quoteString } from '../duck/quote.js';
import type { BqType, StructField } from '../syntax/types.js';
import { INT64, STRING, structOf } from '../syntax/types.js';
import {
  groupCount,
  groupNames,
  isGroupNeverEmpty,
  matchesEmpty,
  matchesEverywhere,
  problemOfPattern,
  TOO_MANY_GROUPS,
} from '../values/regexp.js';
import { boundedSearch, integerLiteral, raise, slow, stringLiteral } from './emit.js';
import { type Call, type FunctionRule, type LiteralValue, scalar } from './registry.js';
import { own } from './udf.js';

/** A kind of subject: STRING as it is, BYTES as text with one character per byte, which RE2 treats alike. */
interface Subject {
  read(sql: string): string;
  write(sql: string): string;
  writeAll(sql: string): string;
}

const TEXT: Subject = { read: (sql) => sql, write: (sql) => sql, writeAll: (sql) => sql };
const BYTES: Subject = {
  read: (sql) => `${own.latin}(${sql})`,
  write: (sql) => `${own.unlatin}(${sql})`,
  writeAll: (sql) => `list_transform(${sql}, lambda _m: ${own.unlatin}(_m))`,
};

function literalPattern(call: Call): string | undefined {
  return literalText(call.literal(1));
}

function literalText(literal: LiteralValue | undefined): string | undefined {
  if (literal instanceof Uint8Array) return Buffer.from(literal).toString('latin1');
  return typeof literal === 'string' ? literal : undefined;
}

/** DuckDB prepares a pattern once when it is a constant. */
function patternSql(call: Call, subject: Subject): string {
  const literal = literalPattern(call);
  return literal === undefined ? subject.read(call.sql(1)) : quoteString(literal);
}

/** DuckDB refuses a constant pattern while it plans: here it is refused where it is reached, so that SAFE. covers it. */
function ofPattern(emit: (subject: Subject) => (call: Call) => string) {
  return (subject: Subject) =>
    (call: Call): string => {
      const literal = literalPattern(call);
      const problem = literal === undefined ? undefined : problemOfPattern(literal);
      return problem === undefined ? emit(subject)(call) : raise(quoteString(problem), call.duckReturns);
    };
}

/** Writes an extraction with the group that counts: the only one, or the whole match when there is none. */
function withGroup(call: Call, pattern: string, duckType: string, write: (group: number) => string): string {
  const literal = literalPattern(call);
  if (literal !== undefined) {
    const count = groupCount(literal);
    if (count > 1) return call.fail(TOO_MANY_GROUPS, call.argument(1).pos);
    return write(count);
  }
  const tooMany = `CASE WHEN ${pattern} IS NOT NULL THEN ${quoteString(TOO_MANY_GROUPS)} END`;
  return `CASE ${own.group_count}(${pattern}) WHEN 0 THEN ${write(0)} WHEN 1 THEN ${write(1)} ELSE ${raise(tooMany, duckType)} END`;
}

function extract(subject: Subject): (call: Call) => string {
  return (call) => {
    const value = subject.read(call.sql(0));
    const pattern = patternSql(call, subject);
    const first =
      !call.has(2) || (integerLiteral(call, 2) === 1n && (!call.has(3) || integerLiteral(call, 3) === 1n));
    if (first) {
      const found = withGroup(
        call,
        pattern,
        'VARCHAR',
        (group) =>
          `CASE WHEN ${slow('regexp_matches')}(${value}, ${pattern}) THEN ${firstMatch(value, pattern, group, literalPattern(call))} END`,
      );
      return subject.write(found);
    }
    const position = call.sql(2);
    const occurrence = call.has(3) ? call.sql(3) : '1';
    const found = withGroup(
      call,
      pattern,
      'VARCHAR',
      (group) => `(${allMatches(`substring(${value}, ${position})`, pattern, group)})[${occurrence}]`,
    );
    const checked = `CASE WHEN ${position} < 1 THEN ${raise("'Position must be positive'")} WHEN ${occurrence} < 1 THEN ${raise(
      "'Occurrence must be positive'",
    )} ELSE ${found} END`;
    return subject.write(checked);
  };
}

function mayBeAbsent(group: number, literal: string | undefined): boolean {
  return group > 0 && (literal === undefined || /\)[?*{]|\|/.test(literal));
}

/** A group that took no part in the match is NULL, which DuckDB does not tell from an empty one. */
function firstMatch(value: string, pattern: string, group: number, literal: string | undefined): string {
  const found = `${slow('regexp_extract')}(${value}, ${pattern}, ${group})`;
  if (!mayBeAbsent(group, literal)) return found;
  if (literal !== undefined && isGroupNeverEmpty(literal)) return `nullif(${found}, '')`;
  return `CASE WHEN ${found} <> '' THEN ${found} ELSE ${own.regexp_groups}(${value}, ${pattern})[${group}] END`;
}

function extractAll(subject: Subject): (call: Call) => string {
  return (call) => {
    const value = subject.read(call.sql(0));
    const pattern = patternSql(call, subject);
    const found = withGroup(call, pattern, 'VARCHAR[]', (group) =>
      matchesOf(value, pattern, group, literalPattern(call)),
    );
    return subject.writeAll(found);
  };
}

/** DuckDB finds one match more than RE2 at the end of a text: an empty one, where the pattern has such. */
function matchesOf(value: string, pattern: string, group: number, literal: string | undefined): string {
  const found = allMatches(value, pattern, group);
  const all = mayBeAbsent(group, literal) ? `list_transform(${found}, lambda _m: coalesce(_m, ''))` : found;
  const exact = `${own.regexp_extract_all}(${value}, ${pattern})`;
  if (literal === undefined) {
    return `CASE WHEN ${slow('regexp_matches')}('', ${pattern}) THEN ${exact} ELSE ${all} END`;
  }
  if (!matchesEmpty(literal)) return all;
  return matchesEverywhere(literal) ? `CASE WHEN ${value} = '' THEN [''] ELSE (${all})[:-2] END` : exact;
}

function allMatches(value: string, pattern: string, group: number): string {
  const all = `${slow('regexp_extract_all')}(${value}, ${pattern}, ${group})`;
  return boundedSearch(value, all, 'VARCHAR[]');
}

function matches(subject: Subject): (call: Call) => string {
  return (call) => `${slow('regexp_matches')}(${subject.read(call.sql(0))}, ${patternSql(call, subject)})`;
}

function replace(subject: Subject): (call: Call) => string {
  return (call) => {
    const problem = rewriteProblem(
      literalPattern(call),
      call.has(2) ? literalText(call.literal(2)) : undefined,
    );
    if (problem !== undefined) {
      return raise(quoteString(`Invalid REGEXP_REPLACE pattern: ${problem}`), call.duckReturns);
    }
    const value = subject.read(call.sql(0));
    const replaced = `${slow('regexp_replace')}(${value}, ${patternSql(call, subject)}, ${subject.read(call.sql(2))}, 'g')`;
    return subject.write(boundedSearch(value, replaced, 'VARCHAR'));
  };
}

/** What RE2 has against a replacement text; DuckDB ignores such texts. */
function rewriteProblem(pattern: string | undefined, rewrite: string | undefined): string | undefined {
  if (rewrite === undefined) return undefined;
  let highest = 0;
  for (const [, next] of rewrite.matchAll(/\\(.?)/gsu)) {
    if (next === '') return "Rewrite schema error: '\\' not allowed at end.";
    if (!/[\d\\]/.test(next!)) return "Rewrite schema error: '\\' must be followed by a digit or '\\'.";
    if (next !== '\\') highest = Math.max(highest, Number(next));
  }
  const groups = pattern === undefined ? highest : groupCount(pattern);
  return highest <= groups
    ? undefined
    : `Rewrite schema requests ${highest} matches, but the regexp only has ${groups} parenthesized subexpressions.`;
}

function instr(subject: Subject): (call: Call) => string {
  return (call) => {
    const optional = [2, 3, 4].map((index) => (call.has(index) ? call.sql(index) : index === 4 ? '0' : '1'));
    return `${own.regexp_instr}(${subject.read(call.sql(0))}, ${patternSql(call, subject)}, ${optional.join(', ')})`;
  };
}

function groupsType(call: Call): BqType {
  const pattern = stringLiteral(call, 1);
  if (pattern === undefined) return call.fail('REGEXP_EXTRACT_GROUPS needs a literal regular expression');
  const fields: StructField[] = groupNames(pattern).map((name) => {
    if (name?.endsWith('__INT64')) return { name: name.slice(0, -'__INT64'.length), type: INT64 };
    return { name, type: STRING };
  });
  if (fields.length === 0) return call.fail('REGEXP_EXTRACT_GROUPS needs at least one capturing group');
  return structOf(fields);
}

function extractGroups(call: Call): string {
  const type = call.returns;
  if (type.kind !== 'STRUCT') return call.fail('REGEXP_EXTRACT_GROUPS returns a struct');
  const groups = `${own.regexp_groups}(${call.sql(0)}, ${call.sql(1)})`;
  const fields = type.fields.map((field, index) => {
    const group = `${groups}[${index + 1}]`;
    return `f${index + 1} := ${field.type.kind === 'INT64' ? `${own.cast_int64}(${group})` : group}`;
  });
  return `CAST(CASE WHEN ${groups} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END AS ${call.duckReturns})`;
}

export const regexpFunctions: FunctionRule[] = [
  scalar('REGEXP_CONTAINS', {
    '(STRING, STRING) -> BOOL': ofPattern(matches)(TEXT),
    '(BYTES, BYTES) -> BOOL': ofPattern(matches)(BYTES),
  }),
  scalar(
    'REGEXP_EXTRACT',
    {
      '(STRING, STRING, [INT64], [INT64]) -> STRING': ofPattern(extract)(TEXT),
      '(BYTES, BYTES, [INT64], [INT64]) -> BYTES': ofPattern(extract)(BYTES),
    },
    { aliases: ['REGEXP_SUBSTR'] },
  ),
  scalar('REGEXP_EXTRACT_ALL', {
    '(STRING, STRING) -> ARRAY<STRING>': ofPattern(extractAll)(TEXT),
    '(BYTES, BYTES) -> ARRAY<BYTES>': ofPattern(extractAll)(BYTES),
  }),
  scalar('REGEXP_EXTRACT_GROUPS', { '(STRING, STRING) -> INFERRED': extractGroups }, { returns: groupsType }),
  scalar('REGEXP_INSTR', {
    '(STRING, STRING, [INT64], [INT64], [INT64]) -> INT64': ofPattern(instr)(TEXT),
    '(BYTES, BYTES, [INT64], [INT64], [INT64]) -> INT64': ofPattern(instr)(BYTES),
  }),
  scalar('REGEXP_REPLACE', {
    '(STRING, STRING, STRING) -> STRING': ofPattern(replace)(TEXT),
    '(BYTES, BYTES, BYTES) -> BYTES': ofPattern(replace)(BYTES),
  }),
];
