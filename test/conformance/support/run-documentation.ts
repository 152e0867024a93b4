import type { DocumentationCase, SchemaField } from './cases.js';
import { printRow, type StructStyle, samePrinted } from './compare-printed.js';
import { brokenTables, tableExamples, tiedNames, tiedOrders } from './documentation-notes.js';
import type { Emulator, WireResult } from './emulator.js';

const styles: StructStyle[] = ['values', 'names after', 'names before'];

/** Runs one example of the reference and compares it with what is printed there; throws with what differs. */
export async function runDocumentation(
  item: DocumentationCase,
  emulator: Emulator,
  examples: ReadonlyMap<string, DocumentationCase>,
): Promise<void> {
  const sql = withTables(item, examples);
  const first = differenceFrom(item, await emulator.run({ query: sql }));
  if (first === undefined) return;
  // The reference was printed by a tool that reads and shows timestamps in Los Angeles.
  if (/TIMESTAMP/i.test(sql)) {
    const local = await emulator.run({ query: `SET @@time_zone = 'America/Los_Angeles'; ${sql}` });
    if (differenceFrom(item, local) === undefined) return;
  }
  throw new Error(first);
}

/** Examples that read a table from another example of the same page get it as a common table expression. */
function withTables(item: DocumentationCase, examples: ReadonlyMap<string, DocumentationCase>): string {
  const source = tableExamples[item.id];
  if (!source) return item.sql;
  const [name, id] = source;
  const definition = examples.get(id)!.sql.replace(/;\s*$/, '');
  return `WITH ${name} AS (\n${definition}\n)\n${item.sql}`;
}

function differenceFrom(item: DocumentationCase, result: WireResult): string | undefined {
  let found: string | undefined;
  for (const style of styles) {
    const difference = differenceIn(item, result, style);
    if (difference === undefined) return undefined;
    found ??= difference;
  }
  return found;
}

function differenceIn(item: DocumentationCase, result: WireResult, style: StructStyle): string | undefined {
  const places = columnPlaces(item.expected_columns, result.schema);
  let rows = result.rows.map((row) => {
    const cells = printRow(row, result.schema, style);
    return places.map((place) => cells[place]!);
  });
  let expected = item.expected_rows_text.map((row) => splitRow(row, item).map(inUtc));
  if (brokenTables.has(item.id)) {
    rows = [[sortedText(rows)]];
    expected = [[sortedText(expected)]];
  }
  if (tiedNames.has(item.id)) {
    rows = rows.map((row) => row.slice(1));
    expected = expected.map((row) => row.slice(1));
  }
  if (!item.ordered || tiedOrders.has(item.id)) {
    rows = sortRows(rows);
    expected = sortRows(expected);
  }
  if (rows.length !== expected.length) {
    return `${rows.length} rows instead of ${expected.length}: ${JSON.stringify(rows)}`;
  }
  for (const [index, row] of expected.entries()) {
    const actual = rows[index]!;
    const same =
      actual.length === row.length && row.every((cell, place) => samePrinted(actual[place]!, cell));
    if (!same) return `row ${index}: ${JSON.stringify(actual)} instead of ${JSON.stringify(row)}`;
  }
  return undefined;
}

/** Tables drawn with crooked borders have one column that holds all; remarks behind a row are no cells. */
function splitRow(row: string[], item: DocumentationCase): string[] {
  const [only] = row;
  if (item.expected_columns.length === 1 && item.expected_columns[0]!.includes(' | ')) {
    return only!.split('|').map((cell) => cell.trim());
  }
  return row.filter((cell) => !cell.startsWith('-- '));
}

/** Where the printed columns are in the result: by their names when all are there, in order otherwise. */
function columnPlaces(names: string[], schema: SchemaField[]): number[] {
  const wanted = names.length === 1 ? names[0]!.split('|').map((name) => name.trim()) : names;
  const places = wanted.map((name) =>
    schema.findIndex((field) => field.name.toLowerCase() === name.toLowerCase()),
  );
  const unique = new Set(places).size === places.length;
  return unique && !places.includes(-1) ? places : schema.map((_, index) => index);
}

/** `00:00:00.000 America/Los_Angeles` and `00:00:00 UTC` of the reference's own tool, as `00:00:00+00`. */
function inUtc(cell: string): string {
  return cell
    .replace(/(\d\d:\d\d:\d\d)(?:\.0+)? ?UTC\b/g, '$1+00')
    .replace(
      /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? America\/Los_Angeles/g,
      (_, date: string, time: string, fraction = '') => {
        const local = Date.parse(`${date}T${time}Z`);
        const iso = new Date(local + losAngelesOffset(local)).toISOString();
        return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction.replace(/\.?0+$/, '')}+00`;
      },
    )
    .replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)([+-]\d\d)\b/g, (whole, date, time, zone) => {
      if (zone === '+00') return whole;
      const iso = new Date(`${date}T${time}${zone}:00`).toISOString();
      return `${iso.slice(0, 10)} ${iso.slice(11, 19)}+00`;
    });
}

function losAngelesOffset(local: number): number {
  const text = new Date(local).toLocaleString('sv-SE', { timeZone: 'America/Los_Angeles' });
  return local - Date.parse(`${text.replace(' ', 'T')}Z`);
}

function sortedText(rows: string[][]): string {
  const words =
    rows
      .flat()
      .join(' ')
      .match(/[\p{L}\p{N}_]+/gu) ?? [];
  return words.sort().join(' ');
}

function sortRows(rows: string[][]): string[][] {
  const key = (row: string[]) =>
    row
      .join('\u0000')
      .replace(/["'\s]/g, '')
      .toLowerCase();
  return [...rows].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
