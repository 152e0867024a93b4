import { compareColumns } from '../rows/family.js';
import type { Cell } from '../rows/row.js';
import { compareMicros, microsText } from '../rows/timestamp.js';
import { type ByteRange, type FilterTree, invalid } from './filter-tree.js';
import { compileRegex } from './regex.js';

/** The row that a filter is given cells of. */
export interface FilteredRow {
  key: string;
  /** Cells that a sink has sent to the output, past all other filters. */
  sunk: Cell[];
}

/**
 * A filter, compiled once for a request. Takes cells in the order of a row and gives cells in that order; neither
 * the array nor the cells it was given are changed.
 */
export type Filter = (cells: readonly Cell[], row: FilteredRow) => readonly Cell[];

const NONE: readonly Cell[] = [];
const LABEL = /^[a-z0-9-]{1,15}$/;

/** @throws ServiceError INVALID_ARGUMENT for what the service does not take. */
export function compileFilter(tree: FilterTree, random: () => number): Filter {
  const compiled = compile(tree, { random, isConditional: false });
  return (cells, row) => {
    const passed = compiled(cells, row);
    return row.sunk.length === 0 ? passed : merge([passed, row.sunk]);
  };
}

interface Context {
  random: () => number;
  /** Within a condition, where no sink may be. */
  isConditional: boolean;
}

function compile(tree: FilterTree, context: Context): Filter {
  switch (tree.kind) {
    case 'chain':
      return compileChain(tree.filters, context);
    case 'interleave':
      return compileInterleave(tree.filters, context);
    case 'condition':
      return compileCondition(tree, context);
    case 'sink':
      return compileSink(tree.value, context);
    case 'pass-all':
      if (!tree.value) throw invalid('pass_all_filter must be true if set');
      return (cells) => cells;
    case 'block-all':
      if (!tree.value) throw invalid('block_all_filter must be true if set');
      return () => NONE;
    case 'row-sample':
      return compileSample(tree.probability, context.random);
    case 'row-key-regex': {
      const matches = compileRegex(tree.pattern, 'row_key_regex_filter');
      return (cells, row) => (matches(row.key) ? cells : NONE);
    }
    case 'row-offset':
      if (tree.count < 0)
        throw invalid("Error in field 'cells_per_row_offset_filter' : argument must be >= 0");
      return (cells) => cells.slice(tree.count);
    case 'row-limit':
      checkLimit(tree.count, 'cells_per_row_limit_filter');
      return (cells) => cells.slice(0, tree.count);
    case 'column-limit':
      return compileColumnLimit(tree.count);
    case 'strip-value':
      return (cells) => cells.map((cell) => ({ ...cell, end: cell.start }));
    case 'label':
      return compileLabel(tree.label);
    default: {
      const isIncluded = compileTest(tree);
      return (cells) => cells.filter(isIncluded);
    }
  }
}

/** Filters that look at each cell by itself. */
function compileTest(
  tree: Extract<
    FilterTree,
    {
      kind:
        | 'family-regex'
        | 'qualifier-regex'
        | 'value-regex'
        | 'column-range'
        | 'value-range'
        | 'timestamp-range';
    }
  >,
): (cell: Cell) => boolean {
  switch (tree.kind) {
    case 'family-regex': {
      const matches = remembering(compileRegex(tree.pattern, 'family_name_regex_filter'));
      return ({ column }) => matches(column.family.name);
    }
    case 'qualifier-regex': {
      const matches = remembering(compileRegex(tree.pattern, 'column_qualifier_regex_filter'));
      return ({ column }) => matches(column.qualifier);
    }
    case 'value-regex': {
      const matches = compileRegex(tree.pattern, 'value_regex_filter');
      return (cell) => matches(valueText(cell));
    }
    case 'column-range': {
      if (tree.family === '') throw invalid("Error in field 'column_range_filter' : family_name must be set");
      const isWithin = compileRange(tree.range, 'column_range_filter');
      return ({ column }) => column.family.name === tree.family && isWithin(column.qualifier);
    }
    case 'value-range': {
      const isWithin = compileRange(tree.range, 'value_range_filter');
      return (cell) => isWithin(valueText(cell));
    }
    case 'timestamp-range':
      return compileTimestampRange(tree.start, tree.end);
  }
}

function compileChain(trees: readonly FilterTree[], context: Context): Filter {
  if (trees.length < 2) throw invalid('Chain must contain at least two RowFilters');
  if (trees.filter(hasLabel).length > 1) {
    throw invalid('Chain may contain at most one RowFilter with an apply_label_transformer');
  }
  const filters = trees.map((tree) => compile(tree, context));
  return (cells, row) => {
    let passed = cells;
    for (const filter of filters) {
      if (passed.length === 0) return NONE;
      passed = filter(passed, row);
    }
    return passed;
  };
}

/** A cell cannot carry two labels. */
function hasLabel(tree: FilterTree): boolean {
  if (tree.kind === 'label') return true;
  if (tree.kind === 'chain' || tree.kind === 'interleave') return tree.filters.some(hasLabel);
  if (tree.kind !== 'condition') return false;
  return [tree.whenTrue, tree.whenFalse].some((branch) => branch !== undefined && hasLabel(branch));
}

function compileInterleave(trees: readonly FilterTree[], context: Context): Filter {
  if (trees.length < 2) throw invalid('Interleave must contain at least two RowFilters');
  const filters = trees.map((tree) => compile(tree, context));
  return (cells, row) => merge(filters.map((filter) => filter(cells, row)));
}

function compileCondition(tree: Extract<FilterTree, { kind: 'condition' }>, { random }: Context): Filter {
  if (tree.predicate === undefined)
    throw invalid("Error in field 'condition' : predicate_filter must be set");
  const [predicate, whenTrue, whenFalse] = [tree.predicate, tree.whenTrue, tree.whenFalse].map((part) =>
    part === undefined ? () => NONE : compile(part, { random, isConditional: true }),
  ) as [Filter, Filter, Filter];
  return (cells, row) => (predicate(cells, row).length > 0 ? whenTrue : whenFalse)(cells, row);
}

function compileSink(value: boolean, { isConditional }: Context): Filter {
  if (!value) throw invalid('sink must be true if set');
  if (isConditional) throw invalid('sink cannot be used within a condition');
  return (cells, row) => {
    row.sunk.push(...cells);
    return NONE;
  };
}

function compileSample(probability: number, random: () => number): Filter {
  if (!(probability > 0 && probability < 1)) {
    throw invalid('row_sample_filter argument must be between 0.0 and 1.0');
  }
  return (cells) => (random() < probability ? cells : NONE);
}

function compileColumnLimit(count: number): Filter {
  checkLimit(count, 'cells_per_column_limit_filter');
  return (cells) => {
    let kept = 0;
    return cells.filter((cell, index) => {
      kept = cells[index - 1]?.column === cell.column ? kept + 1 : 1;
      return kept <= count;
    });
  };
}

function compileLabel(label: string): Filter {
  if (!LABEL.test(label)) {
    throw invalid(`apply_label_transformer must match RE2([a-z0-9\\-]+), but found ${label}`);
  }
  const labels = [label];
  return (cells) => cells.map((cell) => ({ ...cell, labels }));
}

function compileRange({ start, end }: ByteRange, field: string): (bytes: string) => boolean {
  if (start !== undefined && end !== undefined && end.value !== '') {
    const isOneValue = start.isClosed && end.isClosed;
    if (isOneValue ? start.value > end.value : start.value >= end.value) {
      throw invalid(`Error in field '${field}' : start must be less than end`);
    }
  }
  return (bytes) =>
    (start === undefined || (start.isClosed ? bytes >= start.value : bytes > start.value)) &&
    (end === undefined || (end.isClosed ? bytes <= end.value : bytes < end.value));
}

function compileTimestampRange(
  start: { high: number; low: number },
  end: { high: number; low: number },
): (cell: Cell) => boolean {
  const micros = [start, end].map(({ high, low }) => BigInt(microsText(high, low)));
  if (micros.some((value) => value % 1000n !== 0n)) {
    throw invalid(
      "Error in field 'timestamp_range_filter'. Maximum precision allowed in filter is millisecond.\n" +
        `Got:\nStart: ${micros[0]}\nEnd: ${micros[1]}`,
    );
  }
  const isUnbounded = end.high === 0 && end.low === 0;
  return ({ high, low }) =>
    compareMicros(high, low, start.high, start.low) >= 0 &&
    (isUnbounded || compareMicros(high, low, end.high, end.low) < 0);
}

function checkLimit(count: number, field: string): void {
  if (count <= 0) throw invalid(`Error in field '${field}' : argument must be > 0`);
}

/** A read sees the same few names again and again. */
function remembering(matches: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      result = matches(text);
      if (known.size < 1000) known.set(text, result);
    }
    return result;
  };
}

function valueText({ bytes, start, end }: Cell): string {
  return bytes.toString('latin1', start, end);
}

/** Puts cells of several filters in the order of a row; copies of a cell stay side by side. */
function merge(parts: readonly (readonly Cell[])[]): readonly Cell[] {
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length < 2) return filled[0] ?? NONE;
  return filled
    .flat()
    .sort((a, b) => compareColumns(a.column, b.column) || compareMicros(b.high, b.low, a.high, a.low));
}
