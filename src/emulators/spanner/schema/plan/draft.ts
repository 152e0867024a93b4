import { ServiceError } from '../../../serving/service-error.js';
import type { SchemaWork } from '../ddl.js';
import {
  findTable,
  type Index,
  type NamedSchema,
  type OptionValue,
  type Role,
  type Schema,
  type Sequence,
  type Table,
  type View,
} from '../model.js';

export function refused(message: string): ServiceError {
  return new ServiceError('FAILED_PRECONDITION', message);
}

export function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message);
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** A schema as one statement is changing it. */
export class Draft implements Schema {
  readonly tables: Map<string, Table>;
  readonly indexes: Map<string, Index>;
  readonly views: Map<string, View>;
  readonly sequences: Map<string, Sequence>;
  readonly namedSchemas: Map<string, NamedSchema>;
  readonly options: Map<string, OptionValue>;
  readonly roles: Map<string, Role>;
  nextId: number;
  readonly work: SchemaWork[] = [];

  constructor(schema: Schema) {
    this.tables = new Map(schema.tables);
    this.indexes = new Map(schema.indexes);
    this.views = new Map(schema.views);
    this.sequences = new Map(schema.sequences);
    this.namedSchemas = new Map(schema.namedSchemas);
    this.options = new Map(schema.options);
    this.roles = new Map(schema.roles);
    this.nextId = schema.nextId;
  }

  /** By its name in the same case, or by its synonym. @throws ServiceError NOT_FOUND. */
  table(name: string): Table {
    const table = findTable(this, name);
    if (table === undefined || (table.name !== name && table.synonym !== name)) {
      throw new ServiceError('NOT_FOUND', `Table not found: ${name}`);
    }
    return table;
  }

  put(table: Table): Table {
    this.tables.set(table.name.toLowerCase(), table);
    return table;
  }

  takeId(): number {
    return this.nextId++;
  }

  finish(): Schema {
    const { tables, indexes, views, sequences, namedSchemas, options, roles, nextId } = this;
    return { tables, indexes, views, sequences, namedSchemas, options, roles, nextId };
  }
}
