import { notImplemented } from '../../../googlesql/errors.js';
import type {
  JsonObject,
  RangePartitioning,
  TableEntry,
  TableRef,
  TimePartitioning,
} from '../../catalog/entries.js';
import { splitDecorator } from '../../catalog/partitioning.js';
import { BigQueryError } from '../../errors.js';
import {
  checkMembers,
  choiceField,
  objectField,
  requiredText,
  textField,
  textListField,
} from '../http/body.js';
import { readClustering, readRangePartitioning, readTimePartitioning } from './table-resource.js';

export type WriteDisposition = 'WRITE_EMPTY' | 'WRITE_APPEND' | 'WRITE_TRUNCATE';

/** Where a query, load or copy job puts its rows, and how. */
export interface Destination {
  /** May carry a partition decorator. */
  ref: TableRef;
  create: boolean;
  write: WriteDisposition;
  timePartitioning?: TimePartitioning;
  rangePartitioning?: RangePartitioning;
  clustering?: string[];
  allowFieldAddition: boolean;
  allowFieldRelaxation: boolean;
  /** Description and labels of a table that the job creates. */
  properties?: Pick<TableEntry, 'description' | 'friendlyName' | 'labels' | 'expirationTime' | 'base'>;
}

export function readTableRef(value: JsonObject, projectId: string): TableRef {
  checkMembers(value, 'TableReference', ['projectId', 'datasetId', 'tableId']);
  return {
    projectId: textField(value, 'projectId') || projectId,
    datasetId: requiredText(value, 'datasetId'),
    tableId: requiredText(value, 'tableId'),
  };
}

/** Reads destination and dispositions from the configuration of a query or load job. */
export function readDestination(
  configuration: JsonObject,
  projectId: string,
  defaultWrite: WriteDisposition,
): Destination | undefined {
  const table = objectField(configuration, 'destinationTable');
  if (table === undefined || Object.keys(table).length === 0) return undefined;
  const options = textListField(configuration, 'schemaUpdateOptions') ?? [];
  const unknown = options.find((option) => !/^ALLOW_FIELD_(ADDITION|RELAXATION)$/.test(option));
  if (unknown !== undefined) {
    throw new BigQueryError('invalid', `Invalid value for schemaUpdateOptions: ${unknown}`);
  }
  const ref = readTableRef(table, projectId);
  const write = readWriteDisposition(configuration, defaultWrite);
  if (
    options.length > 0 &&
    write !== 'WRITE_APPEND' &&
    !(write === 'WRITE_TRUNCATE' && ref.tableId.includes('$'))
  ) {
    throw new BigQueryError(
      'invalid',
      'Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE disposition on a table partition.',
    );
  }
  return {
    ref,
    create:
      choiceField(configuration, 'createDisposition', ['CREATE_IF_NEEDED', 'CREATE_NEVER']) !==
      'CREATE_NEVER',
    write,
    timePartitioning: readTimePartitioning(configuration),
    rangePartitioning: readRangePartitioning(configuration),
    clustering: readClustering(configuration),
    allowFieldAddition: options.includes('ALLOW_FIELD_ADDITION'),
    allowFieldRelaxation: options.includes('ALLOW_FIELD_RELAXATION'),
  };
}

function readWriteDisposition(configuration: JsonObject, fallback: WriteDisposition): WriteDisposition {
  const value = choiceField(configuration, 'writeDisposition', [
    'WRITE_EMPTY',
    'WRITE_APPEND',
    'WRITE_TRUNCATE',
    'WRITE_TRUNCATE_DATA',
  ]);
  if (value === 'WRITE_TRUNCATE_DATA') throw notImplemented('The write disposition WRITE_TRUNCATE_DATA');
  return value ?? fallback;
}

/** The table a destination names, without its decorator. */
export function destinationTable(destination: Destination): TableRef {
  return { ...destination.ref, tableId: splitDecorator(destination.ref.tableId).tableId };
}
