import { counted } from '../../../../core/counted.js';
import type { DatePart, FunctionRule, SignatureRule } from '../../functions/registry.js';
import type { SignatureArgument, TypePattern } from '../../functions/signature.js';
import type { Argument, Lambda } from '../../syntax/ast.js';
import {
  arrayOf,
  type BqType,
  type Coercibility,
  type CoercionInput,
  coercionCost,
  commonSupertype,
  printType,
  rangeOf,
} from '../../syntax/types.js';
import { printArgumentType, type Value } from '../scope/value.js';

/** An argument as it came, before a signature is chosen. */
export type GivenArgument =
  | { kind: 'value'; value: Value; name?: string }
  | { kind: 'lambda'; lambda: Lambda; name?: string }
  | { kind: 'part'; part: DatePart; name?: string }
  | { kind: 'other'; node: Argument; name?: string };

/** An argument in its place of the chosen signature. */
export interface PlacedArgument {
  given: GivenArgument;
  slot: SignatureArgument;
}

export interface SignatureMatch {
  rule: SignatureRule;
  /** One entry per place; undefined where an optional argument is absent. */
  placed: (PlacedArgument | undefined)[];
  templates: Map<string, BqType>;
  cost: number;
}

/** The best signature of `rule` for the arguments, or the lines that explain why none fits. */
export function chooseSignature(
  rule: FunctionRule,
  given: readonly GivenArgument[],
): SignatureMatch | { mismatches: string[] } {
  let best: SignatureMatch | undefined;
  const mismatches: string[] = [];
  for (const candidate of rule.signatures) {
    const result = matchSignature(candidate, given);
    if (typeof result === 'string') {
      if (candidate.hidden) continue;
      const shown = `${rule.name}${candidate.signature.text}`;
      mismatches.push(`  Signature: ${shown}\n    ${result}`);
    } else if (best === undefined || result.cost < best.cost) {
      best = result;
    }
  }
  return best ?? { mismatches };
}

/** More than all conversions of a call. */
const LATE_COST = 1000;

function matchSignature(rule: SignatureRule, given: readonly GivenArgument[]): SignatureMatch | string {
  const placed = place(rule, given);
  if (typeof placed === 'string') return placed;
  const templates: Templates = new Map();
  let cost = 0;
  for (const [index, item] of placed.entries()) {
    if (item === undefined) continue;
    const problem = collect(item.slot.pattern, item.given, templates);
    if (problem === undefined) continue;
    if (typeof problem === 'number') cost += problem;
    else return `Argument ${index + 1}: ${problem}`;
  }
  const bound = new Map<string, BqType>();
  for (const [name, { inputs }] of templates) {
    const type = commonSupertype(inputs);
    if (type === undefined) {
      const types = [...new Set(inputs.map((input) => printType(input.type)))].sort();
      return `Unable to find common supertype for templated argument <${name}>\n      Input types for <${name}>: {${types.join(', ')}}`;
    }
    bound.set(name, type);
    for (const input of inputs) cost += coercionCost(input.type, type, input.coercibility, input.parts) ?? 0;
  }
  if (rule.late && cost > 0) cost += LATE_COST;
  // A templated signature yields to one that names the type.
  return { rule, placed, templates: bound, cost: cost + (templates.size > 0 ? 0.5 : 0) };
}

function place(
  rule: SignatureRule,
  given: readonly GivenArgument[],
): (PlacedArgument | undefined)[] | string {
  const slots = rule.signature.arguments;
  const positional = given.filter((item) => item.name === undefined);
  const named = given.filter((item) => item.name !== undefined);
  const repeatedAt = slots.findIndex((slot) => slot.repeated);
  const count = counted(given.length, 'argument');
  if (positional.length > rule.signature.most) {
    return `Signature accepts at most ${counted(rule.signature.most, 'argument')}, found ${count}`;
  }
  const placed: (PlacedArgument | undefined)[] = [];
  if (repeatedAt >= 0) {
    const after = slots.length - repeatedAt - 1;
    const afterRequired = slots.slice(repeatedAt + 1).filter((slot) => !slot.optional).length;
    const repeats = Math.max(0, positional.length - repeatedAt - (after === afterRequired ? after : 0));
    for (const [index, item] of positional.entries()) {
      const slot =
        index < repeatedAt
          ? slots[index]!
          : index < repeatedAt + repeats
            ? slots[repeatedAt]!
            : slots[index - repeats + 1]!;
      placed.push({ given: item, slot });
    }
  } else {
    for (const [index, item] of positional.entries()) placed.push({ given: item, slot: slots[index]! });
  }
  if (positional.length + named.length < rule.signature.required) {
    return `Signature requires at least ${counted(rule.signature.required, 'argument')}, found ${count}`;
  }
  for (const item of named) {
    const index = slots.findIndex((slot) => slot.name?.toLowerCase() === item.name?.toLowerCase());
    if (index < 0) return `Named argument \`${item.name}\` does not exist in signature`;
    const at = repeatedAt >= 0 ? placed.length : index;
    if (placed[at] !== undefined) return `Argument \`${item.name}\` is given twice`;
    while (placed.length < at) placed.push(undefined);
    placed[at] = { given: item, slot: slots[index]! };
  }
  if (repeatedAt < 0) {
    const missing = slots.findIndex((slot, index) => !slot.optional && placed[index] === undefined);
    if (missing >= 0) {
      return `Signature requires at least ${counted(rule.signature.required, 'argument')}, found ${count}`;
    }
  }
  return placed;
}

type Templates = Map<string, { inputs: CoercionInput[] }>;

/** Cost of one argument, or why it does not fit; templates are filled on the way. */
function collect(
  pattern: TypePattern,
  given: GivenArgument,
  templates: Templates,
): number | string | undefined {
  if (pattern.kind === 'datePart') {
    return given.kind === 'part' ? 0 : 'A valid date part name is required';
  }
  if (pattern.kind === 'lambda') {
    if (given.kind !== 'lambda') return 'Lambda expected';
    const { length } = given.lambda.parameters;
    return length <= pattern.parameters.length
      ? 0
      : `Lambda with ${counted(length, 'argument')} is not expected`;
  }
  if (given.kind === 'part') return `Date part ${given.part.name} is not expected here`;
  if (given.kind !== 'value') return 'Unexpected kind of argument';
  const input = given.value;
  const unable = `Unable to coerce type ${printArgumentType(input)} to expected type `;
  switch (pattern.kind) {
    case 'any':
      return 0;
    case 'anyStruct':
      return input.type.kind === 'STRUCT' || input.coercibility === 'null' ? 0 : `${unable}STRUCT`;
    case 'anyArray':
      return input.type.kind === 'ARRAY' || input.coercibility === 'null' ? 0 : `${unable}ARRAY`;
    case 'type': {
      return (
        coercionCost(input.type, pattern.type, input.coercibility) ?? `${unable}${printType(pattern.type)}`
      );
    }
    default:
      return bindTemplate(pattern, input.type, input.coercibility, templates, input.parts)
        ? undefined
        : `${unable}${printPattern(pattern)}`;
  }
}

function bindTemplate(
  pattern: TypePattern,
  type: BqType,
  coercibility: Coercibility,
  templates: Templates,
  parts?: readonly CoercionInput[],
): boolean {
  switch (pattern.kind) {
    case 'template': {
      const known = templates.get(pattern.name);
      const input = { type, coercibility, parts };
      if (known === undefined) templates.set(pattern.name, { inputs: [input] });
      else known.inputs.push(input);
      return true;
    }
    case 'array':
      if (coercibility === 'null') return bindTemplate(pattern.element, type, 'null', templates);
      if (type.kind !== 'ARRAY') return false;
      return bindTemplate(
        pattern.element,
        type.element,
        coercibility === 'emptyArray' ? 'null' : coercibility,
        templates,
      );
    case 'range':
      if (coercibility === 'null') return bindTemplate(pattern.element, type, 'null', templates);
      if (type.kind !== 'RANGE') return false;
      return bindTemplate(pattern.element, type.element, coercibility, templates);
    default:
      return false;
  }
}

function printPattern(pattern: TypePattern): string {
  switch (pattern.kind) {
    case 'type':
      return printType(pattern.type);
    case 'template':
      return pattern.name;
    case 'array':
      return `ARRAY<${printPattern(pattern.element)}>`;
    case 'range':
      return `RANGE<${printPattern(pattern.element)}>`;
    case 'anyStruct':
      return 'STRUCT';
    case 'anyArray':
      return 'ARRAY';
    default:
      return 'ANY';
  }
}

/** The type a pattern stands for once its templates are bound; undefined when one of them is still open. */
export function patternType(
  pattern: TypePattern,
  templates: ReadonlyMap<string, BqType>,
): BqType | undefined {
  switch (pattern.kind) {
    case 'type':
      return pattern.type;
    case 'template':
      return templates.get(pattern.name);
    case 'array': {
      const element = patternType(pattern.element, templates);
      return element === undefined ? undefined : arrayOf(element);
    }
    case 'range': {
      const element = patternType(pattern.element, templates);
      return element === undefined ? undefined : rangeOf(element);
    }
    default:
      return undefined;
  }
}

/** BigQuery's text for a call that fits no signature. */
export function noSignatureMessage(
  rule: FunctionRule,
  given: readonly GivenArgument[],
  mismatches: readonly string[],
): string {
  const word =
    rule.kind === 'aggregate'
      ? 'aggregate function'
      : rule.kind === 'window'
        ? 'analytic function'
        : 'function';
  const shown = rule.options.printedAs ?? `${word} ${rule.name}`;
  const types = given.map((item) =>
    item.kind === 'value'
      ? printArgumentType(item.value)
      : item.kind === 'lambda'
        ? 'LAMBDA'
        : 'DATE_TIME_PART',
  );
  const head =
    given.length === 0
      ? `No matching signature for ${shown} with no arguments`
      : `No matching signature for ${shown}\n  Argument types: ${types.join(', ')}`;
  return [head, ...mismatches].join('\n');
}
