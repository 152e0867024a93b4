import type { BqType, StructField } from '../sql/types.js';
import { INT64, STRING, structOf } from '../sql/types.js';
import { integerLiteral, quoteString, raise, stringLiteral } from './emit.js';
import { groupCount, groupNames } from './js/regexp.js';
import { type Call, type FunctionRule, scalar } from './registry.js';

const TOO_MANY_GROUPS =
  'Regular expressions passed into extraction functions must not have more than 1 capturing group';

/** Writes an extraction with the group that counts: the only one, or the whole match when there is none. */
function withGroup(call: Call, write: (group: number) => string): string {
  const pattern = stringLiteral(call, 1);
  if (pattern !== undefined) {
    const count = groupCount(pattern);
    if (count > 1) return call.fail(TOO_MANY_GROUPS, call.argument(1).pos);
    return write(count);
  }
  return `CASE bq_group_count(${call.sql(1)}) WHEN 0 THEN ${write(0)} WHEN 1 THEN ${write(1)} ELSE ${raise(
    quoteString(TOO_MANY_GROUPS),
    call.duckReturns,
  )} END`;
}

function extract(call: Call): string {
  const [value, pattern] = [call.sql(0), call.sql(1)];
  const first =
    !call.has(2) || (integerLiteral(call, 2) === 1n && (!call.has(3) || integerLiteral(call, 3) === 1n));
  if (first) {
    return withGroup(
      call,
      (group) =>
        `CASE WHEN regexp_matches(${value}, ${pattern}) THEN regexp_extract(${value}, ${pattern}, ${group}) END`,
    );
  }
  const position = call.sql(2);
  const occurrence = call.has(3) ? call.sql(3) : '1';
  const found = withGroup(
    call,
    (group) => `regexp_extract_all(substring(${value}, ${position}), ${pattern}, ${group})[${occurrence}]`,
  );
  return `CASE WHEN ${position} < 1 THEN ${raise("'Position must be positive'")} WHEN ${occurrence} < 1 THEN ${raise(
    "'Occurrence must be positive'",
  )} ELSE ${found} END`;
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
  const groups = `bq_regexp_groups(${call.sql(0)}, ${call.sql(1)})`;
  const fields = type.fields.map((field, index) => {
    const group = `${groups}[${index + 1}]`;
    return `f${index + 1} := ${field.type.kind === 'INT64' ? `bq_cast_int64(${group})` : group}`;
  });
  return `CAST(CASE WHEN ${groups} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END AS ${call.duckReturns})`;
}

/** The pattern functions work on text; bytes go through them when they are UTF-8. */
function overBytes(sql: string): string {
  return `encode(${sql})`;
}

export const regexpFunctions: FunctionRule[] = [
  scalar('REGEXP_CONTAINS', {
    '(STRING, STRING) -> BOOL': 'regexp_matches($1, $2)',
    '(BYTES, BYTES) -> BOOL': 'regexp_matches(decode($1), decode($2))',
  }),
  scalar(
    'REGEXP_EXTRACT',
    { '(STRING, STRING, [INT64], [INT64]) -> STRING': extract },
    { aliases: ['REGEXP_SUBSTR'] },
  ),
  scalar('REGEXP_EXTRACT_ALL', {
    '(STRING, STRING) -> ARRAY<STRING>': (call) =>
      withGroup(call, (group) => `regexp_extract_all(${call.sql(0)}, ${call.sql(1)}, ${group})`),
  }),
  scalar('REGEXP_EXTRACT_GROUPS', { '(STRING, STRING) -> INFERRED': extractGroups }, { returns: groupsType }),
  scalar('REGEXP_INSTR', {
    '(STRING, STRING, [INT64], [INT64], [INT64]) -> INT64': (call) =>
      `bq_regexp_instr(${call.sql(0)}, ${call.sql(1)}, ${call.has(2) ? call.sql(2) : '1'}, ${
        call.has(3) ? call.sql(3) : '1'
      }, ${call.has(4) ? call.sql(4) : '0'})`,
  }),
  scalar('REGEXP_REPLACE', {
    '(STRING, STRING, STRING) -> STRING': "regexp_replace($1, $2, $3, 'g')",
    '(BYTES, BYTES, BYTES) -> BYTES': overBytes("regexp_replace(decode($1), decode($2), decode($3), 'g')"),
  }),
];
