import { bytesField } from '../../wire/writer.js';
import type { Aggregator } from './aggregate.js';
import type { GcRule } from './gc-rule.js';
import type { Numbers } from './numbers.js';

/** A column family of a table, and the columns that have cells. */
export class Family {
  rule: GcRule | undefined;
  readonly columns = new Map<string, Column>();
  readonly nameBytes: Buffer;

  constructor(
    readonly name: string,
    /** Of a family whose cells are aggregates; undefined for one of plain bytes. */
    readonly aggregator: Aggregator | undefined,
  ) {
    this.nameBytes = Buffer.from(name, 'utf8');
  }

  /** @param qualifier one character for each byte. */
  column(qualifier: string): Column {
    let column = this.columns.get(qualifier);
    if (column === undefined) {
      column = new Column(this, qualifier);
      this.columns.set(qualifier, column);
    }
    return column;
  }
}

/** One column of a table: rows share it, so that a cell needs no strings of its own. */
export class Column {
  /** Cells that rows have in it. */
  cells = 0;
  /** Which stands for it in these cells; -1 while there are none. */
  number = -1;
  readonly bytes: Buffer;
  /** The fields of a `CellChunk` that name the qualifier, and those that name family and qualifier. */
  readonly qualifierField: Buffer;
  readonly fullField: Buffer;

  constructor(
    readonly family: Family,
    readonly qualifier: string,
  ) {
    this.bytes = Buffer.from(qualifier, 'latin1');
    this.qualifierField = wrapped(3, this.bytes);
    this.fullField = Buffer.concat([wrapped(2, family.nameBytes), this.qualifierField]);
  }

  added(numbers: Numbers<Column>): void {
    if (this.cells++ > 0) return;
    this.number = numbers.add(this);
    // It was forgotten when a mutation before this one, in the same request, removed its last cell.
    this.family.columns.set(this.qualifier, this);
  }

  removed(numbers: Numbers<Column>): void {
    if (--this.cells > 0) return;
    numbers.remove(this.number);
    this.number = -1;
    this.family.columns.delete(this.qualifier);
  }
}

/** A wrapper message (`StringValue`, `BytesValue`), which leaves out an empty value. */
function wrapped(field: number, content: Buffer): Buffer {
  return bytesField(field, content.length === 0 ? content : bytesField(1, content));
}

/** The order of columns in a row: by family, then by the bytes of the qualifier. */
export function compareColumns(a: Column, b: Column): number {
  if (a === b) return 0;
  if (a.family !== b.family) return a.family.name < b.family.name ? -1 : 1;
  return a.qualifier < b.qualifier ? -1 : 1;
}
