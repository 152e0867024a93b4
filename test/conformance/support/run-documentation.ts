import type { DocumentationCase } from './cases.js';
import { printRow, samePrinted } from './compare-printed.js';
import type { Emulator } from './emulator.js';

/** Runs one example of the reference and compares it with what is printed there; throws with what differs. */
export async function runDocumentation(item: DocumentationCase, emulator: Emulator): Promise<void> {
  const result = await emulator.run({ query: item.sql });
  let rows = result.rows.map((row) => printRow(row, result.schema));
  let expected = item.expected_rows_text.map((row) => row.map(untimed));
  // Tables drawn with crooked borders arrive as one column.
  if (item.expected_columns.length === 1 && result.schema.length > 1)
    rows = rows.map((row) => [row.join(' | ')]);
  if (item.flags.includes('los_angeles_display')) expected = expected.map((row) => row.map(inUtc));
  if (!item.ordered) {
    rows = sortRows(rows);
    expected = sortRows(expected);
  }
  if (rows.length !== expected.length) {
    throw new Error(`${rows.length} rows instead of ${expected.length}: ${JSON.stringify(rows)}`);
  }
  for (const [index, row] of expected.entries()) {
    const actual = rows[index]!;
    const same =
      actual.length === row.length && row.every((cell, place) => samePrinted(actual[place]!, cell));
    if (!same) throw new Error(`row ${index}: ${JSON.stringify(actual)} instead of ${JSON.stringify(row)}`);
  }
}

/** `00:00:00.000 America/Los_Angeles` of the reference's own tool, as UTC. */
function inUtc(cell: string): string {
  return cell.replace(
    /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? America\/Los_Angeles/g,
    (_, date: string, time: string, fraction = '') => {
      const local = Date.parse(`${date}T${time}Z`);
      const utc = new Date(local + losAngelesOffset(local));
      const iso = utc.toISOString();
      return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction.replace(/\.?0+$/, '')}+00`;
    },
  );
}

function losAngelesOffset(local: number): number {
  const text = new Date(local).toLocaleString('sv-SE', { timeZone: 'America/Los_Angeles' });
  return local - Date.parse(`${text.replace(' ', 'T')}Z`);
}

/** `2016-10-18 02:51:45.000 UTC`, as against how the emulator is printed here. */
function untimed(cell: string): string {
  return cell.replace(/(\d\d:\d\d:\d\d)(?:\.0+)? ?UTC\b/g, '$1+00');
}

function sortRows(rows: string[][]): string[][] {
  const key = (row: string[]) =>
    row
      .join('\u0000')
      .replace(/["'\s]/g, '')
      .toLowerCase();
  return [...rows].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
