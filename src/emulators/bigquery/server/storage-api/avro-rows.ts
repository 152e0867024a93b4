import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { TableField } from '../../catalog/entries.js';
import { avroRecord, avroSchema, avroType } from '../load/avro-types.js';
import { rowEncoder } from '../resources/wire.js';

/** Rows as Avro has them in binary form, one behind the other. */
export interface AvroRows {
  rowCount: number;
  size: number;
  /** The schema, as JSON. */
  schema: string;
  add(chunk: DuckDBDataChunk): void;
  bytes(): Buffer;
}

export function avroRows(fields: readonly TableField[]): AvroRows {
  const schema = avroSchema(fields, true, '__root__');
  const type = avroType(schema);
  const parts: Buffer[] = [];
  const rows: AvroRows = {
    rowCount: 0,
    size: 0,
    schema: JSON.stringify(schema),
    add: (chunk) => {
      const encode = rowEncoder(chunk, fields, 'ISO8601_STRING');
      for (let row = 0; row < chunk.rowCount; row++) {
        const { f } = JSON.parse(encode(row)) as { f: Parameters<typeof avroRecord>[0] };
        const bytes = type.toBuffer(avroRecord(f, fields, true));
        parts.push(bytes);
        rows.size += bytes.length;
      }
      rows.rowCount += chunk.rowCount;
    },
    bytes: () => Buffer.concat(parts),
  };
  return rows;
}
