import { duck, raw } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { bindInputs } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import type { Cast, TypeNode } from '../../syntax/ast.js';
import { type BqType, STRING } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { castWithFormat } from './cast-format.js';
import { castValue, coerce } from './casts.js';
import { safely } from './safe.js';
import { typeOfNode } from './type-nodes.js';

/** CAST and SAFE_CAST, with type parameters, FORMAT and AT TIME ZONE. */
export function compileCast(node: Cast, scope: Scope): Value {
  const context = scope.castContext;
  const given = scope.compile(node.operand);
  const binding = node.safe && given.sql.isOpaque ? bindInputs([given.sql]) : undefined;
  const operand = binding === undefined ? given : { ...given, sql: binding.names[0]! };
  const type = typeOfNode(node.type);
  const compile = (): Value => {
    if (node.format !== undefined) {
      const format = coerce(scope.compile(node.format), STRING, context);
      const zone =
        node.timeZone === undefined ? undefined : coerce(scope.compile(node.timeZone), STRING, context);
      return castWithFormat(operand, type, format, zone, node.pos, context);
    }
    if (node.timeZone !== undefined)
      throw invalidQuery('AT TIME ZONE in CAST needs a FORMAT clause', node.pos);
    return castValue(operand, type, node.pos, context);
  };
  let result: Value;
  try {
    result = compile();
  } catch (error) {
    // A literal that cannot be cast is NULL; a pair of types without a cast stays an error.
    const literal = error instanceof Error && error.message.startsWith('Could not cast literal');
    if (!node.safe || !literal) throw error;
    return castValue(
      { ...operand, sql: raw('NULL', 'literal'), coercibility: 'null', literal: null },
      type,
      node.pos,
      context,
    );
  }
  const fitted = constrain(result, type, node.type);
  const named = node.safe ? safely(fitted) : fitted;
  if (binding !== undefined)
    return { ...named, sql: binding.around(named.sql), pos: node.pos, name: undefined };
  return { ...named, pos: node.pos, name: undefined };
}

/** `CAST(x AS NUMERIC(5, 2))` rounds, `CAST(x AS STRING(3))` refuses what is longer. */
export function constrain(input: Value, type: BqType, node: TypeNode): Value {
  if (node.kind !== 'SimpleType' || node.parameters.length === 0) return input;
  const [first = 0, second = 0] = node.parameters;
  if (type.kind === 'NUMERIC') {
    const limit = duck`CAST('1${'0'.repeat(first - second)}' AS DECIMAL(38,9))`;
    const rounded = duck`CAST(round(${input.sql}, ${second}) AS DECIMAL(38,9))`;
    const message = duck`'numeric overflow: ' || CAST(${input.sql} AS VARCHAR)`;
    const tooWide =
      first - second >= 29
        ? rounded
        : duck`CASE WHEN abs(${rounded}) >= ${limit} THEN CAST(${own.error}(${message}) AS DECIMAL(38,9)) ELSE ${rounded} END`;
    return value(tooWide, type, input.pos);
  }
  if (type.kind === 'STRING' || type.kind === 'BYTES') {
    const length = type.kind === 'STRING' ? duck`length(${input.sql})` : duck`octet_length(${input.sql})`;
    const duckName = type.kind === 'STRING' ? 'VARCHAR' : 'BLOB';
    const message = duck`'maximum length of ${type.kind} type is ${first}, found ' || ${length}`;
    const sql = duck`CASE WHEN ${length} > ${first} THEN CAST(${own.error}(${message}) AS ${duckName}) ELSE ${input.sql} END`;
    return value(sql, type, input.pos);
  }
  return input;
}
