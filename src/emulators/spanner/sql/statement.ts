import { compileQueryAtOnce, compileQueryInto, type Destination } from '../../googlesql/compile/index.js';
import type {
  CompiledQuery,
  QueryContext,
  ResolvedTable,
} from '../../googlesql/compile/scope/query-context.js';
import { SPANNER } from '../../googlesql/dialect.js';
import { invalidQuery, SqlError } from '../../googlesql/errors.js';
import { functionsOfSpanner } from '../../googlesql/functions/index.js';
import type { Expression, FunctionCall, Query } from '../../googlesql/syntax/ast.js';
import type { Schema, SequenceSettings, Table } from '../schema/model.js';
import type { Value } from '../values/value.js';
import type { Mirrors } from './mirrors.js';
import { databaseNames } from './names.js';
import { Parameters } from './parameters.js';
import type { RowExpressions } from './row-expressions.js';
import type { SqlParameter, SqlSource } from './sql-request.js';
import { timeZoneOf } from './time-zone.js';

/** What all statements of a database have in common. */
export interface SqlServices {
  source: SqlSource;
  mirrors: Mirrors;
  /** Name of the database for functions that run in DuckDB. */
  prefix: string;
  rows: RowExpressions;
}

/** One statement on its way: what it is compiled with, and what it turned out to read. */
export class Statement {
  readonly parameters: Parameters;
  /** Tables that are read through their copies in DuckDB. */
  readonly tables = new Set<Table>();
  /** It calls a function that only a transaction may call that writes. */
  drawsFromSequence: string | undefined;
  /** Those that it names, in lower case. */
  readonly sequences = new Set<string>();
  /** It reads INFORMATION_SCHEMA. */
  readsSystemTables = false;
  /** It calls nothing that gives another value the next time, as far as closures were made of it. */
  isRepeatable = true;
  readonly nowMicros = BigInt(Date.now()) * 1000n;
  /** Tables that are no tables of the database, by their names. */
  readonly #ownTables = new Map<string, ResolvedTable>();

  constructor(
    readonly services: SqlServices,
    readonly schema: Schema,
    given: readonly SqlParameter[],
  ) {
    this.parameters = new Parameters(given);
  }

  get timeZone(): string {
    return timeZoneOf(this.schema);
  }

  /** Shows the compiler a table under a name that nobody can write. */
  addTable(name: string, table: ResolvedTable): void {
    this.#ownTables.set(name, table);
  }

  /** Fills the columns of a row that were not given, as its insertion would. */
  async complete(table: Table, values: Value[], given: readonly boolean[]): Promise<void> {
    const { rows, source } = this.services;
    const scope = {
      schema: this.schema,
      nowNanos: this.nowMicros * 1000n,
      nextSequenceValue: (sequence: SequenceSettings) => source.nextSequenceValue(sequence),
    };
    await rows.complete(scope, table, [{ values, given, isInsert: true }]);
  }

  compile(query: Query): CompiledQuery {
    return this.#typed(() => compileQueryAtOnce(query, this.#context()));
  }

  compileInto(query: Query, destinations: readonly Destination[]): CompiledQuery {
    return this.#typed(() => compileQueryInto(query, destinations, this.#context()));
  }

  /** Compiles; and once more with the types that parameters turned out to have, when some came without. */
  #typed(compile: () => CompiledQuery): CompiledQuery {
    const compiled = compile();
    if (!this.parameters.hasUntyped || this.parameters.missing.length > 0) return compiled;
    this.parameters.settle();
    return compile();
  }

  #context(): QueryContext {
    const { services, schema } = this;
    return {
      dialect: SPANNER,
      names: databaseNames(
        schema,
        (table) => {
          this.tables.add(table);
          return services.mirrors.nameOf(table);
        },
        () => {
          this.readsSystemTables = true;
        },
      ),
      functions: functionsOfSpanner,
      environment: {
        statementTimeMicros: this.nowMicros,
        timeZone: this.timeZone,
        sessionUser: 'emulator@localhost',
      },
      parameters: this.parameters.forCompiler(),
      declareParameter: this.parameters.declare,
      resolveTable: ({ parts }) => (parts.length === 1 ? this.#ownTables.get(parts[0]!) : undefined),
      expandCall: (call) => this.#expand(call),
    };
  }

  #expand(call: FunctionCall): Expression | undefined {
    const name = call.name.map((part) => part.name.toUpperCase()).join('.');
    if (name === 'PENDING_COMMIT_TIMESTAMP') throw new SqlError('invalidQuery', ONLY_AS_A_VALUE);
    if (name !== 'GET_NEXT_SEQUENCE_VALUE' && name !== 'GET_INTERNAL_SEQUENCE_STATE') return undefined;
    const [argument] = call.arguments;
    if (argument?.kind !== 'StringLiteral') {
      throw invalidQuery(
        `No matching signature for function ${name}; it takes SEQUENCE and a name`,
        call.pos,
      );
    }
    const sequence = this.schema.sequences.get(argument.value.toLowerCase());
    if (sequence === undefined) throw invalidQuery(`Sequence not found: ${argument.value}`, argument.pos);
    this.sequences.add(sequence.name.toLowerCase());
    const { pos } = call;
    if (name === 'GET_INTERNAL_SEQUENCE_STATE') {
      const state = this.services.source.sequenceState(sequence);
      const value: Expression =
        state === null
          ? { kind: 'NullLiteral', pos }
          : { kind: 'IntegerLiteral', value: state, text: String(state), pos };
      const type = { kind: 'SimpleType' as const, name: 'INT64', parameters: [], pos };
      return { kind: 'Cast', safe: false, operand: value, type, pos };
    }
    this.drawsFromSequence = name.toLowerCase();
    const identifier = { kind: 'Identifier' as const, name: '$NEXT_SEQUENCE_VALUE', quoted: true, pos };
    const id = BigInt(sequence.id);
    return {
      kind: 'FunctionCall',
      name: [identifier],
      safe: false,
      arguments: [
        { kind: 'StringLiteral', value: this.services.prefix, pos },
        { kind: 'IntegerLiteral', value: id, text: String(id), pos },
      ],
      pos,
    };
  }
}

export const ONLY_AS_A_VALUE =
  'The PENDING_COMMIT_TIMESTAMP() function may only be used as a value for INSERT or UPDATE of an appropriately typed column. It cannot be used in SELECT, or as the input to any other scalar expression.';
