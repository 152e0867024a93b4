import { ServiceError } from '../serving/service-error.js';
import { aggregatorOf, type ValueTypeMessage } from './rows/aggregate.js';
import { Family } from './rows/family.js';
import { compileGcRule, type GcRuleMessage } from './rows/gc-rule.js';
import { MutationBatch } from './rows/mutation-batch.js';
import { Table } from './rows/table.js';

/** `google.bigtable.admin.v2.ColumnFamily` as the descriptors decode it. */
export interface FamilyMessage {
  gcRule?: GcRuleMessage;
  valueType?: ValueTypeMessage;
}

/** What is kept of a table besides its rows. */
export interface TableDefinition {
  name: string;
  columnFamilies: Record<string, FamilyMessage>;
  deletionProtection: boolean;
  /** Base64, ascending. */
  splitKeys: readonly string[];
}

export type FamilyChange =
  | { id: string; create: FamilyMessage }
  | { id: string; update: FamilyMessage }
  | { id: string; drop: true };

/** Resources that are stored as they were given: instances, clusters, app profiles, IAM policies. */
export type ResourceMessage = Record<string, unknown>;

/** A change of anything but rows, as the journal keeps it. */
export type SchemaChange =
  | { type: 'create-table'; definition: TableDefinition }
  | { type: 'delete-table'; table: string }
  | { type: 'protect-table'; table: string; deletionProtection: boolean }
  | { type: 'change-families'; table: string; timeMs: number; changes: readonly FamilyChange[] }
  /** All rows when there is no prefix, which is base64. */
  | { type: 'drop-rows'; table: string; prefix?: string }
  | { type: 'put-resource'; name: string; resource: ResourceMessage }
  | { type: 'delete-resource'; name: string };

/** Everything the emulator holds. Changes are carried out the same way when they come and when they are read again. */
export class Store {
  readonly tables = new Map<string, { definition: TableDefinition; table: Table }>();
  readonly resources = new Map<string, ResourceMessage>();
  /** Of the request that is carried out: there is only ever one. */
  readonly batch = new MutationBatch();

  /** @throws ServiceError NOT_FOUND. */
  table(name: string): Table {
    return this.entry(name).table;
  }

  entry(name: string): { definition: TableDefinition; table: Table } {
    const entry = this.tables.get(name);
    if (entry === undefined) throw new ServiceError('NOT_FOUND', `Table not found: ${name}`);
    return entry;
  }

  change(change: SchemaChange): void {
    switch (change.type) {
      case 'create-table':
        this.#createTable(change.definition);
        return;
      case 'delete-table':
        this.table(change.table).dropAll();
        this.tables.delete(change.table);
        return;
      case 'protect-table':
        this.entry(change.table).definition.deletionProtection = change.deletionProtection;
        return;
      case 'change-families':
        this.#changeFamilies(change.table, change.timeMs, change.changes);
        return;
      case 'drop-rows': {
        const table = this.table(change.table);
        if (change.prefix === undefined) table.dropAll();
        else table.dropPrefix(Buffer.from(change.prefix, 'base64').toString('latin1'));
        return;
      }
      case 'put-resource':
        this.resources.set(change.name, change.resource);
        return;
      case 'delete-resource':
        this.resources.delete(change.name);
    }
  }

  #createTable(definition: TableDefinition): void {
    const splitKeys = definition.splitKeys.map((key) => Buffer.from(key, 'base64').toString('latin1'));
    const table = new Table(definition.name, splitKeys);
    for (const [id, family] of Object.entries(definition.columnFamilies))
      table.addFamily(makeFamily(id, family));
    this.tables.set(definition.name, { definition, table });
  }

  #changeFamilies(name: string, timeMs: number, changes: readonly FamilyChange[]): void {
    const { definition, table } = this.entry(name);
    table.setTime(timeMs);
    // What is too old by the rules so far is gone for good, and not only until the collector comes.
    table.collect();
    for (const change of changes) {
      if ('drop' in change) {
        table.dropFamily(table.family(change.id));
        delete definition.columnFamilies[change.id];
      } else if ('create' in change) {
        table.addFamily(makeFamily(change.id, change.create));
        definition.columnFamilies[change.id] = change.create;
      } else {
        table.family(change.id).rule = compileGcRule(change.update.gcRule);
        definition.columnFamilies[change.id] = change.update;
      }
    }
    table.collect();
  }
}

/** @throws ServiceError for a rule or type that is refused. */
export function makeFamily(id: string, { gcRule, valueType }: FamilyMessage): Family {
  const family = new Family(id, aggregatorOf(valueType));
  family.rule = compileGcRule(gcRule);
  return family;
}
