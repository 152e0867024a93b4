import { printType } from '../../../googlesql/syntax/types.js';
import type { TableEntry, TableField } from '../../catalog/entries.js';
import { fromTableField } from '../../catalog/rest-types.js';
import { type ForeignKey, foreignKeysOf } from '../ddl/constraints.js';
import { printString, tableOptionRows } from './option-text.js';

/** Text of definitions, as INFORMATION_SCHEMA prints them. */

/** The type of a column with its parameters: `STRING(10)`, `ARRAY<NUMERIC(10, 2)>`. */
export function printFieldType(field: TableField): string {
  const element = printElementType(field);
  return field.mode === 'REPEATED' ? `ARRAY<${element}>` : element;
}

function printElementType(field: TableField): string {
  if (field.type === 'RECORD') {
    const fields = (field.fields ?? []).map((inner) => `${inner.name} ${printFieldType(inner)}`);
    return `STRUCT<${fields.join(', ')}>`;
  }
  const { type } = fromTableField({ ...field, mode: 'NULLABLE' });
  const parameters = [field.maxLength ?? field.precision, field.scale].filter((value) => value !== undefined);
  return parameters.length > 0 ? `${printType(type)}(${parameters.join(', ')})` : printType(type);
}

/** The statement that would make the table or view again. */
export function printDdl(table: TableEntry): string {
  const { projectId, datasetId, tableId } = table.ref;
  const name = `\`${projectId}.${datasetId}.${tableId}\``;
  const options = tableOptionRows(table).map(([option, , value]) => `  ${option}=${value}`);
  const optionText = options.length > 0 ? `\nOPTIONS(\n${options.join(',\n')}\n)` : '';
  if (table.type === 'VIEW' || table.type === 'MATERIALIZED_VIEW') {
    return `CREATE ${table.type.replace('_', ' ')} ${name}${optionText}\nAS ${table.viewQuery};`;
  }
  const columns = table.fields.map((field) => `  ${printColumn(field)}`);
  if (table.primaryKey) columns.push(`  PRIMARY KEY (${table.primaryKey.join(', ')}) NOT ENFORCED`);
  columns.push(...foreignKeysOf(table).map((key) => `  ${printForeignKey(key)}`));
  const kind = table.type === 'TABLE' ? 'TABLE' : `${table.type} TABLE`;
  return `CREATE ${kind} ${name}\n(\n${columns.join(',\n')}\n)${printLayout(table)}${optionText};`;
}

function printForeignKey({ name, table, columns }: ForeignKey): string {
  const referencing = columns.map((pair) => pair.referencing).join(', ');
  const referenced = columns.map((pair) => pair.referenced).join(', ');
  const named = name.startsWith('fk$') ? '' : `CONSTRAINT ${name} `;
  return `${named}FOREIGN KEY (${referencing}) REFERENCES \`${table.projectId}.${table.datasetId}.${table.tableId}\`(${referenced}) NOT ENFORCED`;
}

function printColumn(field: TableField): string {
  const parts = [field.name, printFieldType(field)];
  if (field.defaultValueExpression !== undefined) parts.push('DEFAULT', field.defaultValueExpression);
  if (field.mode === 'REQUIRED') parts.push('NOT NULL');
  if (field.description !== undefined) parts.push(`OPTIONS(description=${printString(field.description)})`);
  return parts.join(' ');
}

function printLayout(table: TableEntry): string {
  const { timePartitioning, rangePartitioning, clustering } = table;
  let text = '';
  if (timePartitioning) text += `\nPARTITION BY ${printTimePartitioning(table)}`;
  if (rangePartitioning) {
    const { start, end, interval } = rangePartitioning.range;
    text += `\nPARTITION BY RANGE_BUCKET(${rangePartitioning.field}, GENERATE_ARRAY(${start}, ${end}, ${interval}))`;
  }
  if (clustering) text += `\nCLUSTER BY ${clustering.join(', ')}`;
  return text;
}

function printTimePartitioning(table: TableEntry): string {
  const { type, field } = table.timePartitioning!;
  if (field === undefined)
    return type === 'DAY' ? '_PARTITIONDATE' : `TIMESTAMP_TRUNC(_PARTITIONTIME, ${type})`;
  const column = table.fields.find((other) => other.name.toLowerCase() === field.toLowerCase());
  if (column?.type === 'DATE') return type === 'DAY' ? field : `DATE_TRUNC(${field}, ${type})`;
  if (type === 'DAY') return `DATE(${field})`;
  return `${column?.type === 'DATETIME' ? 'DATETIME' : 'TIMESTAMP'}_TRUNC(${field}, ${type})`;
}
