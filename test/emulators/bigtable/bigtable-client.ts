import { createRequire } from 'node:module';
import { type Descriptors, readDescriptors } from '../../../src/emulators/serving/descriptors.js';
import { type Json, MessageClient, type Outcome } from '../../helpers/message-client.js';
import { type ReadRowsResponse, validateChunks } from './chunk-validator.js';

const PROTOS = createRequire(import.meta.url).resolve('@google-cloud/bigtable/build/protos/protos.json');
export const PARENT = 'projects/p/instances/i';
/** `FeatureFlags` with `reverse_scans`: the service refuses them to clients that do not say they know them. */
const FEATURES = { 'bigtable-features': Buffer.from([0x08, 0x01]).toString('base64url') };
const DATA = 'google.bigtable.v2.Bigtable';
export const TABLES = 'google.bigtable.admin.v2.BigtableTableAdmin';

/** An emulator of Bigtable, spoken to in messages. */
export class BigtableClient extends MessageClient {
  static #reading: Promise<Descriptors> | undefined;
  #created = 0;

  static async connect(port: number): Promise<BigtableClient> {
    BigtableClient.#reading ??= readDescriptors([{ path: PROTOS }]);
    return new BigtableClient(await BigtableClient.#reading, port, FEATURES);
  }

  /**
   * A table of a name of its own.
   * @param families with what is set of each; they are made one after the other, because Google's emulator sorts by
   *   that.
   */
  async createTable(families: Record<string, Json>, request: Json = {}): Promise<string> {
    const tableId = `t${++this.#created}-${Math.random().toString(36).slice(2, 8)}`;
    await this.must(`${TABLES}/CreateTable`, { parent: PARENT, tableId, table: {}, ...request });
    const name = `${PARENT}/tables/${tableId}`;
    for (const [id, create] of Object.entries(families).sort()) {
      await this.must(`${TABLES}/ModifyColumnFamilies`, { name, modifications: [{ id, create }] });
    }
    return name;
  }

  data(method: string, tableName: string, request: Json): Promise<Outcome<Json[]>> {
    return this.call(`${DATA}/${method}`, { tableName, ...request });
  }

  /** Rows as lines `key family:qualifier@micros=value label,label`. Every answer is checked for the rules of chunks. */
  async read(tableName: string, request: Json = {}): Promise<Outcome<string[]>> {
    const outcome = await this.data('ReadRows', tableName, request);
    if (!('ok' in outcome)) return outcome;
    const rows = validateChunks(outcome.ok as ReadRowsResponse[], request.reversed === true);
    return { ok: rows.flatMap(({ key, cells }) => cells.map((cell) => lineOf(key, cell))) };
  }

  /** Writes lines as {@link read} gives them; a line without a timestamp gets 1000. */
  async write(tableName: string, lines: readonly string[]): Promise<void> {
    const entries = lines.map((line) => {
      const [, key, familyName, qualifier, micros = '1000', value] = LINE.exec(line)!;
      const setCell = {
        familyName,
        columnQualifier: b(qualifier!),
        timestampMicros: micros,
        value: b(value!),
      };
      return { rowKey: b(key!), mutations: [{ setCell }] };
    });
    const [response] = await this.must(`${DATA}/MutateRows`, { tableName, entries });
    for (const { status } of (response?.entries ?? []) as {
      status?: { code?: number; message?: string };
    }[]) {
      if (status?.code) throw new Error(`${status.code} ${status.message}`);
    }
  }
}

const LINE = /^(\S+) ([^:]+):([^@=]*)(?:@(-?\d+))?=(.*)$/s;

/** Bytes of text, each character one byte. */
export function b(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function lineOf(
  key: Buffer,
  {
    family,
    qualifier,
    timestampMicros,
    value,
    labels,
  }: ReturnType<typeof validateChunks>[number]['cells'][number],
): string {
  const tail = labels.length === 0 ? '' : ` ${labels.join()}`;
  return `${key.toString('latin1')} ${family}:${qualifier.toString('latin1')}@${timestampMicros}=${value.toString('latin1')}${tail}`;
}
