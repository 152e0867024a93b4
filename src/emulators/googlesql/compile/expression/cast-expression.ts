import { int64Sql } from '../../duck/literal-text.js';
import { invalidQuery } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
import { raise } from '../../functions/emit.js';
import { sharing } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import type { Cast, TypeNode } from '../../syntax/ast.js';
import { type BqType, duckFieldName, duckType, STRING } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { castWithFormat } from './cast-format.js';
import { castValue, coerce } from './casts.js';
import { bindFallible, safely } from './safe.js';
import { typeOfNode } from './type-nodes.js';

/** CAST and SAFE_CAST, with type parameters, FORMAT and AT TIME ZONE. */
export function compileCast(node: Cast, scope: Scope): Value {
  const context = scope.castContext;
  const given = scope.compile(node.operand);
  if (node.implicit)
    return {
      ...coerce(given, typeOfNode(node.type, scope.compilation.dialect.timestampDigits), context),
      pos: node.pos,
    };
  const binding = node.safe ? bindFallible([given.sql]) : undefined;
  const operand = binding === undefined ? given : { ...given, sql: binding.names[0]! };
  const type = typeOfNode(node.type, scope.compilation.dialect.timestampDigits);
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
  const fitted = constrain(compile(), type, node.type, context);
  const named = node.safe ? safely(fitted) : fitted;
  const sql = binding === undefined ? named.sql : binding.around(named.sql);
  return { ...named, sql, pos: node.pos, name: undefined };
}

/** `CAST(x AS NUMERIC(5, 2))` rounds, `CAST(x AS STRING(3))` refuses what is longer, items and fields alike. */
export function constrain(input: Value, type: BqType, node: TypeNode, context: CastContext): Value {
  if (!hasParameters(node)) return input;
  const sql = sharing([input.sql], ([text]) => constrained(text!, type, node, context));
  return value(sql, type, input.pos);
}

function hasParameters(node: TypeNode): boolean {
  if (node.kind === 'SimpleType') return node.parameters.length > 0;
  if (node.kind === 'ArrayType') return hasParameters(node.element);
  return node.kind === 'StructType' && node.fields.some((field) => hasParameters(field.type));
}

function constrained(sql: string, type: BqType, node: TypeNode, context: CastContext): string {
  if (node.kind === 'ArrayType' && type.kind === 'ARRAY') {
    if (!hasParameters(node)) return sql;
    const item = context.alias('e');
    return `list_transform(${sql}, lambda ${item}: ${constrained(item, type.element, node.element, context)})`;
  }
  if (node.kind === 'StructType' && type.kind === 'STRUCT') {
    const fields = type.fields.map((field, index) => {
      const name = duckFieldName(index);
      return `'${name}': ${constrained(`(${sql}).${name}`, field.type, node.fields[index]!.type, context)}`;
    });
    return `CASE WHEN ${sql} IS NOT NULL THEN {${fields.join(', ')}} END`;
  }
  if (node.kind !== 'SimpleType' || node.parameters.length === 0) return sql;
  const [first = 0, second = 0] = node.parameters;
  switch (type.kind) {
    case 'NUMERIC': {
      const rounded = `CAST(round(${sql}, ${second}) AS DECIMAL(38,9))`;
      if (first - second >= 29) return rounded;
      const limit = `CAST('1${'0'.repeat(first - second)}' AS DECIMAL(38,9))`;
      const wrong = raise(`'numeric overflow: ' || CAST(${sql} AS VARCHAR)`, 'DECIMAL(38,9)');
      return `CASE WHEN abs(${rounded}) >= ${limit} THEN ${wrong} ELSE ${rounded} END`;
    }
    case 'BIGNUMERIC':
      return `CAST(${own.big_fitted}(CAST(${sql} AS VARCHAR), ${int64Sql(BigInt(first))}, ${int64Sql(BigInt(second))}) AS BIGNUM)`;
    case 'STRING':
    case 'BYTES': {
      const length = type.kind === 'STRING' ? `length(${sql})` : `octet_length(${sql})`;
      const message = `'maximum length of ${type.kind} type is ${first}, found ' || ${length}`;
      return `CASE WHEN ${length} > ${first} THEN ${raise(message, duckType(type))} ELSE ${sql} END`;
    }
    default:
      return sql;
  }
}
