import { printType } from '../../../googlesql/syntax/types.js';
import type { Column, SequenceSettings, Table } from '../model.js';
import type { ColumnAttributes, ColumnDefinition, Options } from '../parse/statements.js';
import { type Draft, invalid, refused } from './draft.js';
import { isPendingCommitTimestamp } from './expressions.js';
import { checkNameOf } from './names.js';
import { checkSkipRange, hasDefaultKind } from './sequence-settings.js';

/** Of a STRING in characters, of BYTES in bytes. https://cloud.google.com/spanner/quotas#tables */
const MAX_LENGTHS: Readonly<Record<string, number>> = { STRING: 2_621_440, BYTES: 10_485_760 };

/** A column as it is defined, with rules that concern it alone. */
export function newColumn(draft: Draft, table: string, id: number, definition: ColumnDefinition): Column {
  const { name, hidden, options } = definition;
  checkNameOf('Column', name);
  const column: Column = {
    id,
    name,
    ...attributesOf(draft, name, definition),
    ...(hidden && { hidden }),
    allowCommitTimestamp: commitTimestampOption(options),
  };
  checkColumn(table, column);
  return column;
}

export function attributesOf(
  draft: Draft,
  name: string,
  attributes: ColumnAttributes,
  known?: SequenceSettings,
): Omit<Column, 'id' | 'name'> {
  const { type, maxLength, notNull, onUpdate, generated, identity } = attributes;
  return {
    type,
    maxLength,
    notNull,
    default: attributes.default,
    onUpdate,
    generated,
    identity: identity && identitySettings(draft, name, identity, known),
  };
}

function identitySettings(
  draft: Draft,
  column: string,
  { bitReversedPositive, skipRange, startWithCounter }: NonNullable<ColumnAttributes['identity']>,
  known?: SequenceSettings,
): SequenceSettings {
  if (known === undefined && !bitReversedPositive && !hasDefaultKind(draft)) {
    throw invalid(
      `The sequence kind of an identity column ${column} is not specified. Please specify the sequence kind explicitly or set the database option \`default_sequence_kind\`.`,
    );
  }
  checkSkipRange(skipRange, startWithCounter);
  return {
    id: known?.id ?? draft.takeId(),
    kindIsWritten: bitReversedPositive,
    skipRange,
    startWithCounter,
  };
}

/** The value of `allow_commit_timestamp`; undefined when it is NULL or not there. */
export function commitTimestampOption(options: Options): boolean | undefined {
  let allowed: boolean | undefined;
  for (const [name, value] of options) {
    if (value !== null && typeof value !== 'boolean') {
      throw invalid(
        `Unexpected value for option: ${name}. Supported option values are true, false, and null.`,
      );
    }
    allowed = value ?? undefined;
  }
  return allowed;
}

/** @param table its name */
export function checkColumn(table: string, column: Column): void {
  const fullName = `${table}.${column.name}`;
  checkLength(fullName, column);
  checkGeneratedOrDefault(fullName, column);
  if (column.type.kind === 'INTERVAL' || (column.type.kind === 'ARRAY' && isNested(column))) {
    throw invalid(`Column ${fullName} has the type ${printType(column.type)}, which no column may have.`);
  }
  if (column.allowCommitTimestamp !== undefined && column.type.kind !== 'TIMESTAMP') {
    throw refused(
      `Column ${fullName} has invalid allow_commit_timestamp option.  Option only allowed on TIMESTAMP columns.`,
    );
  }
  const isPending = isPendingCommitTimestamp(column.default);
  if (isPending && column.allowCommitTimestamp !== true) {
    throw refused(
      `Cannot use default value expression PENDING_COMMIT_TIMESTAMP() on column \`${column.name}\` without the allow_commit_timestamp column option.`,
    );
  }
  if (column.allowCommitTimestamp === true && column.default !== undefined && !isPending) {
    throw refused(
      `The only default value expression permitted for commit timestamp column \`${column.name}\` is PENDING_COMMIT_TIMESTAMP().`,
    );
  }
  checkOnUpdate(column, isPending);
}

function isNested({ type }: Column): boolean {
  return type.kind === 'ARRAY' && (type.element.kind === 'ARRAY' || type.element.kind === 'INTERVAL');
}

function checkLength(fullName: string, { type, maxLength }: Column): void {
  const { kind } = type.kind === 'ARRAY' ? type.element : type;
  const limit = MAX_LENGTHS[kind];
  if (limit === undefined || maxLength === undefined || (maxLength >= 1 && maxLength <= limit)) return;
  throw invalid(`Bad length for column ${fullName}: ${maxLength} : Allowed length range: [1, ${limit}].`);
}

function checkGeneratedOrDefault(fullName: string, { generated, notNull, identity, type }: Column): void {
  if (generated !== undefined && !generated.stored && notNull) {
    throw invalid(
      `Generated column \`${fullName}\` that are not marked as STORED cannot be specified as NOT NULL.`,
    );
  }
  if (identity !== undefined && type.kind !== 'INT64') {
    throw invalid(`Identity column ${fullName} must have the type INT64, but has ${printType(type)}.`);
  }
}

function checkOnUpdate({ name, onUpdate, default: value }: Column, isPending: boolean): void {
  if (onUpdate === undefined) return;
  if (value === undefined) {
    throw invalid(
      `Column \`${name}\` with an ON UPDATE expression must have an identical DEFAULT value expression.`,
    );
  }
  if (value !== onUpdate) {
    throw invalid(
      `The ON UPDATE expression of column \`${name}\` does not match the DEFAULT value expression.`,
    );
  }
  if (!isPending) throw invalid('PENDING_COMMIT_TIMESTAMP() is the only supported ON UPDATE expression.');
}

/** What a column has that must not be part of the key. */
export function checkKeyColumn(table: Table, column: Column): void {
  const { kind } = column.type;
  if (kind === 'ARRAY' || kind === 'JSON') {
    throw invalid(`Column ${table.name}.${column.name} has type ${kind}, but is part of the primary key.`);
  }
  if (column.onUpdate !== undefined) {
    throw invalid(
      `Column ${table.name}.${column.name} with ON UPDATE cannot be a part of or the whole primary key.`,
    );
  }
}
