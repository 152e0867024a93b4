import { didYouMean } from '../core/closest.js';
import { linearPattern } from '../core/linear-pattern.js';
import { cellParser, InvalidField } from './cell-parsers.js';
import { isObject, type Refuse } from './document-values.js';
import type { ColumnType, Constraints, Field } from './table-schema.js';

/** cloud.google.com/spanner/quotas: characters of STRING, bytes of BYTES. */
const LONGEST: Partial<Record<ColumnType, number>> = { STRING: 2_621_440, BYTES: 10_485_760 };

const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;

/** What Spanner would refuse, and what would not be checked of the rows. */
export function checkConstraints(field: Field, where: string, refuse: Refuse): void {
  const { type, array, constraints } = field;
  const { minLength, maxLength } = constraints;
  const longest = LONGEST[type];
  if ((minLength !== undefined || maxLength !== undefined) && !array && longest === undefined) {
    const which = minLength === undefined ? 'maxLength' : 'minLength';
    throw refuse(`${where}: constraints.${which}`, `is not supported for ${type}`);
  }
  if (maxLength !== undefined && !array && (maxLength < 1 || maxLength > longest!)) {
    throw refuse(`${where}: constraints.maxLength`, `must be 1 to ${longest}`);
  }
  const bound = BOUNDS.find((key) => constraints[key] !== undefined);
  if (bound !== undefined && ['STRING', 'BYTES', 'BOOL', 'JSON'].includes(type)) {
    throw refuse(`${where}: constraints.${bound}`, `is not supported for ${type}`);
  }
  if (constraints.unique && !isComparable(field)) {
    throw refuse(`${where}: constraints.unique`, `is not supported for ${kindOf(field)}`);
  }
  try {
    cellParser(field);
  } catch (error) {
    if (!(error instanceof InvalidField)) throw error;
    throw refuse(`${where}: ${error.property}`, error.message);
  }
}

const CONSTRAINTS = [
  'required',
  'unique',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'enum',
  'pattern',
];

export function parseConstraints(source: unknown, where: string, refuse: Refuse): Constraints {
  if (source === undefined) return {};
  if (!isObject(source)) throw refuse(`${where}: constraints`, 'must be an object');
  const constraints: Constraints = {};
  for (const [key, value] of Object.entries(source)) {
    const place = `${where}: constraints.${key}`;
    switch (key) {
      case 'required':
      case 'unique':
        if (typeof value !== 'boolean') throw refuse(place, 'must be true or false');
        constraints[key] = value;
        break;
      case 'minLength':
      case 'maxLength':
        if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
          throw refuse(place, 'must be a whole number');
        }
        constraints[key] = value;
        break;
      case 'minimum':
      case 'maximum':
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        constraints[key] = exactText(value, place, refuse);
        break;
      case 'enum':
        if (!Array.isArray(value) || value.length === 0) throw refuse(place, 'must be a list of values');
        constraints.enum = value.map((choice, index) => exactText(choice, `${place}[${index}]`, refuse));
        break;
      case 'pattern':
        if (typeof value !== 'string' || !isPattern(value)) {
          throw refuse(place, 'is no regular expression of RE2, which looks neither ahead nor back');
        }
        constraints.pattern = value;
        break;
      default:
        throw refuse(place, 'is not supported', didYouMean(key, CONSTRAINTS));
    }
  }
  return constraints;
}

/** Keys, references and unique values need values that can be told from each other. */
export function isComparable({ type, array }: Field): boolean {
  return !array && type !== 'JSON';
}

export function kindOf({ type, array }: Field): string {
  return array ? 'an array' : type;
}

/** A value of the document as text, so that no digit of it was lost. */
function exactText(value: unknown, place: string, refuse: Refuse): string {
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') {
    throw refuse(place, 'must be a number or a text');
  }
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw refuse(place, 'must be written in quotes: as a number of JSON it would lose digits');
  }
  return String(value);
}

function isPattern(source: string): boolean {
  try {
    linearPattern(source);
    return true;
  } catch {
    return false;
  }
}
