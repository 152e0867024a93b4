/** The shape of an SQL type, as functions in JavaScript receive it. */
export type Shape =
  | { kind: string }
  | { kind: 'ARRAY'; element: Shape }
  | { kind: 'STRUCT'; fields: { name: string; type: Shape }[] };

/** A function of SQL whose body is JavaScript. */
export interface SqlFunctionType {
  parameters: Shape[];
  returns: Shape;
  /** Of an aggregate function: which parameters are the same for all rows. */
  notAggregate?: boolean[];
}

type Body = (...values: unknown[]) => unknown;

/** What the module of an aggregate function exports. */
interface Aggregate {
  initialState(...constants: unknown[]): unknown;
  aggregate(state: unknown, ...values: unknown[]): void;
  finalize(state: unknown, ...constants: unknown[]): unknown;
}

/**
 * Wraps `body` for calls with text: its arguments come as a JSON array (of such arrays, one per row, for an aggregate),
 * and its result goes as the text that DuckDB casts to the type. Structs and arrays go as JSON whose leaves are such
 * texts and whose members are named `f1`, `f2`…
 *
 * It is put into the sandbox by its source, and so uses nothing from around it.
 *
 * https://cloud.google.com/bigquery/docs/user-defined-functions#supported-sql-types-in-javascript-udfs
 */
export function sqlFunction(
  { parameters, returns, notAggregate }: SqlFunctionType,
  body: Body | Aggregate,
): (text: string) => string | null {
  const MAX_INT64 = 2n ** 63n - 1n;
  const BIGNUMERIC_SCALE = 38;
  const isAggregate = notAggregate !== undefined;

  function toJavaScript(shape: Shape, value: unknown): unknown {
    if (value === null) return null;
    if ('element' in shape) return (value as unknown[]).map((item) => toJavaScript(shape.element, item));
    if ('fields' in shape) {
      const members = value as Record<string, unknown>;
      return Object.fromEntries(
        shape.fields.map(({ name, type }) => [name, toJavaScript(type, members[name] ?? null)]),
      );
    }
    switch (shape.kind) {
      case 'INT64':
        return isAggregate ? BigInt(value as string | number) : String(value);
      case 'FLOAT64':
        return Number(value);
      case 'NUMERIC':
      case 'BIGNUMERIC':
        return Number.isSafeInteger(value) ? value : String(value);
      case 'BYTES':
        return isAggregate ? bytesOf(value as string) : value;
      case 'DATE':
        return new Date(value as string);
      case 'TIMESTAMP': {
        const [, millis, micros = '0'] = /^(.*?\.\d{3})(\d{3})?Z$/.exec(value as string) ?? [];
        const date = new Date(millis === undefined ? (value as string) : `${millis}Z`);
        return Object.assign(date, { microsecond: Number(micros) });
      }
      default:
        return value;
    }
  }

  function toSql(shape: Shape, value: unknown): unknown {
    if (value === null || value === undefined) return null;
    if ('element' in shape) {
      if (!Array.isArray(value)) throw refusal(value, shape, 'not an array');
      return value.map((item) => toSql(shape.element, item));
    }
    if ('fields' in shape) {
      if (typeof value !== 'object') throw refusal(value, shape, 'not an object');
      const members = value as Record<string, unknown>;
      return Object.fromEntries(
        shape.fields.map(({ name, type }, index) => [`f${index + 1}`, toSql(type, members[name])]),
      );
    }
    return scalarText(shape, value);
  }

  function scalarText(shape: Shape, value: unknown): string {
    switch (shape.kind) {
      case 'INT64':
        return integerText(shape, value);
      case 'FLOAT64': {
        const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
        if (Number.isNaN(number) && !/^nan$/i.test(String(value))) throw bad(value, shape, 'double');
        return String(number);
      }
      case 'NUMERIC':
      case 'BIGNUMERIC': {
        const text = typeof value === 'number' ? plainDecimal(value) : String(value).trim();
        if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text))
          throw refusal(value, shape, `Invalid ${shape.kind} value: ${text}`);
        return shape.kind === 'NUMERIC' ? text : scaled(text);
      }
      case 'BOOL':
        if (typeof value !== 'boolean' && !/^(true|false)$/i.test(String(value)))
          throw bad(value, shape, 'bool');
        return String(value).toLowerCase();
      case 'BYTES':
        return hexOf(shape, value);
      case 'DATE':
        return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
      case 'TIMESTAMP': {
        if (!(value instanceof Date)) return String(value);
        const { microsecond = 0 } = value as Date & { microsecond?: number };
        return `${value.toISOString().slice(0, -1)}${String(microsecond).padStart(3, '0')}+00`;
      }
      case 'JSON':
        return JSON.stringify(value);
      default:
        return String(value);
    }
  }

  function integerText(shape: Shape, value: unknown): string {
    const text =
      typeof value === 'number' && Number.isInteger(value) ? String(BigInt(value)) : String(value).trim();
    if (typeof value === 'boolean' || !/^[+-]?\d+$/.test(text)) throw bad(value, shape, 'int64');
    const integer = BigInt(text.replace(/^\+/, ''));
    if (integer > MAX_INT64 || integer < -MAX_INT64 - 1n) throw bad(value, shape, 'int64');
    return String(integer);
  }

  /** Digits without an exponent. */
  function plainDecimal(value: number): string {
    const [mantissa = '', exponent = '0'] = String(value).split('e');
    if (exponent === '0') return mantissa;
    const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(mantissa) ?? [];
    const point = whole.length + Number(exponent);
    const digits = (whole + fraction).padEnd(point, '0');
    if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`.replace(/\.$/, '');
    return `${sign}0.${'0'.repeat(-point)}${digits}`;
  }

  /** BIGNUMERIC is stored as the integer that is its value × 10^38. */
  function scaled(text: string): string {
    const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d*)\.?(\d*)$/.exec(text) ?? [];
    const kept = fraction.slice(0, BIGNUMERIC_SCALE).padEnd(BIGNUMERIC_SCALE, '0');
    const rounds = (fraction[BIGNUMERIC_SCALE] ?? '0') >= '5';
    return `${sign === '-' ? '-' : ''}${BigInt(whole + kept) + (rounds ? 1n : 0n)}`;
  }

  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function bytesOf(base64: string): Uint8Array {
    const digits = base64.replace(/=+$/, '');
    const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
    let bits = 0;
    let held = 0;
    let at = 0;
    for (const digit of digits) {
      bits = ((bits << 6) | ALPHABET.indexOf(digit)) & 0xffff;
      held += 6;
      if (held < 8) continue;
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
    return bytes;
  }

  /** As DuckDB reads bytes: `\x` and two digits each. */
  function hexOf(shape: Shape, value: unknown): string {
    const isBase64 = typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
    if (!isBase64 && !(value instanceof Uint8Array)) throw refusal(value, shape, 'not in base64');
    const bytes = value instanceof Uint8Array ? value : bytesOf(value as string);
    return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  }

  function bad(value: unknown, shape: Shape, type: string): Error {
    return refusal(value, shape, `Bad ${type} value: ${String(value)}`);
  }

  function refusal(value: unknown, shape: Shape, why: string): Error {
    const shown = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
    const message = `Failed to coerce output value ${shown} to type ${printed(shape)}: ${why}`;
    return Object.assign(new Error(message), { name: 'Coercion' });
  }

  function printed(shape: Shape): string {
    if ('element' in shape) return `ARRAY<${printed(shape.element)}>`;
    if (!('fields' in shape)) return shape.kind;
    return `STRUCT<${shape.fields.map(({ name, type }) => `${name} ${printed(type)}`).join(', ')}>`;
  }

  function valuesOf(row: unknown[]): unknown[] {
    return parameters.map((shape, index) => toJavaScript(shape, row[index] ?? null));
  }

  function overRows(rows: unknown[][]): unknown {
    const { initialState, aggregate, finalize } = body as Aggregate;
    const constants = valuesOf(rows[0] ?? []).filter((_, index) => notAggregate![index]);
    const state = initialState(...constants);
    for (const row of rows) {
      const values = valuesOf(row).filter((_, index) => !notAggregate![index]);
      aggregate(state, ...values, ...constants);
    }
    return finalize(state, ...constants);
  }

  return (text) => {
    const given = JSON.parse(text) as unknown[];
    const value = isAggregate ? overRows(given as unknown[][]) : (body as Body)(...valuesOf(given));
    const result = toSql(returns, value);
    return result === null || typeof result === 'string' ? result : JSON.stringify(result);
  };
}
