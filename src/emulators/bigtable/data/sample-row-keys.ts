import { bytesField, numberField } from '../../wire/writer.js';
import type { Row } from '../rows/row.js';
import type { Table } from '../rows/table.js';

/** A table is sampled about so often, as if each part were a tablet. */
const SAMPLES = 100;
/** Smaller parts are not worth a reader of their own. */
const MIN_SAMPLE_BYTES = 1024 * 1024;

/**
 * The `SampleRowKeysResponse`s of a table: the keys at which it was split on creation, further ones that divide it
 * into parts of like size, and the empty key for its end.
 */
export function sampleRowKeys(table: Table): Buffer[] {
  const partBytes = Math.max(MIN_SAMPLE_BYTES, Math.ceil(table.pages.valueBytes / SAMPLES));
  const splits = [...table.splitKeys];
  const samples: Buffer[] = [];
  let offset = 0;
  let sampledAt = 0;
  const sample = (key: string) => {
    samples.push(Buffer.concat([bytesField(1, Buffer.from(key, 'latin1')), numberField(2, offset)]));
    sampledAt = offset;
  };
  table.rows.scan('', undefined, (row: Row) => {
    while (splits.length > 0 && splits[0]! <= row.key) sample(splits.shift()!);
    if (offset - sampledAt >= partBytes) sample(row.key);
    offset += row.key.length + row.valueBytes;
    return true;
  });
  for (const key of splits) sample(key);
  samples.push(numberField(2, offset));
  return samples;
}
