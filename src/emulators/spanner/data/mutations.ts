import type { ServiceError } from '../../serving/service-error.js';
import type { Schema } from '../schema/model.js';
import { SchemaInfo, type TreeId } from '../store/table-info.js';
import type { KeyRange, KeySet, Mutation } from '../store/view.js';
import { placesOf } from '../store/write-rows.js';
import type { KeyPartType } from '../values/key.js';
import { parseValue } from '../values/parse.js';
import type { Plain } from '../values/plain.js';
import type { Row } from '../values/value.js';
import { precondition } from './data-context.js';
import { missing, type PlainKeyRange, type PlainKeySet, type PlainMutation, readRow } from './requests.js';

/** Mutations with the values of the types that their tables have. @param bytes the request that they are in */
export function parseMutations(
  schema: Schema,
  mutations: readonly PlainMutation[],
  bytes: Buffer,
): Mutation[] {
  const info = SchemaInfo.of(schema);
  return mutations.map((mutation) => {
    if (mutation.table === '') throw missing('Mutation.table');
    const table = info.table(mutation.table);
    if (mutation.kind === 'delete') {
      if (mutation.keys === undefined) throw missing('Delete.key_set');
      return {
        kind: 'delete',
        table: mutation.table,
        keys: parseKeySet(table.name, table.keyParts, mutation.keys),
      };
    }
    const { kind, columns } = mutation;
    const types = placesOf(table, columns).map((place) => table.table.columns[place]!.type);
    const rows = mutation.rows.map((at) => {
      const plain = readRow(bytes, at, types.length);
      return plain.map((value, index) => parseValue(types[index]!, value));
    });
    return { kind, table: mutation.table, columns, rows };
  });
}

/** Trees of the tables that mutations write to. */
export function writtenTrees(schema: Schema, mutations: readonly Mutation[]): TreeId[] {
  const info = SchemaInfo.of(schema);
  return mutations.map(({ table }) => info.table(table).treeId);
}

/** @param name of the table or index */
export function parseKeySet(
  name: string,
  parts: readonly KeyPartType[],
  { keys, ranges, all }: PlainKeySet,
): KeySet {
  return {
    keys: keys.map((key) => {
      if (key.length !== parts.length) throw wrongNumber(name, parts.length, key.length);
      return parseKey(name, parts, key);
    }),
    ranges: ranges.map((range) => parseKeyRange(name, parts, range)),
    all,
  };
}

function parseKeyRange(name: string, parts: readonly KeyPartType[], { start, end }: PlainKeyRange): KeyRange {
  return {
    start: start && { ...start, key: parseKey(name, parts, start.key) },
    end: end && { ...end, key: parseKey(name, parts, end.key) },
  };
}

function parseKey(name: string, parts: readonly KeyPartType[], key: readonly Plain[]): Row {
  if (key.length > parts.length) throw wrongNumber(name, parts.length, key.length);
  return key.map((value, index) => parseValue(parts[index]!.type, value));
}

function wrongNumber(name: string, expected: number, found: number): ServiceError {
  return precondition(
    `Wrong number of key parts for ${name}. Expected ${expected} key parts, found ${found} key parts.`,
  );
}
