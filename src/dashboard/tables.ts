import { stringify } from 'csv-stringify/sync';
import type { Table } from './page.js';

/** A table as CSV with a header, as "healthmon load" reads it. */
export function csvOf({ columns, rows }: Table): string {
  return stringify([columns, ...rows], {
    record_delimiter: 'windows',
    cast: {
      boolean: String,
      object: (value) => JSON.stringify(value),
      string: (text) => ({ value: text, escape_formulas: true }),
    },
  });
}
