import type { SpannerData, SpannerValue } from '../../gcp/spanner/data.js';
import type { Problem } from '../../schema/row-validator.js';
import { quoted, ROW } from '../../schema/spanner-ddl.js';
import type { Field, ForeignKey } from '../../schema/table-schema.js';
import type { PendingRows } from './pending-rows.js';

/** Keys asked for in one query; Spanner takes 10 MB of parameters. */
const KEYS_PER_QUERY = 5_000;
/** Known keys kept by reference: enough for the locality of exports, bounded in memory. */
const REMEMBERED_KEYS = 100_000;

/** A reference of one column to the key of another table. */
export interface Reference {
  key: ForeignKey;
  parentTable: string;
  /** The column is the whole primary key of the other table, so rows can be looked up instead of searched. */
  isPrimaryKey: boolean;
  /** Rows refer to rows of their own table. */
  withinTable: boolean;
}

/**
 * Finds rows that refer to rows which are not there, before Spanner refuses the whole commit for them. References
 * of several columns are left to Spanner's own constraint.
 */
export class ReferenceChecker {
  readonly #checks: {
    field: Field;
    position: number;
    reference: Reference;
    known: Set<SpannerValue>;
    /** Position of the column it refers to, when that is in the same table. */
    own: number | undefined;
  }[];

  constructor(
    private readonly data: SpannerData,
    references: readonly Reference[],
    fields: readonly Field[],
  ) {
    this.#checks = references.flatMap((reference) => {
      const [name, second] = reference.key.fields;
      const position = fields.findIndex((field) => field.name === name);
      if (second !== undefined || position < 0) return [];
      const own = fields.findIndex((field) => field.name === reference.key.referencedFields[0]);
      return [
        {
          field: fields[position]!,
          position,
          reference,
          known: new Set(),
          own: reference.withinTable && own >= 0 ? own : undefined,
        },
      ];
    });
  }

  /** Rows may refer to rows of the same load. */
  get withinTable(): boolean {
    return this.#checks.some(({ own }) => own !== undefined);
  }

  /** Rows that were written: others of the table may refer to them. */
  written(pending: PendingRows, indexes: readonly number[]): void {
    if (!this.withinTable) return;
    for (const index of indexes) {
      const values = this.data.decode(pending.wire, index);
      for (const { own, known } of this.#checks) if (own !== undefined) known.add(values[own]!);
    }
  }

  /** Problems of those of the rows that refer to nothing, by their index. */
  async check(pending: PendingRows, indexes: readonly number[]): Promise<Map<number, Problem>> {
    const orphans = new Map<number, Problem>();
    if (this.#checks.length === 0) return orphans;
    const rows = indexes.map((index) => {
      const values = this.data.decode(pending.wire, index);
      // A row may refer to itself.
      return this.#checks.map(({ position, own }) =>
        own !== undefined && values[position] === values[own] ? null : values[position]!,
      );
    });
    for (const [which, { field, reference, known }] of this.#checks.entries()) {
      const unknown = new Set<SpannerValue>();
      for (const referring of rows) {
        const value = referring[which]!;
        if (value !== null && !known.has(value)) unknown.add(value);
      }
      if (known.size + unknown.size > REMEMBERED_KEYS) known.clear();
      const keys = [...unknown];
      const present = new Set<SpannerValue>();
      for (let from = 0; from < keys.length; from += KEYS_PER_QUERY) {
        const found = await this.#find(reference, field, keys.slice(from, from + KEYS_PER_QUERY));
        for (const [value] of found) {
          present.add(value!);
          known.add(value!);
        }
      }
      for (const [at, referring] of rows.entries()) {
        const index = indexes[at]!;
        const value = referring[which]!;
        if (value === null || known.has(value) || present.has(value) || orphans.has(index)) continue;
        orphans.set(index, {
          column: field.name,
          reason: `no such row in ${reference.parentTable}`,
          hint: `load it into ${reference.parentTable} first, or correct the reference`,
          detail: `${reference.key.referencedFields[0]} = ${String(value)}`,
        });
      }
    }
    return orphans;
  }

  #find(
    { key, parentTable, isPrimaryKey }: Reference,
    field: Field,
    keys: SpannerValue[],
  ): Promise<SpannerValue[][]> {
    const name = key.referencedFields[0]!;
    if (isPrimaryKey) {
      return this.data.readKeys(
        parentTable,
        [name],
        keys.map((value) => [value]),
      );
    }
    const column = `${ROW}.${quoted(name)}`;
    return this.data.query(
      `SELECT DISTINCT ${column} FROM ${quoted(parentTable)} AS ${ROW} WHERE ${column} IN UNNEST(@keys)`,
      { keys: { type: `ARRAY<${field.type}>`, value: keys } },
    );
  }
}
