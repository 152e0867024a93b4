import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import { invalidQuery } from '../../../googlesql/errors.js';
import type { Expression, Position, Query, QueryBody } from '../../../googlesql/syntax/ast.js';
import { parseExpression } from '../../../googlesql/syntax/parser.js';
import {
  type BqType,
  coercionCost,
  duckFieldName,
  duckType,
  FLOAT64,
  INT64,
  printType,
  STRING,
  scalarType,
} from '../../../googlesql/syntax/types.js';
import type { TableField } from '../../catalog/entries.js';
import { fromTableField } from '../../catalog/rest-types.js';
import { typeNode } from '../ast-builders.js';
import type { QueryParameter } from '../execution.js';
import type { Session } from '../session.js';
import type { BoundQuery } from '../statement-context.js';
import type { TargetColumn } from '../targets.js';

/**
 * A value on its way into a column. Literals take the column's type as BigQuery's literals do (a string becomes a
 * date, a float a NUMERIC with all its digits), DEFAULT becomes the column's default, and NULL gets a type.
 */
export function assignable(value: Expression, column: TargetColumn, session: Session): Expression {
  if (value.kind === 'DefaultValue') return defaultOf(column, value.pos);
  return coerceLiteral(value, column.type, session.request.parameters ?? []);
}

/** A value for a variable or parameter of a given type: literals take it on. */
export function coercible(value: Expression, type: BqType, session: Session): Expression {
  return coerceLiteral(value, type, session.request.parameters ?? []);
}

function defaultOf(column: TargetColumn, pos: Position): Expression {
  const text = column.field.defaultValueExpression;
  const value: Expression = text === undefined ? { kind: 'NullLiteral', pos } : parseExpression(text);
  return coerceLiteral(value, column.type, []);
}

function cast(operand: Expression, type: BqType): Expression {
  return { kind: 'Cast', implicit: true, safe: false, operand, type: typeNode(type), pos: operand.pos };
}

function coerceLiteral(value: Expression, type: BqType, parameters: readonly QueryParameter[]): Expression {
  if (value.kind === 'NullLiteral') return cast(value, type);
  if (value.kind === 'ArrayConstructor' && !value.element && type.kind === 'ARRAY') {
    const elements = value.elements.map((element) => coerceLiteral(element, type.element, parameters));
    return value.elements.every((element, index) => element === elements[index]) && elements.length > 0
      ? value
      : { ...value, elements, element: typeNode(type.element) };
  }
  if (value.kind === 'StructConstructor' && !value.type && type.kind === 'STRUCT') {
    if (value.fields.length !== type.fields.length) return value;
    const fields = value.fields.map((field, index) => ({
      ...field,
      expression: coerceLiteral(field.expression, type.fields[index]!.type, parameters),
    }));
    return { ...value, fields };
  }
  return coerceScalar(value, type, parameters);
}

function coerceScalar(value: Expression, type: BqType, parameters: readonly QueryParameter[]): Expression {
  const number = numericText(value);
  if (number !== undefined && (type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC')) {
    return { kind: 'TypedLiteral', type: type.kind, value: number, valuePos: value.pos, pos: value.pos };
  }
  const from = literalType(value, parameters);
  if (!from || from.kind === type.kind) return value;
  const coercibility =
    value.kind === 'NamedParameter' || value.kind === 'PositionalParameter' ? 'parameter' : 'literal';
  return coercionCost(from, type, coercibility) === undefined ? value : cast(value, type);
}

/** Text of a number literal with its sign. */
function numericText(value: Expression): string | undefined {
  if (value.kind === 'FloatLiteral') return value.text;
  if (value.kind === 'IntegerLiteral') return value.value.toString();
  if (value.kind !== 'Unary' || (value.operator !== '-' && value.operator !== '+')) return undefined;
  const inner = numericText(value.operand);
  if (inner === undefined || inner.startsWith('-')) return undefined;
  return value.operator === '-' ? `-${inner}` : inner;
}

function literalType(value: Expression, parameters: readonly QueryParameter[]): BqType | undefined {
  if (value.kind === 'StringLiteral') return STRING;
  if (value.kind === 'NamedParameter' || value.kind === 'PositionalParameter') {
    const parameter =
      value.kind === 'PositionalParameter'
        ? parameters[value.index]
        : parameters.find((item) => item.name?.toLowerCase() === value.name.toLowerCase());
    return parameter?.parameterType && scalarType(parameter.parameterType.type);
  }
  const number = numericText(value);
  if (number === undefined) return undefined;
  return /^-?\d+$/.test(number) ? INT64 : FLOAT64;
}

/** The same for the columns of a query: literals of its select lists take the types of the columns they go into. */
export function assignableQuery(query: Query, columns: TargetColumn[], session: Session): Query {
  return { ...query, body: assignableBody(query.body, columns, session) };
}

function assignableBody(body: QueryBody, columns: TargetColumn[], session: Session): QueryBody {
  switch (body.kind) {
    case 'Query':
      return body.pipes.length > 0 ? body : assignableQuery(body, columns, session);
    case 'SetOperation':
      if (body.columns.by !== 'POSITION') return body;
      return { ...body, inputs: body.inputs.map((input) => assignableBody(input, columns, session)) };
    case 'FromQuery':
      return body;
    case 'Select':
      // With stars the places are not known yet; a GROUP BY or DISTINCT over a changed literal would change too.
      if (body.as || body.distinct || body.items.some((item) => item.kind === 'SelectStar')) return body;
      if (body.items.length !== columns.length) return body;
      return {
        ...body,
        items: body.items.map((item, index) =>
          item.kind === 'SelectStar'
            ? item
            : { ...item, expression: assignable(item.expression, columns[index]!, session) },
        ),
      };
  }
}

/**
 * DuckDB expressions that read the columns of `compiled` (under the table alias `q`) and convert them to those of the
 * target. Throws BigQuery's error when a type does not fit.
 */
export function assignmentSql(
  compiled: Pick<BoundQuery, 'columns' | 'physicalNames'>,
  columns: TargetColumn[],
  mismatch: (index: number, from: BqType, column: TargetColumn) => Error,
): string[] {
  return columns.map((column, index) => {
    const from = compiled.columns[index]!.type;
    if (coercionCost(from, column.type) === undefined) throw mismatch(index, from, column);
    return storedSql(`q.${quoteIdentifier(compiled.physicalNames[index]!)}`, from, column);
  });
}

/** Converts a value to the storage of a column, with the limits of its parameterised type. */
export function storedSql(sql: string, from: BqType, column: TargetColumn): string {
  const target = duckType(column.type);
  const converted = duckType(from) === target ? sql : `CAST(${sql} AS ${target})`;
  return limitedSql(converted, column.field);
}

/** A value of a required field within a struct, which DuckDB does not guard. */
export function requiredSql(sql: string, name: string): string {
  return `CASE WHEN ${sql} IS NULL THEN error(${quoteString(`Required field ${name} cannot be null`)}) ELSE ${sql} END`;
}

/** Has the column a length, a precision or a required field, itself or within? */
function isLimited(field: TableField): boolean {
  if (field.maxLength !== undefined || field.precision !== undefined) return true;
  return (field.fields ?? []).some((inner) => inner.mode === 'REQUIRED' || isLimited(inner));
}

/** A value within the limits of its column's parameterised type: rounded, or an error. */
export function limitedSql(sql: string, field: TableField, path = ''): string {
  if (!isLimited(field)) return sql;
  const name = `${path}${field.name}`;
  if (field.mode === 'REPEATED') {
    const item = limitedSql('_l', { ...field, mode: 'NULLABLE' }, path);
    return `list_transform(${sql}, lambda _l: ${item})`;
  }
  if (field.type === 'RECORD') {
    const parts = field.fields!.map(
      (inner, index) =>
        `${duckFieldName(index)} := ${limitedSql(`(${sql}).${duckFieldName(index)}`, inner, `${name}.`)}`,
    );
    const checks = field.fields!.flatMap((inner, index) =>
      inner.mode === 'REQUIRED'
        ? [[`(${sql}).${duckFieldName(index)}`, `${name}.${inner.name}`] as const]
        : [],
    );
    const missing = checks.map(
      ([value, inner]) =>
        `WHEN ${value} IS NULL THEN error(${quoteString(`Required field ${inner} cannot be null`)})`,
    );
    return `CASE WHEN ${sql} IS NULL THEN NULL ${missing.join(' ')} ELSE struct_pack(${parts.join(', ')}) END`;
  }
  if (field.maxLength !== undefined && (field.type === 'STRING' || field.type === 'BYTES')) {
    const length = field.type === 'STRING' ? `length(${sql})` : `octet_length(${sql})`;
    const message = quoteString(
      `Field ${name}: ${field.type}(${field.maxLength}) has maximum length ${field.maxLength} but got a value with length `,
    );
    return `CASE WHEN ${length} > ${field.maxLength} THEN error(${message} || ${length}) ELSE ${sql} END`;
  }
  if (field.precision !== undefined && field.type === 'NUMERIC') {
    const scale = Number(field.scale ?? 0);
    const bound = 10n ** BigInt(Number(field.precision) - scale);
    const rounded = `CAST(round(${sql}, ${scale}) AS ${duckType(fromTableField(field).type)})`;
    const message = quoteString(
      `Field ${name}: NUMERIC(${field.precision}, ${scale}) has precision ${field.precision} and scale ${scale} but got a value that is not in range of [-${bound}, ${bound}]`,
    );
    return `CASE WHEN abs(${rounded}) >= ${bound} THEN error(${message}) ELSE ${rounded} END`;
  }
  return sql;
}

/** `Value has type … which cannot be inserted into column …` */
export function insertMismatch(what: string, pos: Position) {
  return (index: number, from: BqType, column: TargetColumn) =>
    invalidQuery(
      `${what.replace('#', String(index + 1))} has type ${printType(from)} which cannot be inserted into column ${column.name}, which has type ${printType(column.type)}`,
      pos,
    );
}
