import { invalidQuery } from '../../../googlesql/errors.js';
import type { Expression, FunctionCall } from '../../../googlesql/syntax/ast.js';
import type {
  RangePartitioning,
  TableField,
  TimePartitioning,
  TimePartitioningType,
} from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';

interface Partitioning {
  timePartitioning?: TimePartitioning;
  rangePartitioning?: RangePartitioning;
}

/** What PARTITION BY says, in REST's terms. */
export function partitioningOf(expression: Expression | undefined, fields: TableField[]): Partitioning {
  if (!expression) return {};
  if (expression.kind === 'PathExpression') {
    const name = columnName(expression);
    if (isPseudo(name, '_PARTITIONDATE')) return { timePartitioning: { type: 'DAY' } };
    const field = findField(fields, name);
    if (field !== undefined && field.type !== 'DATE') throw unsupported(expression);
    return { timePartitioning: { type: 'DAY', field: fieldName(name, fields) } };
  }
  if (expression.kind !== 'FunctionCall') throw unsupported(expression);
  return partitioningByFunction(expression, fields);
}

function partitioningByFunction(call: FunctionCall, fields: TableField[]): Partitioning {
  const name = call.name.map((part) => part.name.toUpperCase()).join('.');
  const [column, unit] = call.arguments;
  if (column?.kind !== 'PathExpression') throw unsupported(call);
  const field = columnName(column);
  if (name === 'RANGE_BUCKET') return { rangePartitioning: rangeOf(call, fieldName(field, fields)) };
  const type = name === 'DATE' ? 'DAY' : truncationUnit(name, unit as Expression | undefined);
  if (!type) throw unsupported(call);
  if (isPseudo(field, '_PARTITIONTIME') || isPseudo(field, '_PARTITIONDATE'))
    return { timePartitioning: { type } };
  return { timePartitioning: { type, field: fieldName(field, fields) } };
}

const truncations = ['TIMESTAMP_TRUNC', 'DATETIME_TRUNC', 'DATE_TRUNC'];
const units: readonly string[] = ['HOUR', 'DAY', 'MONTH', 'YEAR'] satisfies TimePartitioningType[];

function truncationUnit(name: string, unit: Expression | undefined): TimePartitioningType | undefined {
  if (!truncations.includes(name) || unit?.kind !== 'PathExpression') return undefined;
  const text = columnName(unit).toUpperCase();
  return units.includes(text) ? (text as TimePartitioningType) : undefined;
}

/** `RANGE_BUCKET(column, GENERATE_ARRAY(start, end, step))` */
function rangeOf(call: FunctionCall, field: string): RangePartitioning {
  const buckets = call.arguments[1];
  if (buckets?.kind !== 'FunctionCall' || buckets.name.at(-1)!.name.toUpperCase() !== 'GENERATE_ARRAY') {
    throw unsupported(call);
  }
  const [start, end, interval] = buckets.arguments.map((argument) => integerText(argument as Expression));
  if (start === undefined || end === undefined) throw unsupported(call);
  return { field, range: { start, end, interval: interval ?? '1' } };
}

function integerText(expression: Expression): string | undefined {
  if (expression.kind === 'IntegerLiteral') return expression.value.toString();
  if (expression.kind === 'Unary' && expression.operator === '-') {
    const inner = integerText(expression.operand);
    return inner === undefined ? undefined : `-${inner}`;
  }
  return undefined;
}

function columnName(path: Extract<Expression, { kind: 'PathExpression' }>): string {
  return path.parts.map((part) => part.name).join('.');
}

function isPseudo(name: string, pseudo: string): boolean {
  return name.toUpperCase() === pseudo;
}

function fieldName(name: string, fields: TableField[]): string {
  return findField(fields, name)?.name ?? name;
}

function unsupported(expression: Expression) {
  return invalidQuery(
    'PARTITION BY expression must be _PARTITIONDATE, DATE(<timestamp_column>), DATE(<datetime_column>), DATETIME_TRUNC(<datetime_column>, DAY/HOUR/MONTH/YEAR), a DATE column, TIMESTAMP_TRUNC(<timestamp_column>, DAY/HOUR/MONTH/YEAR), DATE_TRUNC(<date_column>, MONTH/YEAR), or RANGE_BUCKET(<int64_column>, GENERATE_ARRAY(<int64_value>, <int64_value>[, <int64_value>]))',
    expression.pos,
  );
}
