import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import type { Field } from '../../googlesql/syntax/types.js';
import type { Relation } from './inputs.js';

/** Column that random splits and the order of rows go by; kept because each statistic reads the split anew. */
export const CONTENT_HASH = 'content_hash';

let nextTable = 0;

/** Which rows of the training data serve for what. */
export type Part = 'train' | 'eval' | 'test';

/**
 * The rows of a CREATE MODEL's query, held in a temporary table: a query with RAND() would give other rows each
 * time it is read, and statistics, training and evaluation read them several times.
 */
export class TrainingTable {
  readonly columns: readonly Field[];
  readonly rows: number;
  readonly #connection: DuckDBConnection;
  readonly #name: string;
  readonly #physicalNames: readonly string[];
  /** Conditions on the rows of each part, in DuckDB text; a missing part is empty. */
  #parts: Partial<Record<Part, string>> = { train: 'true' };
  readonly #counts = new Map<Part, number>();

  private constructor(connection: DuckDBConnection, name: string, columns: readonly Field[], rows: number) {
    this.#connection = connection;
    this.#name = name;
    this.columns = columns;
    this.#physicalNames = columns.map((_, index) => `c${index}`);
    this.rows = rows;
  }

  static async create(connection: DuckDBConnection, source: Relation): Promise<TrainingTable> {
    const name = `temp.ml_training_${++nextTable}`;
    const columns = source.physicalNames.map((column, index) => `${quoteIdentifier(column)} AS c${index}`);
    const places = columns.map((_, index) => `c${index}`);
    await connection.run(`CREATE TEMP TABLE ${name} AS SELECT *, hash(${places.join(', ')}) AS ${CONTENT_HASH}
      FROM (SELECT ${columns.join(', ')} FROM (${source.sql}))`);
    const [[rows] = []] = (await connection.runAndReadAll(`SELECT count(*) FROM ${name}`)).getRows();
    return new TrainingTable(connection, name, source.columns, Number(rows));
  }

  get name(): string {
    return this.#name;
  }

  setParts(parts: Partial<Record<Part, string>>): void {
    this.#parts = parts;
    this.#counts.clear();
  }

  has(part: Part): boolean {
    return this.#parts[part] !== undefined;
  }

  /** Rows of a part, with all columns under their BigQuery names. */
  relation(part: Part): Relation {
    const condition = this.#parts[part] ?? 'false';
    return {
      sql: `SELECT * FROM ${this.#name} WHERE ${condition}`,
      columns: [...this.columns],
      physicalNames: [...this.#physicalNames],
    };
  }

  async count(part: Part): Promise<number> {
    const known = this.#parts[part] === 'true' ? this.rows : this.#counts.get(part);
    if (known !== undefined) return known;
    const count = Number(await this.value(`SELECT count(*) FROM (${this.relation(part).sql})`));
    this.#counts.set(part, count);
    return count;
  }

  async read(sql: string): Promise<DuckDBValue[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRows();
  }

  async value(sql: string): Promise<DuckDBValue> {
    return (await this.read(sql))[0]![0]!;
  }

  get connection(): DuckDBConnection {
    return this.#connection;
  }

  /** DuckDB name of a column, by BigQuery name. */
  physicalName(column: string): string | undefined {
    const index = this.columns.findIndex((field) => field.name.toLowerCase() === column.toLowerCase());
    return index < 0 ? undefined : this.#physicalNames[index];
  }

  async drop(): Promise<void> {
    await this.#connection.run(`DROP TABLE IF EXISTS ${this.#name}`);
  }
}
