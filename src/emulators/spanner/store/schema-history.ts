import { type PlannedStatement, planDdl } from '../schema/ddl.js';
import { EMPTY_SCHEMA, type Schema } from '../schema/model.js';

/** Former schemas that are kept at hand; to make one again takes the time of all of its statements. */
const KEPT_SCHEMAS = 8;

/** A statement that made the schema what it is. */
export interface SchemaStatement extends Omit<PlannedStatement, 'plan'> {
  timestampMicros: number;
}

/** The schema of a database, as it is and as it was: what its statements up to a time make of none. */
export class SchemaHistory {
  #current: Schema = EMPTY_SCHEMA;
  readonly #statements: SchemaStatement[] = [];
  /** By the number of statements that made them; what was asked for last is last. */
  readonly #former = new Map<number, Schema>();

  get current(): Schema {
    return this.#current;
  }

  /** Of all its life, in the order of their times. */
  get statements(): readonly SchemaStatement[] {
    return this.#statements;
  }

  /** @param schema what the statement makes of the current one */
  add(statement: SchemaStatement, schema: Schema): void {
    this.#statements.push(statement);
    this.#current = schema;
  }

  at(timestampMicros: number): Schema {
    let count = this.#statements.length;
    while (count > 0 && this.#statements[count - 1]!.timestampMicros > timestampMicros) count--;
    return count === this.#statements.length ? this.#current : this.#formerOf(count);
  }

  #formerOf(count: number): Schema {
    const schema = this.#former.get(count) ?? this.#madeBy(count);
    this.#former.delete(count);
    this.#former.set(count, schema);
    const [oldest] = this.#former.keys();
    if (this.#former.size > KEPT_SCHEMAS) this.#former.delete(oldest!);
    return schema;
  }

  #madeBy(count: number): Schema {
    return this.#statements
      .slice(0, count)
      .reduce((schema, { statement, query }) => planDdl(schema, statement, query).schema, EMPTY_SCHEMA);
  }
}
