import { floatText, raise } from '../../functions/emit.js';
import { isCostlyToCompute, sharing } from '../../functions/share.js';
import type { FloatOperand, FloatOperation, FloatOperator, Range } from '../scope/float-operation.js';
import type { Value } from '../scope/value.js';

const RANGES: Partial<Record<string, Range>> = {
  INT64: { most: 2 ** 63, least: 1 },
  NUMERIC: { most: 1e29, least: 1e-9 },
  BIGNUMERIC: { most: 6e38, least: 1e-38 },
};
const ANY: Range = { most: Number.POSITIVE_INFINITY, least: 0 };

/** Operations that are checked together; the text of the checks grows with the square of it. */
const MAX_SIZE = 8;

/** `given` is the operand as it was before its text became the FLOAT64 `sql`. */
export function floatOperand(given: Value, sql: string): FloatOperand {
  const operation = given.floatOperation;
  // Text that was put around the operation since makes it a value like others.
  if (operation?.sql === sql)
    return operation.size < MAX_SIZE || !operation.canFail ? operation : settled(operation);
  const literal = given.literal == null ? Number.NaN : Math.abs(Number(given.literal));
  const range = Number.isNaN(literal) ? (RANGES[given.type.kind] ?? ANY) : { most: literal, least: literal };
  return { leaf: sql, range };
}

export function floatOperation(
  operator: FloatOperator,
  left: FloatOperand,
  right: FloatOperand,
): FloatOperation {
  const operands = { left, right: operator === '/' ? settled(right) : right };
  const range = resultRange(operator, left.range, right.range);
  const canFail =
    failing(operands.left) ||
    failing(operands.right) ||
    !Number.isFinite(range.most) ||
    (operator === '/' && !isConstant(right));
  const size = 1 + sizeOf(operands.left) + sizeOf(operands.right);
  const operation = { operator, ...operands, range, size, canFail, sql: '' };
  operation.sql = checked(operation);
  return operation;
}

/** The operand as one that did not fail. */
function settled(operand: FloatOperand): FloatOperand {
  return failing(operand) ? { leaf: (operand as FloatOperation).sql, range: operand.range } : operand;
}

function failing(operand: FloatOperand): boolean {
  return 'leaf' in operand ? false : operand.canFail;
}

function sizeOf(operand: FloatOperand): number {
  return 'leaf' in operand ? 0 : operand.size;
}

/** A constant other than zero. */
function isConstant({ range }: FloatOperand): boolean {
  return range.most === range.least && range.most > 0;
}

function resultRange(operator: FloatOperator, left: Range, right: Range): Range {
  switch (operator) {
    case '*':
      return { most: product(left.most, right.most), least: left.least * right.least };
    case '/':
      return { most: product(left.most, 1 / right.least), least: left.least / right.most };
    default:
      return { most: left.most + right.most, least: 0 };
  }
}

function product(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : left * right;
}

function checked(root: FloatOperation): string {
  if (!root.canFail) return textOf(root);
  const leaves = [...new Set(leavesOf(root))];
  const shared = (names: readonly string[]): string => {
    const named = new Map(leaves.map((leaf, index) => [leaf, names[index]!]));
    const whole = textOf(root, named);
    return `CASE WHEN isfinite(${whole}) THEN ${whole} ${faults(root, named).join(' ')} ELSE ${whole} END`;
  };
  return sharing(leaves, shared, isCostlyToCompute);
}

function leavesOf(operand: FloatOperand): string[] {
  return 'leaf' in operand ? [operand.leaf] : [...leavesOf(operand.left), ...leavesOf(operand.right)];
}

function textOf(operand: FloatOperand, named?: ReadonlyMap<string, string>): string {
  if ('leaf' in operand) return named?.get(operand.leaf) ?? operand.leaf;
  return `(${textOf(operand.left, named)} ${operand.operator} ${textOf(operand.right, named)})`;
}

/** A branch of CASE for each way to fail, in the order of evaluation. */
function faults(operand: FloatOperand, named: ReadonlyMap<string, string>): string[] {
  if ('leaf' in operand || !operand.canFail) return [];
  const { operator, left, right, range } = operand;
  const branches = [...faults(left, named), ...faults(right, named)];
  const [a, b] = [textOf(left, named), textOf(right, named)];
  const branch = (condition: string, problem: string): string =>
    `WHEN ${condition} THEN ${raise(`'${problem}: ' || ${floatText(a)} || ' ${operator} ' || ${floatText(b)}`, 'DOUBLE')}`;
  if (operator === '/' && !isConstant(right)) branches.push(branch(`${b} = 0`, 'division by zero'));
  if (!Number.isFinite(range.most)) {
    const unbounded = [left, right].filter((side) => !Number.isFinite(side.range.most));
    const finite = unbounded.map((side) => `isfinite(${textOf(side, named)}) AND `).join('');
    branches.push(branch(`${finite}NOT isfinite(${textOf(operand, named)})`, 'double overflow'));
  }
  return branches;
}
