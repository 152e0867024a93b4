import type { BqType, StructField } from '../syntax/types.js';
import { scalarType, structOf } from '../syntax/types.js';

/** A type in a signature: concrete, templated, or one of the special argument kinds. */
export type TypePattern =
  | { kind: 'type'; type: BqType }
  | { kind: 'template'; name: string }
  | { kind: 'array'; element: TypePattern }
  | { kind: 'range'; element: TypePattern }
  | { kind: 'anyStruct' }
  | { kind: 'anyArray' }
  | { kind: 'any' }
  | { kind: 'datePart' }
  | { kind: 'lambda'; parameters: TypePattern[]; result: TypePattern }
  | { kind: 'inferred' };

export interface SignatureArgument {
  pattern: TypePattern;
  optional: boolean;
  repeated: boolean;
  literal: boolean;
  name?: string;
  /** As BigQuery prints it, without the brackets. */
  text: string;
}

export interface Signature {
  arguments: SignatureArgument[];
  returns: TypePattern;
  /** Number of arguments that must be given. */
  required: number;
  /** Most arguments that may be given; Infinity with a repeated one. */
  most: number;
  /** `(STRING, INT64, [INT64])` */
  text: string;
}

/** Parses `(STRING, [INT64]) -> STRING`; see `FunctionRule` for the notation. A wrong text is a programming error. */
export function parseSignature(text: string): Signature {
  const arrow = text.lastIndexOf('->');
  const list = text.slice(0, arrow).trim();
  if (arrow < 0 || !list.startsWith('(') || !list.endsWith(')')) throw new Error(`bad signature: ${text}`);
  const arguments_ = splitTop(list.slice(1, -1)).map(parseArgument);
  return {
    arguments: arguments_,
    returns: parsePattern(text.slice(arrow + 2).trim()),
    required: arguments_.filter((argument) => !argument.optional && !argument.repeated).length,
    most: arguments_.some((argument) => argument.repeated) ? Number.POSITIVE_INFINITY : arguments_.length,
    text: `(${arguments_.map(printArgument).join(', ')})`,
  };
}

function printArgument(argument: SignatureArgument): string {
  if (argument.repeated) return `[${argument.text}, ...]`;
  return argument.optional ? `[${argument.text}]` : argument.text;
}

function parseArgument(source: string): SignatureArgument {
  let text = source;
  const bracketed = text.startsWith('[') && text.endsWith(']');
  if (bracketed) text = text.slice(1, -1).trim();
  const repeated = bracketed && text.endsWith('...');
  if (repeated) text = text.slice(0, -3).trim().replace(/,$/, '').trim();
  const named = /^(\w+) => (.*)$/s.exec(text);
  const typeText = named?.[2] ?? text;
  const literal = typeText.startsWith('LITERAL ');
  const pattern = parsePattern(literal ? typeText.slice('LITERAL '.length) : typeText);
  const printed = literal ? text.replace('LITERAL ', '') : text;
  return {
    pattern,
    optional: bracketed && !repeated,
    repeated,
    literal,
    name: named?.[1],
    text: printed,
  };
}

function parsePattern(text: string): TypePattern {
  if (/^T\d$/.test(text)) return { kind: 'template', name: text };
  if (text === 'ANY') return { kind: 'any' };
  if (text === 'STRUCT') return { kind: 'anyStruct' };
  if (text === 'ARRAY') return { kind: 'anyArray' };
  if (text === 'DATE_TIME_PART') return { kind: 'datePart' };
  if (text === 'INFERRED') return { kind: 'inferred' };
  const inner = /^(ARRAY|RANGE|STRUCT|FUNCTION)<(.*)>$/s.exec(text);
  if (inner !== null) {
    const body = inner[2]!;
    if (inner[1] === 'STRUCT') return { kind: 'type', type: structOf(splitTop(body).map(anonymousField)) };
    if (inner[1] === 'ARRAY') return collapse({ kind: 'array', element: parsePattern(body) });
    if (inner[1] === 'RANGE') return collapse({ kind: 'range', element: parsePattern(body) });
    const arrow = body.lastIndexOf('->');
    const parameters = body.slice(0, arrow).trim().replace(/^\(/, '').replace(/\)$/, '');
    return {
      kind: 'lambda',
      parameters: splitTop(parameters).map(parsePattern),
      result: parsePattern(body.slice(arrow + 2).trim()),
    };
  }
  const type = scalarType(text);
  if (type === undefined) throw new Error(`unknown type in a signature: ${text}`);
  return { kind: 'type', type };
}

function anonymousField(text: string): StructField {
  const pattern = parsePattern(text);
  if (pattern.kind !== 'type') throw new Error(`no type of a field in a signature: ${text}`);
  return { type: pattern.type };
}

/** `ARRAY<STRING>` is a plain type; only templates need the pattern form. */
function collapse(pattern: TypePattern & { kind: 'array' | 'range' }): TypePattern {
  if (pattern.element.kind !== 'type') return pattern;
  const element = pattern.element.type;
  return { kind: 'type', type: { kind: pattern.kind === 'array' ? 'ARRAY' : 'RANGE', element } };
}

/** Splits at commas that are not inside brackets. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if ('<[('.includes(character)) depth++;
    else if (']>)'.includes(character) && !(character === '>' && '-='.includes(text[index - 1] ?? '')))
      depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last !== '') parts.push(last);
  return parts;
}
