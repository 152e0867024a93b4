import type { BqType, StructField } from '../../googlesql/syntax/types.js';
import { encode, type Message } from '../../wire/message.js';
import { bytesField, WireWriter } from '../../wire/writer.js';
import { withLength, writeValue } from '../values/format.js';
import { structTypeMessage } from '../values/parse-type.js';
import type { Row } from '../values/value.js';

/** Tags of fields with their wire types: `ListValue.values` and `PartialResultSet.values`. */
const LIST_VALUE_TAG = 0x0a;
const VALUES_TAG = 0x12;

export interface TransactionAnswer {
  /** Absent for one that is used once. */
  id?: string | undefined;
  readTimestampMicros?: number | undefined;
  precommitToken?: Message | undefined;
}

export interface Metadata {
  fields: readonly StructField[];
  transaction?: TransactionAnswer | undefined;
  undeclaredParameters?: readonly StructField[] | undefined;
}

export interface Stats {
  rowCountExact?: bigint | undefined;
  rowCountLowerBound?: bigint | undefined;
  /** Whether there is a plan to show; it says that there is none. */
  hasPlan?: boolean | undefined;
  queryStats?: Readonly<Record<string, string>> | undefined;
}

export function timestampMessage(micros: number): Message {
  const seconds = Math.floor(micros / 1e6);
  return { 1: seconds, 2: Math.round(micros - seconds * 1e6) * 1000 };
}

export function transactionMessage({ id, readTimestampMicros, precommitToken }: TransactionAnswer): Message {
  return {
    ...(id !== undefined && { 1: Buffer.from(id, 'latin1') }),
    ...(readTimestampMicros !== undefined && { 2: timestampMessage(readTimestampMicros) }),
    ...(precommitToken !== undefined && { 3: precommitToken }),
  };
}

function metadataMessage({ fields, transaction, undeclaredParameters = [] }: Metadata): Message {
  return {
    1: structTypeMessage(fields),
    ...(transaction !== undefined && { 2: transactionMessage(transaction) }),
    ...(undeclaredParameters.length > 0 && { 3: structTypeMessage(undeclaredParameters) }),
  };
}

function statsMessage({ rowCountExact, rowCountLowerBound, hasPlan, queryStats }: Stats): Message {
  return {
    // The emulator has no plan of its own to show.
    ...(hasPlan === true && { 1: { 1: { 3: 'No query plan' } } }),
    ...(queryStats !== undefined && {
      2: { 1: Object.entries(queryStats).map(([key, value]) => ({ 1: key, 2: { 3: value } })) },
    }),
    ...(rowCountExact !== undefined && { 3: rowCountExact }),
    ...(rowCountLowerBound !== undefined && { 4: rowCountLowerBound }),
  };
}

/** A `ResultSet`, rows written as they come. */
export class ResultSetWriter {
  readonly #writer = new WireWriter(1024);
  readonly #types: readonly BqType[];

  constructor(metadata: Metadata) {
    this.#types = metadata.fields.map(({ type }) => type);
    this.#bytes(bytesField(1, encode(metadataMessage(metadata))));
  }

  get length(): number {
    return this.#writer.at;
  }

  add(row: Row): void {
    const types = this.#types;
    withLength(this.#writer, VALUES_TAG, () => {
      for (let index = 0; index < types.length; index++) {
        withLength(this.#writer, LIST_VALUE_TAG, () => writeValue(this.#writer, types[index]!, row[index]!));
      }
    });
  }

  finish(stats: Stats | undefined, precommitToken: Message | undefined): Buffer {
    this.#bytes(
      encode({
        ...(stats !== undefined && { 3: statsMessage(stats) }),
        ...(precommitToken !== undefined && { 5: precommitToken }),
      }),
    );
    return this.#writer.done();
  }

  #bytes(bytes: Buffer): void {
    this.#writer.reserve(bytes.length);
    this.#writer.copy(bytes, 0, bytes.length);
  }
}

/** Parts of a `PartialResultSet` around its values. */
export interface PartialFields {
  metadata?: Metadata | undefined;
  isChunked?: boolean | undefined;
  resumeToken?: Buffer | undefined;
  stats?: Stats | undefined;
  precommitToken?: Message | undefined;
  isLast?: boolean | undefined;
}

/** @param values fields of values as {@link writeField} writes them */
export function encodePartial(
  values: Buffer,
  { metadata, isChunked, resumeToken, stats, precommitToken, isLast }: PartialFields,
): Buffer {
  const head = metadata === undefined ? Buffer.alloc(0) : bytesField(1, encode(metadataMessage(metadata)));
  const tail = encode({
    ...(isChunked === true && { 3: true }),
    ...(resumeToken !== undefined && { 4: resumeToken }),
    ...(stats !== undefined && { 5: statsMessage(stats) }),
    ...(precommitToken !== undefined && { 8: precommitToken }),
    ...(isLast === true && { 9: true }),
  });
  return Buffer.concat([head, values, tail]);
}

/** Writes a value as one of a `PartialResultSet`. */
export function writeField(writer: WireWriter, type: BqType, value: Row[number]): void {
  withLength(writer, VALUES_TAG, () => writeValue(writer, type, value));
}
