import type { Random } from '../../../src/core/random.js';
import { functions } from '../../../src/emulators/googlesql/functions/index.js';
import { knownFunctions } from '../../../src/emulators/googlesql/functions/known-functions.js';
import type { FunctionRule } from '../../../src/emulators/googlesql/functions/registry.js';
import type {
  Signature,
  SignatureArgument,
  TypePattern,
} from '../../../src/emulators/googlesql/functions/signature.js';
import { printType } from '../../../src/emulators/googlesql/syntax/types.js';

/** Literals of each type, most of them at an edge of it. */
const LITERALS: Record<string, readonly string[]> = {
  INT64: [
    '0',
    '1',
    '-1',
    '3',
    '9223372036854775807',
    '-9223372036854775808',
    'CAST(NULL AS INT64)',
    '1048577',
  ],
  FLOAT64: ['0.0', '1.5', '-1e308', '1e308', "CAST('nan' AS FLOAT64)", "CAST('-inf' AS FLOAT64)", '1e-320'],
  NUMERIC: ["NUMERIC '0'", "NUMERIC '-99999999999999999999999999999.999999999'", "NUMERIC '1.000000001'"],
  BIGNUMERIC: [
    "BIGNUMERIC '1.5'",
    "BIGNUMERIC '-578960446186580977117854925043439539266.34992332820282019728792003956564819968'",
  ],
  BOOL: ['TRUE', 'FALSE', 'CAST(NULL AS BOOL)'],
  STRING: [
    "''",
    "'a'",
    "'Zoë😀'",
    "'\\x00'",
    "'%d %s %'",
    "'('",
    "'%Y-%m-%d'",
    "'UTC'",
    "'$.a'",
    '\'{"a": [1]}\'',
    "'12'",
  ],
  BYTES: ["b''", "b'\\xff\\x00'", "b'abc'", 'CAST(NULL AS BYTES)'],
  DATE: ["DATE '0001-01-01'", "DATE '9999-12-31'", "DATE '2024-02-29'", 'CAST(NULL AS DATE)'],
  DATETIME: ["DATETIME '0001-01-01 00:00:00'", "DATETIME '9999-12-31 23:59:59.999999'"],
  TIME: ["TIME '00:00:00'", "TIME '23:59:59.999999'"],
  TIMESTAMP: [
    "TIMESTAMP '0001-01-01'",
    "TIMESTAMP '9999-12-31 23:59:59.999999'",
    "TIMESTAMP '2024-03-31 01:30:00'",
  ],
  INTERVAL: ['INTERVAL 1 DAY', 'INTERVAL -10000 YEAR', "INTERVAL '1-2 3 4:5:6.789' YEAR TO SECOND"],
  JSON: ['JSON \'{"a": [1, null]}\'', "JSON 'null'", "JSON '1e400'", 'CAST(NULL AS JSON)'],
};
const TYPES = Object.keys(LITERALS);
const PARTS = ['DAY', 'MONTH', 'YEAR', 'WEEK(MONDAY)', 'ISOYEAR', 'MICROSECOND', 'NANOSECOND', 'NFC', 'NOPE'];
const NAMES = ['x', 's', 'a', 't', '`x`', 't.x', 'a.b', 'nope', '`select`', '@p', '?', '@@error.message'];
const CALLABLE = knownFunctions().map(([name]) => name);
/** The columns that most of the tables of the grammar have. */
const COLUMNS: Record<string, string> = { INT64: 'x', STRING: 's' };

/** The functions that give each type, with the signatures by which they do. */
const GIVING = new Map<string, { rule: FunctionRule; signature: Signature }[]>(
  TYPES.map((type) => [type, []]),
);
for (const name of CALLABLE) {
  const rule = functions.find(name);
  for (const { signature } of rule?.signatures ?? []) {
    const { returns } = signature;
    const type = returns.kind === 'type' ? printType(returns.type) : 'INT64';
    GIVING.get(type)?.push({ rule: rule!, signature });
  }
}
const OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '||',
  '<<',
  '>>',
  '&',
  '|',
  '^',
  '=',
  '!=',
  '<',
  '>=',
  'AND',
  'OR',
  'LIKE',
];

/** SQL that is mostly valid in form and often odd in meaning, made from `random` alone. */
export class SqlGrammar {
  /** There are rows around the expression, whose columns it may name. */
  #hasRows = false;

  constructor(readonly random: Random) {}

  #chance(share: number): boolean {
    return this.random.uniform() < share;
  }

  #list(least: number, most: number, item: () => string, separator = ', '): string {
    return Array.from({ length: this.random.integer(least, most) }, item).join(separator);
  }

  /** A request's text: mostly one statement. */
  script(): string {
    if (this.#chance(0.75)) return this.statement();
    return this.#list(2, 4, () => this.#scripted(2), '; ');
  }

  statement(): string {
    const kind = this.random.uniform();
    if (kind < 0.72) return this.query(3);
    if (kind < 0.8) return this.#broken(this.query(2));
    return this.#change();
  }

  /** A text with something taken out, doubled or strange put in. */
  #broken(sql: string): string {
    const at = this.random.integer(0, sql.length);
    const to = Math.min(sql.length, at + this.random.integer(0, 8));
    const junk = [
      '',
      '(',
      ')',
      "'",
      '"""',
      '`',
      '\0',
      '\ud800',
      '--',
      '/*',
      ';',
      '\\',
      '@',
      '$1',
      '🙂',
      ', ,',
      'SELECT',
    ];
    return sql.slice(0, at) + this.random.pick(junk) + sql.slice(to);
  }

  #change(): string {
    const query = this.query(2);
    const value = () => this.expression(2);
    const type = this.random.pick(TYPES);
    return this.random.pick([
      `CREATE OR REPLACE TABLE fuzz.t AS ${query}`,
      `CREATE OR REPLACE TABLE fuzz.n (x INT64, s STRING(3), a ARRAY<INT64>, d DATE) PARTITION BY ${value()}`,
      `CREATE OR REPLACE TABLE fuzz.d (x ${type} DEFAULT ${value()}, y STRUCT<a ${type}, b ARRAY<STRING>>)`,
      `CREATE OR REPLACE VIEW fuzz.v AS ${query}`,
      `CREATE TEMP FUNCTION f(x ${type}) AS (${value()}); SELECT f(${value()})`,
      `CREATE OR REPLACE FUNCTION fuzz.f(x ANY TYPE) AS (${value()})`,
      `CREATE OR REPLACE TABLE FUNCTION fuzz.tf(x INT64) AS ${query}`,
      `INSERT fuzz.t (x, s) VALUES (${this.expression(2, 'INT64')}, ${this.expression(2, 'STRING')}), (${value()}, DEFAULT)`,
      `INSERT INTO fuzz.t ${query}`,
      `UPDATE fuzz.t SET x = ${this.expression(2, 'INT64')}, s = ${this.expression(2, 'STRING')} WHERE ${this.expression(2, 'BOOL')}`,
      `DELETE fuzz.t WHERE ${this.expression(2, 'BOOL')}`,
      `MERGE fuzz.t USING (${query}) AS q ON ${value()} WHEN MATCHED AND ${value()} THEN UPDATE SET x = ${value()} WHEN NOT MATCHED THEN INSERT ROW`,
      `ALTER TABLE fuzz.t ADD COLUMN IF NOT EXISTS c${this.random.integer(0, 5)} ${type}`,
      `ALTER TABLE fuzz.t ALTER COLUMN x SET DATA TYPE ${type}`,
      `ALTER TABLE fuzz.t SET OPTIONS (description = ${value()}, labels = ${value()})`,
      `TRUNCATE TABLE fuzz.t`,
      `EXPORT DATA OPTIONS (uri = ${value()}, format = 'CSV') AS ${query}`,
      `CREATE OR REPLACE MODEL fuzz.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['x']) AS ${query}`,
      `DROP ${this.random.pick(['TABLE', 'VIEW', 'FUNCTION', 'MODEL', 'SCHEMA', 'PROCEDURE'])} IF EXISTS fuzz.nope`,
      `ASSERT ${value()} AS 'no'`,
    ]);
  }

  #scripted(depth: number): string {
    const value = () => this.expression(1);
    const body = () => (depth > 0 ? this.#scripted(depth - 1) : `SELECT ${value()}`);
    return this.random.pick([
      () => `DECLARE x, y ${this.random.pick(TYPES)} DEFAULT ${value()}`,
      () => `SET x = ${value()}`,
      () => `SET (x, s) = (${value()}, ${value()})`,
      () => `IF ${this.expression(1, 'BOOL')} THEN ${body()}; ELSE ${body()}; END IF`,
      () => `BEGIN ${body()}; EXCEPTION WHEN ERROR THEN SELECT @@error.message; END`,
      () => `FOR r IN (${this.query(1)}) DO ${body()}; END FOR`,
      () => `LOOP ${body()}; BREAK; END LOOP`,
      () => `REPEAT ${body()}; UNTIL TRUE END REPEAT`,
      () => `CASE ${value()} WHEN ${value()} THEN ${body()}; END CASE`,
      () => `EXECUTE IMMEDIATE ${value()} USING ${value()} AS x`,
      () => `EXECUTE IMMEDIATE 'SELECT ?, @p' INTO x USING ${value()}`,
      () => `RAISE USING MESSAGE = ${value()}`,
      () => `CALL fuzz.nope(${value()})`,
      () => `BEGIN TRANSACTION; ${body()}; ${this.random.pick(['COMMIT', 'ROLLBACK'])} TRANSACTION`,
      () => this.statement(),
    ])();
  }

  query(depth: number): string {
    const kind = this.random.uniform();
    if (depth > 0 && kind < 0.1) {
      const operator = this.random.pick([
        'UNION ALL',
        'UNION DISTINCT',
        'INTERSECT DISTINCT',
        'EXCEPT DISTINCT',
      ]);
      return `(${this.query(depth - 1)}) ${operator} (${this.query(depth - 1)})${this.#tail()}`;
    }
    if (depth > 0 && kind < 0.2) {
      const recursive = this.#chance(0.2) ? 'RECURSIVE ' : '';
      return `WITH ${recursive}q AS (${this.query(depth - 1)}) ${this.#select(depth - 1, 'q')}`;
    }
    if (depth > 0 && kind < 0.28) return `${this.#select(depth - 1)} ${this.#pipe(depth - 1)}`;
    return this.#select(depth) + this.#tail();
  }

  #tail(): string {
    if (this.#chance(0.6)) return '';
    return ` ORDER BY ${this.random.pick(['1', 'x', 's DESC NULLS LAST', '99', this.expression(1)])} LIMIT ${this.random.pick(['0', '5', '-1', '@p', '9223372036854775808'])}`;
  }

  #pipe(depth: number): string {
    const value = () => this.expression(depth);
    return this.random.pick([
      () => `|> WHERE ${this.expression(depth, 'BOOL')}`,
      () => `|> EXTEND ${value()} AS e`,
      () => `|> AGGREGATE COUNT(*) AS n GROUP BY ${value()} AS k`,
      () => `|> SET x = ${value()}`,
      () => `|> DROP x |> ORDER BY 1`,
      () => `|> JOIN (${this.query(0)}) AS j ON ${value()}`,
      () => `|> UNION ALL (${this.query(0)})`,
    ])();
  }

  #select(depth: number, table?: string): string {
    const distinct = this.#chance(0.1) ? 'DISTINCT ' : this.#chance(0.08) ? 'AS STRUCT ' : '';
    const item = () =>
      this.#chance(0.12)
        ? this.random.pick(['*', 't.*', '* EXCEPT (x)', '* REPLACE (1 AS x)', 'COUNT(*)'])
        : `${this.expression(depth)}${this.#chance(0.6) ? ` AS ${this.random.pick(['x', 's', 'a', 'k'])}` : ''}`;
    const around = this.#hasRows;
    this.#hasRows = table !== undefined || around || this.#chance(0.75);
    const list = this.#list(1, 3, item);
    if (!this.#hasRows) return `SELECT ${distinct}${list}`;
    let sql = `SELECT ${distinct}${list} FROM ${table ?? this.#from(depth)}`;
    if (this.#chance(0.3)) sql += ` WHERE ${this.expression(depth, 'BOOL')}`;
    if (this.#chance(0.2)) {
      sql += ` GROUP BY ${this.random.pick(['x', '1', 'ALL', 'ROLLUP(x, s)', 'CUBE(x, s)', 'GROUPING SETS(x, (s, x), ())', this.expression(1)])}`;
      if (this.#chance(0.3)) sql += ` HAVING ${this.expression(1, 'BOOL')}`;
    }
    if (this.#chance(0.05)) sql += ` QUALIFY ${this.expression(1, 'BOOL')}`;
    this.#hasRows = around;
    return sql;
  }

  #from(depth: number): string {
    const kind = this.random.uniform();
    const rows = "UNNEST([STRUCT(1 AS x, 'a' AS s, [1, 2] AS a), (NULL, 'b', [])]) AS t";
    if (depth <= 0 || kind < 0.4) return rows;
    if (kind < 0.55) return `(${this.query(depth - 1)}) AS t`;
    if (kind < 0.6) return `UNNEST(${this.expression(depth - 1)}) AS x WITH OFFSET AS s`;
    if (kind < 0.7) {
      const join = this.random.pick(['JOIN', 'LEFT JOIN', 'FULL JOIN', 'CROSS JOIN']);
      const on =
        join === 'CROSS JOIN'
          ? ''
          : this.random.pick([' USING (x)', ` ON ${this.expression(depth - 1, 'BOOL')}`]);
      return `${rows} ${join} (${this.query(depth - 1)}) AS u${on}`;
    }
    if (kind < 0.75) return `${rows} PIVOT(SUM(x) FOR s IN ('a', ${this.expression(0)} AS k))`;
    if (kind < 0.78) return `${rows} UNPIVOT(v FOR n IN (x, s))`;
    if (kind < 0.8) return `${rows} TABLESAMPLE SYSTEM (${this.expression(0)} PERCENT)`;
    if (kind < 0.84)
      return `fuzz.INFORMATION_SCHEMA.${this.random.pick(['TABLES', 'COLUMNS', 'NOPE', 'ROUTINES'])} AS t`;
    if (kind < 0.87)
      return `ML.${this.random.pick(['PREDICT', 'EVALUATE', 'NOPE'])}(MODEL fuzz.m, (${this.query(0)}))`;
    return this.random.pick([
      'fuzz.t',
      'fuzz.v',
      'fuzz.n AS t',
      'fuzz.tf(1)',
      '`fuzz.*`',
      'fuzz.t FOR SYSTEM_TIME AS OF x',
    ]);
  }

  /** An expression of a type, or, rarely, of any. */
  expression(depth: number, type = this.random.pick(TYPES)): string {
    if (this.#chance(0.03)) return this.#anything(depth);
    const column = COLUMNS[type];
    if (column !== undefined && this.#hasRows && this.#chance(0.5)) return column;
    if (depth <= 0 || this.#chance(0.15)) return this.random.pick(LITERALS[type]!);
    const inner = () => this.expression(depth - 1, type);
    const condition = () => this.expression(depth - 1, 'BOOL');
    const giving = GIVING.get(type)!;
    const forms = [
      () => `IF(${condition()}, ${inner()}, ${inner()})`,
      () => `CASE WHEN ${condition()} THEN ${inner()} WHEN ${condition()} THEN ${inner()} END`,
      () => `COALESCE(${inner()}, ${inner()})`,
      () => `SAFE_CAST(${this.expression(depth - 1)} AS ${type})`,
      () => `[${inner()}, ${inner()}][SAFE_OFFSET(${this.expression(depth - 1, 'INT64')})]`,
      () => `STRUCT(${inner()} AS a, ${this.expression(depth - 1)} AS b).a`,
      () => `(SELECT ${inner()} AS k LIMIT 1)`,
      () => `(${inner()})`,
    ];
    if (/INT64|FLOAT64|NUMERIC/.test(type))
      forms.push(() => `(${inner()} ${this.random.pick(['+', '-', '*'])} ${inner()})`);
    if (type === 'BOOL') {
      const compared = this.random.pick(TYPES);
      const side = () => this.expression(depth - 1, compared);
      forms.push(
        () => `(${side()} ${this.random.pick(['=', '<', '!=', '>='])} ${side()})`,
        () => `(${side()} IN (${side()}, ${side()}))`,
        () => `(${condition()} ${this.random.pick(['AND', 'OR'])} NOT ${condition()})`,
        () => `(${side()} IS DISTINCT FROM ${side()})`,
      );
    }
    if (giving.length === 0 || this.#chance(0.4)) return this.random.pick(forms)();
    const { rule, signature } = this.random.pick(giving);
    return this.#callOf(rule, signature, depth);
  }

  #anything(depth: number): string {
    const kind = this.random.uniform();
    if (depth <= 0 || kind < 0.12) {
      return this.random.pick(this.#chance(0.4) ? NAMES : LITERALS[this.random.pick(TYPES)]!);
    }
    const inner = () => this.expression(depth - 1);
    if (kind < 0.55) return this.#call(depth);
    if (kind < 0.65) return `(${inner()} ${this.random.pick(OPERATORS)} ${inner()})`;
    return this.random.pick([
      () => `${this.random.pick(['-', '~', 'NOT ', '+'])}(${inner()})`,
      () => `${this.random.pick(['CAST', 'SAFE_CAST'])}(${inner()} AS ${this.#type(1)})`,
      () => `CAST(${inner()} AS STRING FORMAT ${this.random.pick(["'YYYY'", "'999'", "'\"'", inner()])})`,
      () => `CASE ${inner()} WHEN ${inner()} THEN ${inner()} ELSE ${inner()} END`,
      () => `[${this.#list(0, 3, inner)}]`,
      () => `ARRAY<${this.#type(1)}>[${this.#list(0, 2, inner)}]`,
      () => `STRUCT(${this.#list(0, 3, () => `${inner()} AS ${this.random.pick(['a', 'b', 'x'])}`)})`,
      () => `(${inner()})[${this.random.pick(['OFFSET', 'ORDINAL', 'SAFE_OFFSET'])}(${inner()})]`,
      () => `(${inner()}).${this.random.pick(['a', 'b', 'nope'])}`,
      () => `(${inner()} BETWEEN ${inner()} AND ${inner()})`,
      () => `(${inner()} IN (${this.#list(1, 3, inner)}))`,
      () => `(${inner()} IN UNNEST(${inner()}))`,
      () => `(${inner()} IS ${this.random.pick(['NULL', 'NOT TRUE', `DISTINCT FROM ${inner()}`])})`,
      () => `(${inner()} LIKE ${this.random.pick(['ANY', 'ALL', 'SOME'])} (${inner()}, ${inner()}))`,
      () => `(${this.query(depth - 1)})`,
      () => `${this.random.pick(['EXISTS', 'ARRAY'])}(${this.query(depth - 1)})`,
      () => `EXTRACT(${this.random.pick(PARTS)} FROM ${inner()} AT TIME ZONE ${inner()})`,
      () => `INTERVAL ${inner()} ${this.random.pick(PARTS)}`,
      () => `WITH(w AS ${inner()}, w)`,
      () => `RANGE<${this.random.pick(['DATE', 'DATETIME', 'TIMESTAMP'])}> '[2024-01-01, UNBOUNDED)'`,
    ])();
  }

  #type(depth: number): string {
    if (depth > 0 && this.#chance(0.3)) {
      const inner = this.#type(depth - 1);
      return this.random.pick([`ARRAY<${inner}>`, `STRUCT<a ${inner}, b ${inner}>`, `RANGE<${inner}>`]);
    }
    return this.random.pick([...TYPES, 'STRING(2)', 'NUMERIC(5, 2)', 'NUMERIC(99, 2)', 'GEOGRAPHY']);
  }

  /** A call whose arguments mostly have the types of one of its signatures. */
  #call(depth: number): string {
    const name = this.random.pick(CALLABLE);
    const rule = functions.find(name);
    if (rule !== undefined && this.#chance(0.9)) {
      return this.#callOf(rule, this.random.pick(rule.signatures).signature, depth);
    }
    return `${name}(${this.#list(0, 4, () => this.expression(depth - 1))})`;
  }

  #callOf(rule: FunctionRule, signature: Signature, depth: number): string {
    const { name } = rule;
    const given = signature.arguments
      .filter((argument) => !(argument.optional || argument.repeated) || this.#chance(0.5))
      .map((argument) => this.#argument(argument, depth - 1))
      .join(', ');
    const prefix = this.#chance(0.05) ? 'SAFE.' : '';
    if (rule.kind === 'scalar') return `${prefix}${name}(${given})`;
    let inside = this.#chance(0.1) ? `DISTINCT ${given}` : given;
    if (this.#chance(0.15)) {
      inside += this.random.pick([
        ' IGNORE NULLS',
        ' ORDER BY x',
        ' LIMIT 1',
        ' HAVING MAX x',
        ' ORDER BY 1 LIMIT -1',
      ]);
    }
    const windowed = rule.kind === 'window' || this.#chance(0.2);
    return `${prefix}${name}(${inside})${windowed ? this.#window() : ''}`;
  }

  #window(): string {
    const frame = this.random.pick([
      '',
      ' ROWS BETWEEN 1 PRECEDING AND CURRENT ROW',
      ' RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING',
      ' ROWS BETWEEN UNBOUNDED PRECEDING AND -1 FOLLOWING',
    ]);
    return ` OVER (${this.random.pick(['', 'PARTITION BY s', `PARTITION BY ${this.expression(1)}`])} ${this.random.pick(['', 'ORDER BY x', `ORDER BY ${this.expression(0)}`])}${frame})`;
  }

  #argument(argument: SignatureArgument, depth: number): string {
    const name = argument.name === undefined ? '' : `${argument.name} => `;
    return name + this.#ofPattern(argument.pattern, depth, argument.literal);
  }

  #ofPattern(pattern: TypePattern, depth: number, literal = false): string {
    switch (pattern.kind) {
      case 'datePart':
        return this.random.pick(PARTS);
      case 'lambda':
        return `${pattern.parameters.length > 1 ? '(e, i)' : 'e'} -> ${this.random.pick(['e', 'e IS NULL', this.expression(0)])}`;
      case 'array':
      case 'anyArray':
        return this.random.pick([
          '[1, NULL]',
          "['a']",
          '[]',
          'a',
          'CAST(NULL AS ARRAY<INT64>)',
          '[STRUCT(1)]',
        ]);
      case 'type':
        return this.#ofType(printType(pattern.type), depth, literal);
      case 'range':
        return "RANGE<DATE> '[2024-01-01, UNBOUNDED)'";
      default:
        return literal ? this.random.pick(LITERALS['INT64']!) : this.expression(depth);
    }
  }

  #ofType(type: string, depth: number, literal: boolean): string {
    if (!literal && depth > 0 && LITERALS[type] !== undefined) return this.expression(depth, type);
    const element = /^ARRAY<(\w+)>$/.exec(type)?.[1];
    if (element !== undefined) return `[${this.#list(0, 3, () => this.#ofType(element, 0, literal))}]`;
    const known = LITERALS[type];
    return known === undefined ? this.expression(0) : this.random.pick(known);
  }
}
