import type { TableFunctionResult } from '../../googlesql/compile/scope/query-context.js';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { invalidQuery, type SqlError } from '../../googlesql/errors.js';
import type { Argument, Position, StringLiteral, TableFunctionCall } from '../../googlesql/syntax/ast.js';
import { duckType, isGroupable, printType } from '../../googlesql/syntax/types.js';
import type { StatementCompiler } from './services.js';

const MODES = ['MEETS', 'OVERLAPS'];

/**
 * `RANGE_SESSIONIZE(table, range column, partitioning columns[, mode])`: the rows with the range that they and those
 * that overlap or meet them fill together.
 *
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/range-functions#range_sessionize
 */
export function rangeSessionize(
  call: TableFunctionCall,
  compiler: StatementCompiler,
): Promise<TableFunctionResult> | undefined {
  if (call.name.length !== 1 || call.name[0]!.name.toUpperCase() !== 'RANGE_SESSIONIZE') return undefined;
  return sessionize(call, compiler);
}

async function sessionize(
  { arguments: given, pos }: TableFunctionCall,
  compiler: StatementCompiler,
): Promise<TableFunctionResult> {
  const [table, column, partitions, option, ...more] = given;
  if (table === undefined || column === undefined || partitions === undefined || more.length > 0) {
    throw invalidQuery(
      'No matching signature for table-valued function RANGE_SESSIONIZE\n  Signature: RANGE_SESSIONIZE(ANY TABLE, STRING, ARRAY<STRING>, [RANGE_SESSIONIZE_MODE])',
      pos,
    );
  }
  const mode = option === undefined ? 'MEETS' : modeOf(option);
  const input = await compiler.compileTable(table);
  const find = ({ value, pos: at }: StringLiteral): number => {
    const index = input.columns.findIndex(({ name }) => name.toLowerCase() === value.toLowerCase());
    if (index < 0)
      throw invalidQuery(`Column ${value} is not found in the input table of RANGE_SESSIONIZE`, at);
    return index;
  };
  const range = find(text(column));
  const { type } = input.columns[range]!;
  if (type.kind !== 'RANGE') {
    throw invalidQuery(`RANGE_SESSIONIZE takes a column of type RANGE, not ${printType(type)}`, column.pos);
  }
  const keys = texts(partitions).map((literal) => {
    const index = find(literal);
    if (!isGroupable(input.columns[index]!.type)) {
      throw invalidQuery(
        `Column ${literal.value} cannot partition the rows of RANGE_SESSIONIZE`,
        literal.pos,
      );
    }
    return quoteIdentifier(input.physicalNames[index]!);
  });
  const session = '_session_range';
  return {
    sql: sessionSql({
      input: input.sql,
      columns: input.physicalNames.map(quoteIdentifier),
      range: quoteIdentifier(input.physicalNames[range]!),
      keys,
      element: duckType(type.element),
      comparison: mode === 'MEETS' ? '>' : '>=',
      session,
    }),
    columns: [...input.columns, { name: 'session_range', type }],
    physicalNames: [...input.physicalNames, session],
  };
}

interface Parts {
  input: string;
  columns: readonly string[];
  range: string;
  keys: readonly string[];
  element: string;
  /** Of a range's start and the ends before it, when it begins a session. */
  comparison: string;
  session: string;
}

function sessionSql({ input, columns, range, keys, element, comparison, session }: Parts): string {
  const infinity = (sign: string) => `CAST('${sign}infinity' AS ${element})`;
  const ends = `coalesce((${range}).f1, ${infinity('-')}) AS _start, coalesce((${range}).f2, ${infinity('')}) AS _end`;
  const partition = [...keys, `${range} IS NULL`].join(', ');
  const ordered = `PARTITION BY ${partition} ORDER BY _start, _end ROWS BETWEEN UNBOUNDED PRECEDING AND`;
  const begins = `CASE WHEN _start ${comparison} max(_end) OVER (${ordered} 1 PRECEDING) THEN 1 ELSE 0 END AS _begins`;
  const number = `sum(_begins) OVER (${ordered} CURRENT ROW) AS _number`;
  const all = `OVER (PARTITION BY ${partition}, _number)`;
  const whole = `struct_pack(f1 := nullif(min(_start) ${all}, ${infinity('-')}), f2 := nullif(max(_end) ${all}, ${infinity('')}))`;
  return `(SELECT ${columns.join(', ')}, CASE WHEN ${range} IS NOT NULL THEN ${whole} END AS ${session}
    FROM (SELECT *, ${number} FROM (SELECT *, ${begins} FROM (SELECT *, ${ends} FROM (${input})))))`;
}

function modeOf(argument: Argument): string {
  const { value, pos } = text(argument);
  if (MODES.includes(value.toUpperCase())) return value.toUpperCase();
  throw invalidQuery(`Could not cast literal "${value}" to type RANGE_SESSIONIZE_MODE`, pos);
}

function text(argument: Argument): StringLiteral {
  if (argument.kind === 'NamedArgument') return text(argument.value);
  if (argument.kind === 'StringLiteral') return argument;
  throw notLiteral(argument.pos);
}

function texts(argument: Argument): StringLiteral[] {
  if (argument.kind === 'NamedArgument') return texts(argument.value);
  if (argument.kind !== 'ArrayConstructor') throw notLiteral(argument.pos);
  return argument.elements.map(text);
}

function notLiteral(pos: Position): SqlError {
  return invalidQuery('RANGE_SESSIONIZE takes the names of columns as literals', pos);
}
