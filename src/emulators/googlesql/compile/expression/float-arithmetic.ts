import { NOTHING, type Sql, SqlMap } from '../../duck/sql.js';
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
export function floatOperand(given: Value, sql: Sql): FloatOperand {
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
  const operation = { operator, ...operands, range, size, canFail, sql: NOTHING };
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

function checked(root: FloatOperation): Sql {
  const leaves = new SqlMap<Sql>();
  for (const leaf of leavesOf(root)) leaves.add(leaf, leaf);
  // What has another value each time is the same as nothing but itself.
  const nodes = [...new Set(leavesOf(root).map((leaf) => (leaf.isVolatile ? leaf : leaves.get(leaf)!)))];
  const shared = (names: readonly string[]): string => {
    const nameOf: NameOf = (leaf) => names[nodes.indexOf(leaf.isVolatile ? leaf : leaves.get(leaf)!)]!;
    const whole = textOf(root, nameOf);
    if (!root.canFail) return whole;
    return `CASE WHEN isfinite(${whole}) THEN ${whole} ${faults(root, nameOf).join(' ')} ELSE ${whole} END`;
  };
  return sharing(nodes, shared, (leaf) => root.canFail && isCostlyToCompute(leaf));
}

function leavesOf(operand: FloatOperand): Sql[] {
  return 'leaf' in operand ? [operand.leaf] : [...leavesOf(operand.left), ...leavesOf(operand.right)];
}

type NameOf = (leaf: Sql) => string;

function textOf(operand: FloatOperand, nameOf: NameOf): string {
  if ('leaf' in operand) return nameOf(operand.leaf);
  return `(${textOf(operand.left, nameOf)} ${operand.operator} ${textOf(operand.right, nameOf)})`;
}

/** A branch of CASE for each way to fail, in the order of evaluation. */
function faults(operand: FloatOperand, nameOf: NameOf): string[] {
  if ('leaf' in operand || !operand.canFail) return [];
  const { operator, left, right, range } = operand;
  const branches = [...faults(left, nameOf), ...faults(right, nameOf)];
  const [a, b] = [textOf(left, nameOf), textOf(right, nameOf)];
  const branch = (condition: string, problem: string): string =>
    `WHEN ${condition} THEN ${raise(`'${problem}: ' || ${floatText(a)} || ' ${operator} ' || ${floatText(b)}`, 'DOUBLE')}`;
  if (operator === '/' && !isConstant(right)) branches.push(branch(`${b} = 0`, 'division by zero'));
  if (!Number.isFinite(range.most)) {
    const unbounded = [left, right].filter((side) => !Number.isFinite(side.range.most));
    const finite = unbounded.map((side) => `isfinite(${textOf(side, nameOf)}) AND `).join('');
    branches.push(branch(`${finite}NOT isfinite(${textOf(operand, nameOf)})`, 'double overflow'));
  }
  return branches;
}
