import { typeOfNode } from '../../../googlesql/compile/expression/type-nodes.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type {
  ColumnDefinition,
  Position,
  StructTypeField,
  TableConstraint,
  TypeNode,
} from '../../../googlesql/syntax/ast.js';
import { parseExpression } from '../../../googlesql/syntax/parser.js';
import { coercionCost, printType } from '../../../googlesql/syntax/types.js';
import type { TableField } from '../../catalog/entries.js';
import { checkCollation, checkColumnName, checkRoundingMode } from '../../catalog/fields.js';
import { fromTableField, toTableField } from '../../catalog/rest-types.js';
import { coercible } from '../dml/assign.js';
import type { Session } from '../session.js';
import { applyOptions, evaluateOptions, type OptionSetters, textOption } from './options.js';

/** The columns that the parentheses of CREATE TABLE define. */
export async function resolveElements(
  elements: (ColumnDefinition | TableConstraint)[],
  session: Session,
): Promise<TableField[]> {
  const fields: TableField[] = [];
  const seen = new Set<string>();
  for (const element of elements) {
    if (element.kind === 'TableConstraint') continue;
    const key = element.name.name.toLowerCase();
    if (seen.has(key))
      throw invalidQuery(`Duplicate column name ${element.name.name} in CREATE TABLE`, element.pos);
    seen.add(key);
    fields.push(await resolveColumn(element, session));
  }
  return fields;
}

/** One column definition as REST describes it. */
export async function resolveColumn(column: ColumnDefinition, session: Session): Promise<TableField> {
  if (column.generated) throw notImplemented('Generated columns');
  checkColumnName(column.name.name, column.pos);
  const field = await fieldOf(column.name.name, column.type, session);
  if (column.notNull) {
    if (field.mode === 'REPEATED') {
      throw invalidQuery(
        `NOT NULL constraint cannot be applied to ARRAY column ${column.name.name}`,
        column.pos,
      );
    }
    field.mode = 'REQUIRED';
  }
  if (column.defaultText !== undefined) {
    await checkDefault(column.defaultText, field, column.pos, session);
    field.defaultValueExpression = column.defaultText;
  }
  return applyOptions(field, await evaluateOptions(column.options, session), columnOptions, 'column');
}

/** A default must fit its column, and it sees no other columns. */
export async function checkDefault(
  text: string,
  field: TableField,
  pos: Position,
  session: Session,
): Promise<void> {
  const { type } = fromTableField(field);
  const compiled = await session.compileExpression(coercible(parseExpression(text), type, session));
  if (coercionCost(compiled.type, type) !== undefined) return;
  throw invalidQuery(
    `Default value expression has type ${printType(compiled.type)} which cannot be assigned to column ${field.name}, which has type ${printType(type)}`,
    pos,
  );
}

/** Options of one column. */
export const columnOptions: OptionSetters<TableField> = {
  description: (field, value, option) => {
    field.description = textOption(value, option);
  },
  rounding_mode: (field, value, option) => {
    field.roundingMode = textOption(value, option);
    checkRoundingMode(field.roundingMode, 'rounding_mode');
  },
  data_policies: () => {
    throw notImplemented('The option data_policies');
  },
};

async function fieldOf(name: string, node: TypeNode, session: Session, path = name): Promise<TableField> {
  const field = toTableField({ name, type: typeOfNode(node) });
  const element = node.kind === 'ArrayType' ? node.element : node;
  if (element.kind === 'SimpleType') addParameters(field, path, element);
  if (element.kind === 'StructType') field.fields = await structFields(element.fields, session, path);
  return field;
}

async function structFields(nodes: StructTypeField[], session: Session, path: string): Promise<TableField[]> {
  const fields: TableField[] = [];
  for (const node of nodes) {
    if (!node.name) throw invalidQuery('STRUCT fields of a column must have names', node.pos);
    const field = await fieldOf(node.name.name, node.type, session, `${path}.${node.name.name}`);
    if (node.notNull) field.mode = 'REQUIRED';
    fields.push(
      applyOptions(field, await evaluateOptions(node.options ?? [], session), columnOptions, 'column'),
    );
  }
  return fields;
}

/** `STRING(10)`, `NUMERIC(10, 2)` */
function addParameters(
  field: TableField,
  path: string,
  { parameters, collation }: Extract<TypeNode, { kind: 'SimpleType' }>,
): void {
  if (collation !== undefined) {
    field.collation = collation;
    checkCollation(field, path);
  }
  const [first, second] = parameters;
  if (first === undefined) return;
  if (field.type === 'STRING' || field.type === 'BYTES') field.maxLength = String(first);
  if (field.type === 'NUMERIC' || field.type === 'BIGNUMERIC') {
    field.precision = String(first);
    if (second !== undefined) field.scale = String(second);
  }
}
