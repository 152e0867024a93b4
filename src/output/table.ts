import { fold, textWidth, withoutControls } from './text-width.js';

export interface TableLayout {
  /** Columns of the terminal; undefined in a pipe, where nothing is folded. */
  width: number | undefined;
  /** One line a column and one block a row. */
  vertical: boolean;
  /** Style of the names of columns. */
  bold(text: string): string;
}

interface Column {
  name: string;
  isNumber: boolean;
  /** Width that folds nothing. */
  natural: number;
  /** Below this it can no more be read. */
  least: number;
}

type Row = readonly string[];

const GAP = 2;
/** A longer word, such as a UUID, may be cut when a table does not fit. */
const LONGEST_WHOLE_WORD = 20;
/** Lines that one value may take in a table. */
const MAX_LINES = 6;
/** Rows that are shown with all their columns before the next ones, when the columns do not stand side by side. */
const ROWS_PER_PAGE = 20;

/** @returns the lines, and whether some value is not shown to its end. */
export function drawTable(
  names: readonly string[],
  values: readonly (readonly unknown[])[],
  layout: TableLayout,
): { text: string; shortened: boolean } {
  const rows = values.map((row) =>
    row.map((cell) => (cell === null || cell === undefined ? '' : withoutControls(String(cell)))),
  );
  if (layout.vertical) return { text: drawBlocks(names, rows, layout), shortened: false };
  const columns = names.map((name, index) => describe(name, rows, index, isNumeric(values, index)));
  const indexes = [...columns.keys()];
  const widths = fittedWidths(columns, indexes, layout.width);
  if (widths !== undefined) return drawBand(columns, rows, indexes, widths, layout);
  const bands = split(columns, layout.width!);
  const parts = [];
  for (let from = 0; from === 0 || from < rows.length; from += ROWS_PER_PAGE) {
    const page = rows.slice(from, from + ROWS_PER_PAGE);
    for (const band of bands) {
      const room = fittedWidths(columns, band, layout.width) ?? band.map((index) => columns[index]!.natural);
      parts.push(drawBand(columns, page, band, room, layout));
    }
  }
  return {
    text: parts.map(({ text }) => text).join('\n\n'),
    shortened: parts.some(({ shortened }) => shortened),
  };
}

function describe(name: string, rows: readonly Row[], index: number, isNumber: boolean): Column {
  let natural = textWidth(name);
  // A name may be folded at its underscores.
  let least = Math.max(...name.split(/(?<=_)| /).map(textWidth));
  for (const row of rows) {
    const cell = row[index]!;
    for (const line of cell.split('\n')) {
      const width = textWidth(line);
      natural = Math.max(natural, width);
      // Half a number is another number, and a style must not be cut.
      if (isNumber || line.includes('\u001b')) least = Math.max(least, width);
      else if (width > least) {
        const word = Math.max(...line.split(' ').map(textWidth));
        least = Math.max(least, Math.min(word, LONGEST_WHOLE_WORD));
      }
    }
  }
  return { name, isNumber, natural, least };
}

/** The width of each column so that they stand side by side; undefined when they cannot. */
function fittedWidths(
  columns: readonly Column[],
  indexes: readonly number[],
  width: number | undefined,
): number[] | undefined {
  const widths = indexes.map((index) => Math.min(columns[index]!.natural, width ?? Infinity));
  if (width === undefined) return widths;
  let over = widths.reduce((sum, each) => sum + each + GAP, -GAP) - width;
  for (; over > 0; over--) {
    let widest = -1;
    for (const [at, each] of widths.entries()) {
      if (each > columns[indexes[at]!]!.least && (widest < 0 || each > widths[widest]!)) widest = at;
    }
    if (widest < 0) return undefined;
    widths[widest]!--;
  }
  return widths;
}

/** Columns that stand side by side, the first in each band, as it mostly says what the row is. */
function split(columns: readonly Column[], width: number): number[][] {
  const comfortable = ({ natural, least }: Column) => Math.max(least, Math.min(natural, LONGEST_WHOLE_WORD));
  const bands: number[][] = [];
  let band = [0];
  let taken = comfortable(columns[0]!);
  for (let index = 1; index < columns.length; index++) {
    const next = GAP + comfortable(columns[index]!);
    if (taken + next > width && band.length > 1) {
      bands.push(band);
      band = [0];
      taken = comfortable(columns[0]!);
    }
    band.push(index);
    taken += next;
  }
  return [...bands, band];
}

function drawBand(
  columns: readonly Column[],
  rows: readonly Row[],
  indexes: readonly number[],
  widths: readonly number[],
  { width, bold }: TableLayout,
): { text: string; shortened: boolean } {
  let shortened = false;
  const linesOf = (row: Row, style: (text: string) => string): string[] => {
    const cells = indexes.map((index, at) => {
      const lines = width === undefined ? row[index]!.split('\n') : fold(row[index]!, widths[at]!);
      if (width === undefined || lines.length <= MAX_LINES) return lines;
      shortened = true;
      return [...lines.slice(0, MAX_LINES - 1), '…'];
    });
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, at) => {
          const text = lines[line] ?? '';
          const pad = ' '.repeat(Math.max(0, widths[at]! - textWidth(text)));
          const styled = text === '' ? '' : style(text);
          return columns[indexes[at]!]!.isNumber ? pad + styled : styled + pad;
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  };
  const head = linesOf(
    columns.map(({ name }) => name),
    bold,
  );
  const lines = [...head, ...rows.flatMap((row) => linesOf(row, (text) => text))];
  return { text: lines.join('\n'), shortened };
}

function drawBlocks(names: readonly string[], rows: readonly Row[], { width, bold }: TableLayout): string {
  const label = Math.max(...names.map(textWidth));
  const room = width === undefined ? undefined : Math.max(1, width - label - GAP);
  const blocks = rows.map((row, number) => {
    const lines = names.flatMap((name, index) => {
      const cell = room === undefined ? row[index]!.split('\n') : fold(row[index]!, room);
      return cell.map((text, line) => {
        const title = line === 0 ? bold(name) + ' '.repeat(label - textWidth(name)) : ' '.repeat(label);
        return `${title}${' '.repeat(GAP)}${text}`.trimEnd();
      });
    });
    return [bold(`— ${number + 1} —`), ...lines].join('\n');
  });
  return blocks.join('\n');
}

function isNumeric(rows: readonly (readonly unknown[])[], index: number): boolean {
  return (
    rows.length > 0 &&
    rows.every(([...cells]) => {
      const cell = cells[index];
      return (
        cell === null ||
        typeof cell === 'number' ||
        typeof cell === 'bigint' ||
        (typeof cell === 'string' && /^-?[\d.,]+$/.test(cell))
      );
    })
  );
}
