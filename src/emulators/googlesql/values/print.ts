import { floatText, parseFloatText } from './float-text.js';
import { jsonText } from './json-value.js';
import { intervalText, parseDuckInterval, type Typed } from './typed-value.js';

/** A DuckDB time text with the fraction in groups of three digits, as the service prints it. */
export function groupFraction(text: string): string {
  return text.replace(
    /\.(\d+)/,
    (_, digits: string) => `.${digits.padEnd(Math.ceil(digits.length / 3) * 3, '0')}`,
  );
}

/** Doubles inside %t and %T always show a point or an exponent. */
function floatPrinted(text: string): string {
  const plain = floatText(parseFloatText(text));
  return /^-?\d+$/.test(plain) ? `${plain}.0` : plain;
}

function escapeString(text: string, quote: string): string {
  let result = '';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char === '\n') result += '\\n';
    else if (char === '\r') result += '\\r';
    else if (char === '\t') result += '\\t';
    else if (char === '\\') result += '\\\\';
    else if (char === quote) result += `\\${quote}`;
    else if (code < 32 || code === 127) result += `\\x${code.toString(16).padStart(2, '0')}`;
    else result += char;
  }
  return result;
}

function escapeBytes(hex: string, quote: string): string {
  let result = '';
  for (let i = 0; i < hex.length; i += 2) {
    const code = Number.parseInt(hex.slice(i, i + 2), 16);
    const char = String.fromCharCode(code);
    if (char === '\n') result += '\\n';
    else if (char === '\r') result += '\\r';
    else if (char === '\t') result += '\\t';
    else if (char === '\\') result += '\\\\';
    else if (char === quote) result += `\\${quote}`;
    else if (code < 32 || code > 126) result += `\\x${hex.slice(i, i + 2)}`;
    else result += char;
  }
  return result;
}

function quoteFor(text: string): string {
  return text.includes('"') && !text.includes("'") ? "'" : '"';
}

function quoted(text: string): string {
  const quote = quoteFor(text);
  return `${quote}${escapeString(text, quote)}${quote}`;
}

/** `%t`: readable. */
export function printReadable(value: Typed): string {
  return print(value, false);
}

/** `%T`: a literal. */
export function printLiteral(value: Typed): string {
  return print(value, true);
}

function print(value: Typed, literal: boolean): string {
  const { shape } = value;
  if ('null' in value) return 'NULL';
  if ('json' in value) {
    const text = jsonText(value.json);
    return literal ? `JSON ${quoted(text)}` : text;
  }
  if ('items' in value) {
    const items = value.items.map((item) => print(item, literal)).join(', ');
    if (shape.kind === 'ARRAY') return `[${items}]`;
    if (shape.kind === 'RANGE') {
      const bounds = value.items
        .map((item) => ('null' in item ? 'UNBOUNDED' : print(item, false)))
        .join(', ');
      return literal ? `RANGE<${shape.element.kind}> "[${bounds})"` : `[${bounds})`;
    }
    return literal && value.items.length < 2 ? `STRUCT(${items})` : `(${items})`;
  }
  const { text } = value;
  switch (shape.kind) {
    case 'FLOAT64': {
      const printed = floatPrinted(text);
      if (/inf|nan/.test(printed) && literal) return `CAST("${printed}" AS FLOAT64)`;
      return printed === 'nan' ? 'NaN' : printed;
    }
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return literal ? `${shape.kind} "${text}"` : text;
    case 'STRING':
      return literal ? quoted(text) : text;
    case 'BYTES': {
      if (!literal) return escapeBytes(text, '');
      const quote = quoteFor(Buffer.from(text, 'hex').toString('latin1'));
      return `b${quote}${escapeBytes(text, quote)}${quote}`;
    }
    case 'DATE':
    case 'TIME':
    case 'DATETIME':
    case 'TIMESTAMP':
      return literal ? `${shape.kind} "${groupFraction(text)}"` : groupFraction(text);
    case 'INTERVAL': {
      const printed = intervalText(parseDuckInterval(text));
      return literal ? `INTERVAL "${printed}" YEAR TO SECOND` : printed;
    }
    case 'GEOGRAPHY':
      return literal ? `ST_GEOGFROMTEXT(${quoted(text)})` : text;
    default:
      return text;
  }
}
