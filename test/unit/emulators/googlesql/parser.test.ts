import { describe, expect, it } from 'vitest';
import type { Expression, Query, Select, Statement } from '../../../../src/emulators/googlesql/syntax/ast.js';
import {
  parseExpression,
  parseQuery,
  parseScript,
  parseType,
} from '../../../../src/emulators/googlesql/syntax/parser.js';

function failure(sql: string): string {
  try {
    parseScript(sql);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`parsed: ${sql}`);
}

function statement<Kind extends Statement['kind']>(
  sql: string,
  kind: Kind,
): Extract<Statement, { kind: Kind }> {
  const script = parseScript(sql);
  expect(script.statements).toHaveLength(1);
  const [found] = script.statements;
  expect(found!.kind).toBe(kind);
  return found as Extract<Statement, { kind: Kind }>;
}

function select(sql: string): Select {
  const { body } = parseQuery(sql);
  expect(body.kind).toBe('Select');
  return body as Select;
}

/** The expression with its grouping made visible. */
function print(expression: Expression): string {
  switch (expression.kind) {
    case 'PathExpression':
      return expression.parts.map((part) => part.name).join('.');
    case 'IntegerLiteral':
      return expression.text;
    case 'Unary':
      return `(${expression.operator} ${print(expression.operand)})`;
    case 'Binary':
    case 'Comparison':
      return `(${print(expression.left)} ${expression.operator} ${print(expression.right)})`;
    case 'Logical':
      return `(${expression.operands.map(print).join(` ${expression.operator} `)})`;
    case 'Between':
      return `(${print(expression.operand)} BETWEEN ${print(expression.low)} AND ${print(expression.high)})`;
    case 'Is':
      return `(${print(expression.operand)} IS ${expression.value})`;
    case 'Subscript':
      return `${print(expression.operand)}[${print(expression.index)}]`;
    case 'FieldAccess':
      return `${print(expression.operand)}.${expression.field.name}`;
    default:
      return expression.kind;
  }
}

describe('errors', () => {
  it.each([
    ['SLECT 1 AS n', 'Syntax error: Unexpected identifier "SLECT" at [1:1]'],
    ["SELECT 'unterminated AS x", 'Syntax error: Unclosed string literal at [1:8]'],
    ['SELECT """abc', 'Syntax error: Unclosed triple-quoted string literal at [1:8]'],
    ['SELECT `abc', 'Syntax error: Unclosed identifier literal at [1:8]'],
    ['SELECT 1 /* abc', 'Syntax error: Unclosed comment at [1:10]'],
    ['SELECT', 'Syntax error: Unexpected end of script at [1:7]'],
    ['SELECT FROM t', 'Syntax error: SELECT list must not be empty at [1:8]'],
    ['SELECT 1 FROM', 'Syntax error: Unexpected end of script at [1:14]'],
    ['SELECT 1 FROM t\nGROUP x', 'Syntax error: Expected keyword BY but got identifier "x" at [2:7]'],
    ['SELECT (1', 'Syntax error: Expected ")" but got end of script at [1:10]'],
    ['SELECT a b c', 'Syntax error: Expected end of input but got identifier "c" at [1:12]'],
    ['SELECT 1 2', 'Syntax error: Expected end of input but got integer literal "2" at [1:10]'],
    ['SELECT * FROM t WHERE', 'Syntax error: Unexpected end of script at [1:22]'],
    ['SELECT * FROM t WHERE FROM', 'Syntax error: Unexpected keyword FROM at [1:23]'],
    ['SELECT a = b = c', 'Syntax error: Unexpected "=" at [1:14]'],
    ["SELECT '\\q'", 'Syntax error: Illegal escape sequence: \\q at [1:8]'],
    ['SELECT $1', 'Syntax error: Illegal input character "$" at [1:8]'],
    ['', 'Syntax error: Unexpected end of script at [1:1]'],
    ['BEGIN SELECT 1; ', 'Syntax error: Unexpected end of script at [1:17]'],
    [
      'SELECT 1 UNION SELECT 2',
      'Syntax error: Expected keyword ALL or keyword DISTINCT but got keyword SELECT at [1:16]',
    ],
    [
      'SELECT 1 UNION ALL SELECT 2 EXCEPT DISTINCT SELECT 3',
      'Syntax error: Different set operations cannot be used in the same query without using parentheses for grouping at [1:29]',
    ],
    ['CREATE NONSENSE x', 'Syntax error: Unexpected identifier "NONSENSE" at [1:8]'],
  ])('of %j', (sql, message) => {
    expect(failure(sql)).toBe(message);
  });

  it('counts columns in characters, and tabs to the next eighth', () => {
    expect(failure("SELECT '😀', FROM_ x 1")).toContain('[1:21]');
    expect(failure('SELECT\t1 2')).toContain('[1:11]');
  });

  it('refuses endless nesting instead of failing', () => {
    const deep = `SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`;
    expect(failure(deep)).toContain('nested too deeply');
  });
});

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3', '(1 + (2 * 3))'],
    ['(1 + 2) * 3', '((1 + 2) * 3)'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['a || b || c', '((a || b) || c)'],
    ['- a * b', '((- a) * b)'],
    ['a | b ^ c & d << 1 + 2', '(a | (b ^ (c & (d << (1 + 2)))))'],
    ['NOT a = b', '(NOT (a = b))'],
    ['a OR b AND NOT c', '(a OR (b AND (NOT c)))'],
    ['a AND b AND c', '(a AND b AND c)'],
    ['a <> b', '(a != b)'],
    ['a BETWEEN 1 AND 2 AND c', '((a BETWEEN 1 AND 2) AND c)'],
    ['a.b[0].c', 'a.b[0].c'],
    ['a + 1 IS NULL', '((a + 1) IS NULL)'],
  ])('%s', (sql, expected) => {
    expect(print(parseExpression(sql))).toBe(expected);
  });

  it('reads literals', () => {
    expect(parseExpression('0xFF')).toMatchObject({ kind: 'IntegerLiteral', value: 255n });
    expect(parseExpression('1.5e-3')).toMatchObject({ kind: 'FloatLiteral', text: '1.5e-3' });
    expect(parseExpression('.5')).toMatchObject({ kind: 'FloatLiteral', text: '.5' });
    expect(parseExpression(String.raw`'a\n\x41\u00e9\101\'b'`)).toMatchObject({ value: "a\nAéA'b" });
    expect(parseExpression(String.raw`r'a\n'`)).toMatchObject({ value: String.raw`a\n` });
    expect(parseExpression('"""a"b\r\n"""')).toMatchObject({ value: 'a"b\n' });
    const bytes = parseExpression(String.raw`b'\xff\101z'`);
    expect(bytes.kind === 'BytesLiteral' && [...bytes.value]).toEqual([255, 65, 122]);
    expect(parseExpression("DATE '2024-01-01'")).toMatchObject({ kind: 'TypedLiteral', type: 'DATE' });
    expect(parseExpression("DECIMAL '1'")).toMatchObject({ kind: 'TypedLiteral', type: 'NUMERIC' });
    expect(parseExpression("RANGE<DATE> '[2024-01-01, UNBOUNDED)'")).toMatchObject({ kind: 'RangeLiteral' });
    expect(parseExpression('INTERVAL x + 1 DAY')).toMatchObject({ kind: 'IntervalExpression', part: 'DAY' });
    expect(parseExpression("INTERVAL '1-2' YEAR TO MONTH")).toMatchObject({ toPart: 'MONTH' });
  });

  it('reads calls with everything they may hold', () => {
    expect(parseExpression('SAFE.SUBSTR(a, 1)')).toMatchObject({ safe: true, name: [{ name: 'SUBSTR' }] });
    expect(parseExpression('NET.HOST(a)')).toMatchObject({ safe: false, name: [{}, { name: 'HOST' }] });
    expect(parseExpression('`p.d.f`(1)')).toMatchObject({
      name: [{ name: 'p' }, { name: 'd' }, { name: 'f' }],
    });
    expect(parseExpression('ARRAY_AGG(DISTINCT x IGNORE NULLS ORDER BY x DESC LIMIT 2)')).toMatchObject({
      distinct: true,
      nullHandling: 'IGNORE',
      orderBy: [{ descending: true }],
      limit: { value: 2n },
    });
    expect(parseExpression('ANY_VALUE(x HAVING MAX y)')).toMatchObject({ having: { extreme: 'MAX' } });
    expect(parseExpression('f(step => 1)')).toMatchObject({ arguments: [{ kind: 'NamedArgument' }] });
    expect(parseExpression('f(a, (x, i) -> x + i)')).toMatchObject({
      arguments: [{}, { kind: 'Lambda', parameters: [{ name: 'x' }, { name: 'i' }] }],
    });
    expect(parseExpression('(a).UPPER().f(1)')).toMatchObject({
      chained: true,
      name: [{ name: 'f' }],
      arguments: [{ chained: true, name: [{ name: 'UPPER' }] }, { value: 1n }],
    });
    expect(
      parseExpression('SUM(x) OVER (w PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)'),
    ).toMatchObject({
      over: {
        base: { name: 'w' },
        frame: { unit: 'ROWS', start: { bound: 'PRECEDING' }, end: { bound: 'CURRENT ROW' } },
      },
    });
    expect(parseExpression('IF(a, b, c)')).toMatchObject({ kind: 'FunctionCall', name: [{ name: 'IF' }] });
  });

  it('tells structs, subqueries and parentheses apart', () => {
    expect(parseExpression('(1, 2)')).toMatchObject({ kind: 'StructConstructor', tuple: true });
    expect(parseExpression('(SELECT 1)').kind).toBe('ScalarSubquery');
    expect(parseExpression('((SELECT 1) + 2)').kind).toBe('Binary');
    expect(parseExpression('((SELECT 1) UNION ALL (SELECT 2))').kind).toBe('ScalarSubquery');
    expect(parseExpression('(WITH(a AS 1, a + 1))').kind).toBe('WithExpression');
    expect(parseExpression('x IN ((SELECT 1), 2)')).toMatchObject({ source: { kind: 'List' } });
    expect(parseExpression('x NOT IN (SELECT 1)')).toMatchObject({
      negated: true,
      source: { kind: 'Subquery' },
    });
    expect(parseExpression("x LIKE ANY ('a', 'b')")).toMatchObject({
      kind: 'QuantifiedComparison',
      quantifier: 'ANY',
    });
    expect(parseExpression('STRUCT<ARRAY<STRUCT<a INT64>>>([STRUCT(1)])').kind).toBe('StructConstructor');
    expect(parseExpression('a[SAFE_OFFSET(1)]')).toMatchObject({ mode: 'SAFE_OFFSET' });
  });

  it('numbers positional parameters over the whole script, past what was read twice', () => {
    const script = parseScript('SELECT ? IN ((SELECT ?), ?); SELECT ?');
    expect(script.positionalParameters).toBe(4);
  });
});

describe('types', () => {
  it('reads nested ones, though they end in a shift', () => {
    expect(parseType('ARRAY<STRUCT<a INT64, b ARRAY<STRING(10)>>>')).toMatchObject({
      element: {
        fields: [{ name: { name: 'a' } }, { type: { element: { name: 'STRING', parameters: [10] } } }],
      },
    });
  });
});

describe('queries', () => {
  it('reads clauses', () => {
    const query = select(
      'SELECT DISTINCT a, b.*, * EXCEPT (c) REPLACE (1 AS d), FROM t AS x WHERE a GROUP BY ROLLUP(a, (b, c)) HAVING b QUALIFY c WINDOW w AS (ORDER BY a)',
    );
    expect(query.distinct).toBe(true);
    expect(query.items.map((item) => item.kind)).toEqual(['SelectExpression', 'SelectStar', 'SelectStar']);
    expect(query.groupBy?.items[0]).toMatchObject({ kind: 'GroupingRollup', elements: [[{}], [{}, {}]] });
    expect(query.windows).toHaveLength(1);
  });

  it('reads table names with dashes, dots in backticks and leading digits', () => {
    const parts = (sql: string) => {
      const { from } = select(`SELECT * FROM ${sql}`);
      return from?.kind === 'TableReference' ? from.path.parts : from;
    };
    expect(parts('my-project-12.ds.2024_t')).toEqual(['my-project-12', 'ds', '2024_t']);
    expect(parts('`a-b.c`.d')).toEqual(['a-b', 'c', 'd']);
    expect(parts('`example.com:proj.ds.t`')).toEqual(['example.com:proj', 'ds', 't']);
    expect(parts('`proj:ds.t`')).toEqual(['proj', 'ds', 't']);
    expect(parts('ds.select')).toEqual(['ds', 'select']);
  });

  it('joins to the left, nested ones by their ON', () => {
    const { from } = select('SELECT 1 FROM a, b LEFT JOIN c USING (x) JOIN d JOIN e ON f ON g');
    expect(from).toMatchObject({
      type: 'INNER',
      left: { type: 'LEFT', left: { type: 'COMMA' }, using: [{ name: 'x' }] },
      right: { kind: 'Join', left: { path: { parts: ['d'] } } },
    });
  });

  it('tells subqueries from joins in parentheses', () => {
    expect(select('SELECT 1 FROM ((SELECT 1) AS a JOIN b ON TRUE)').from?.kind).toBe('Join');
    expect(select('SELECT 1 FROM ((SELECT 1) UNION ALL (SELECT 2)) AS u').from).toMatchObject({
      kind: 'SubqueryTable',
      alias: { name: 'u' },
    });
  });

  it('keeps LEFT for joins and for unions', () => {
    const query = parseQuery('SELECT * FROM a LEFT OUTER UNION ALL BY NAME SELECT * FROM b');
    expect(query.body).toMatchObject({ kind: 'SetOperation', columns: { by: 'NAME', mode: 'LEFT' } });
  });

  it('reads PIVOT, UNPIVOT, samples and offsets', () => {
    expect(select("SELECT * FROM t PIVOT(SUM(a) AS s FOR q IN ('x' AS y)) AS p").from).toMatchObject({
      kind: 'PivotTable',
      alias: { name: 'p' },
    });
    expect(
      select("SELECT * FROM t UNPIVOT INCLUDE NULLS((a, b) FOR q IN ((c, d) AS 'x'))").from,
    ).toMatchObject({
      kind: 'UnpivotTable',
      unpivot: { includeNulls: true, values: [{}, {}] },
    });
    expect(select('SELECT * FROM t TABLESAMPLE SYSTEM (10 PERCENT)').from?.kind).toBe('SampledTable');
    expect(select('SELECT * FROM UNNEST([1]) AS a WITH OFFSET AS o').from).toMatchObject({
      withOffset: { alias: { name: 'o' } },
    });
  });

  it('reads table functions', () => {
    expect(
      select('SELECT * FROM ML.PREDICT(MODEL `d.m`, (SELECT 1), STRUCT(0.5 AS threshold))').from,
    ).toMatchObject({
      kind: 'TableFunctionCall',
      name: [{ name: 'ML' }, { name: 'PREDICT' }],
      arguments: [{ kind: 'ModelArgument' }, { kind: 'QueryArgument' }, { kind: 'StructConstructor' }],
    });
  });

  it('reads pipes', () => {
    const query: Query = parseQuery(
      'FROM t |> WHERE a |> EXTEND b + 1 AS c |> SET c = 2 |> DROP d |> RENAME e AS f |> AS u ' +
        '|> AGGREGATE SUM(a) AS s DESC GROUP AND ORDER BY b DESC |> LEFT JOIN v USING (b) ' +
        '|> UNION ALL (SELECT 1), (SELECT 2) |> ORDER BY b |> LIMIT 1 OFFSET 2 |> SELECT DISTINCT *',
    );
    expect(query.body.kind).toBe('FromQuery');
    expect(query.pipes.map((pipe) => pipe.kind)).toEqual([
      'PipeWhere',
      'PipeExtend',
      'PipeSet',
      'PipeDrop',
      'PipeRename',
      'PipeAs',
      'PipeAggregate',
      'PipeJoin',
      'PipeSetOperation',
      'PipeOrderBy',
      'PipeLimit',
      'PipeSelect',
    ]);
    expect(query.pipes[6]).toMatchObject({
      ordered: true,
      items: [{ alias: { name: 's' }, order: { descending: true } }],
    });
  });
});

describe('statements', () => {
  it('reads table definitions', () => {
    const table = statement(
      "CREATE OR REPLACE TABLE d.t (a INT64 NOT NULL DEFAULT 1 OPTIONS(description='x'), b STRUCT<c STRING NOT NULL>, PRIMARY KEY (a) NOT ENFORCED,) PARTITION BY DATE(b.c) CLUSTER BY a, b OPTIONS(expiration_timestamp=NULL) AS SELECT 1",
      'CreateTable',
    );
    expect(table).toMatchObject({
      orReplace: true,
      columns: [
        { notNull: true, defaultText: '1', options: [{ name: { name: 'description' } }] },
        { type: { fields: [{ notNull: true }] } },
        { kind: 'TableConstraint' },
      ],
      partitionBy: { name: [{ name: 'DATE' }] },
      clusterBy: [{}, {}],
    });
  });

  it('reads models and routines', () => {
    expect(
      statement(
        "CREATE MODEL d.m TRANSFORM(a, ML.BUCKETIZE(b, [1]) AS c) OPTIONS(model_type='x') AS SELECT 1",
        'CreateModel',
      ),
    ).toMatchObject({ transform: [{}, {}], options: [{}] });
    expect(
      statement(
        'CREATE TEMP FUNCTION f(x INT64, y ANY TYPE) RETURNS INT64 AS ((SELECT x + y))',
        'CreateFunction',
      ),
    ).toMatchObject({
      temporary: true,
      bodyText: '(SELECT x + y)',
      parameters: [{}, { type: { name: 'ANY TYPE' } }],
    });
    expect(
      statement('CREATE FUNCTION f(x INT64) RETURNS INT64 LANGUAGE js AS "return x;"', 'CreateFunction'),
    ).toMatchObject({ language: 'JS', bodyText: 'return x;' });
    expect(
      statement('CREATE TABLE FUNCTION d.f(n INT64) AS (SELECT n)', 'CreateTableFunction').query.kind,
    ).toBe('Query');
    expect(
      statement(
        'CREATE PROCEDURE d.p(IN a INT64, OUT b STRING, out INT64) BEGIN SET b = "x"; END',
        'CreateProcedure',
      ).parameters,
    ).toMatchObject([{ mode: 'IN' }, { mode: 'OUT' }, { name: { name: 'out' } }]);
  });

  it('reads MERGE', () => {
    const merge = statement(
      'MERGE d.t AS t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED AND s.id > 1 THEN DELETE WHEN MATCHED THEN UPDATE SET a = 1, b.c = 2 ' +
        'WHEN NOT MATCHED THEN INSERT ROW WHEN NOT MATCHED BY SOURCE THEN DELETE',
      'Merge',
    );
    expect(merge.clauses.map((clause) => [clause.when, clause.action.kind])).toEqual([
      ['MATCHED', 'MergeDelete'],
      ['MATCHED', 'MergeUpdate'],
      ['NOT MATCHED BY TARGET', 'MergeInsert'],
      ['NOT MATCHED BY SOURCE', 'MergeDelete'],
    ]);
  });

  it('reads scripts', () => {
    const script = parseScript(`
      DECLARE x, y INT64 DEFAULT 1;
      SET (x, y) = (1, 2);
      outer_loop: LOOP
        IF x > 1 THEN LEAVE outer_loop; ELSEIF x = 1 THEN SELECT 1; ELSE ITERATE; END IF;
      END LOOP outer_loop;
      BEGIN TRANSACTION; COMMIT; BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN RAISE; END;
      FOR r IN (SELECT 1) DO SELECT r; END FOR;
      REPEAT SET x = 1; UNTIL TRUE END REPEAT;
      CASE x WHEN 1 THEN SELECT 1; ELSE SELECT 2; END CASE;
      EXECUTE IMMEDIATE 'SELECT ?' INTO x USING 1 AS a;
      CALL d.p(1); RETURN`);
    expect(script.statements.map((item) => item.kind)).toEqual([
      'Declare',
      'SetVariables',
      'Loop',
      'BeginTransaction',
      'CommitTransaction',
      'Block',
      'ForIn',
      'Repeat',
      'CaseStatement',
      'ExecuteImmediate',
      'Call',
      'Return',
    ]);
  });

  it('names what it refuses', () => {
    expect(statement('CREATE SEARCH INDEX i ON t(ALL COLUMNS)', 'UnsupportedStatement').feature).toBe(
      'CREATE SEARCH INDEX',
    );
    expect(statement('GRANT `roles/x` ON TABLE t TO "u"', 'UnsupportedStatement').feature).toBe('GRANT');
  });
});
