import type { Message } from '../../../wire/message.js';
import type { RestType, TableField } from '../../catalog/entries.js';

/** `TableFieldSchema.Type` */
const TYPES: Record<RestType, number> = {
  STRING: 1,
  INTEGER: 2,
  FLOAT: 3,
  RECORD: 4,
  BYTES: 5,
  BOOLEAN: 6,
  TIMESTAMP: 7,
  DATE: 8,
  TIME: 9,
  DATETIME: 10,
  GEOGRAPHY: 11,
  NUMERIC: 12,
  BIGNUMERIC: 13,
  INTERVAL: 14,
  JSON: 15,
  RANGE: 16,
};
const MODES = { NULLABLE: 1, REQUIRED: 2, REPEATED: 3 };

/** `google.cloud.bigquery.storage.v1.TableSchema` */
export function tableSchema(fields: readonly TableField[]): Message {
  return { 1: fields.map(fieldSchema) };
}

function fieldSchema(field: TableField): Message {
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  return {
    1: field.name,
    2: TYPES[field.type],
    3: MODES[field.mode],
    4: field.fields?.map(fieldSchema),
    6: field.description,
    7: number(field.maxLength),
    8: number(field.precision),
    9: number(field.scale),
    10: field.defaultValueExpression,
    11: field.rangeElementType && { 1: TYPES[field.rangeElementType.type] },
  };
}
