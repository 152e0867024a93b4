import { GrpcChannel } from '../probes/grpc.js';
import type { TransferScope } from '../service.js';
import { type LineWriter, readLines } from '../snapshot/lines.js';
import type { Message } from '../wire/message.js';

/** The lines of a Bigtable export. Bytes are base64. */
type BigtableLine =
  /** Families with their garbage-collection rules, as the protobuf messages they came in. */
  | { table: string; families: [string, string][] }
  | { row: string; cells: [family: string, qualifier: string, timestampMicros: string, value: string][] };

const ADMIN = '/google.bigtable.admin.v2.BigtableTableAdmin';
const INSTANCES = '/google.bigtable.admin.v2.BigtableInstanceAdmin';
const DATA = '/google.bigtable.v2.Bigtable';
/** Bigtable takes 100,000 mutations per request; the emulator's gRPC server takes 4 MB at once. */
const MAX_CELLS_PER_REQUEST = 20_000;
const MAX_BYTES_PER_REQUEST = 1_000_000;

/** @returns how many cells were written. */
export async function exportBigtable(
  address: string,
  { project, bigtableInstances }: TransferScope,
  writer: LineWriter,
): Promise<number> {
  const channel = new GrpcChannel(address, 60_000);
  let cells = 0;
  try {
    for (const parent of await instancesOf(channel, project, bigtableInstances)) {
      const tables = await channel.call(`${ADMIN}/ListTables`, { 1: parent });
      for (const listed of tables.messages(1)) {
        const name = listed.text(1);
        const table = await channel.call(`${ADMIN}/GetTable`, { 1: name });
        const families = table
          .messages(3)
          .map((family): [string, string] => [family.text(1), family.bytes(2).toString('base64')]);
        await writer.write({ table: name, families } satisfies BigtableLine);
        for await (const row of readRows(channel, name)) {
          await writer.write(row satisfies BigtableLine);
          cells += row.cells.length;
        }
      }
    }
  } finally {
    channel.close();
  }
  return cells;
}

/** Tables may be in instances that were never created, which no list names. */
async function instancesOf(
  channel: GrpcChannel,
  project: string,
  named: readonly string[],
): Promise<ReadonlySet<string>> {
  const parent = `projects/${project}`;
  // Google's emulator has no such method.
  const listed = await channel.call(`${INSTANCES}/ListInstances`, { 1: parent }).catch(() => undefined);
  const names = named.map((instance) => `${parent}/instances/${instance}`);
  return new Set([...names, ...(listed?.messages(1) ?? []).map((instance) => instance.text(1))]);
}

type Row = Extract<BigtableLine, { row: string }>;

/** Chunks name family and qualifier only where they change, and may split a value. */
async function* readRows(channel: GrpcChannel, table: string): AsyncGenerator<Row> {
  let row: Row = { row: '', cells: [] };
  let family = '';
  let qualifier = '';
  let timestamp = '0';
  let parts: Buffer[] = [];
  for await (const answer of channel.stream(`${DATA}/ReadRows`, { 1: table })) {
    for (const chunk of answer.messages(1)) {
      if (chunk.integer(8) === 1n) {
        row = { row: '', cells: [] };
        parts = [];
        continue;
      }
      // The emulator names the row in every chunk, the service only in the first.
      if (row.row === '') row.row = chunk.bytes(1).toString('base64');
      if (chunk.has(2)) family = chunk.message(2).text(1);
      if (chunk.has(3)) qualifier = chunk.message(3).bytes(1).toString('base64');
      if (parts.length === 0) timestamp = String(chunk.integer(4));
      parts.push(chunk.bytes(6));
      const isSplit = chunk.integer(7) > 0n;
      if (!isSplit) {
        row.cells.push([family, qualifier, timestamp, Buffer.concat(parts).toString('base64')]);
        parts = [];
      }
      if (chunk.integer(9) === 1n) {
        yield row;
        row = { row: '', cells: [] };
      }
    }
  }
}

/** @returns how many cells were restored. The emulator must be empty. */
export async function importBigtable(address: string, path: string): Promise<number> {
  const channel = new GrpcChannel(address, 60_000);
  let table = '';
  let entries: Message[] = [];
  let [pendingCells, pendingBytes, cells] = [0, 0, 0];
  const flush = async () => {
    if (entries.length > 0) await mutateRows(channel, table, entries);
    cells += pendingCells;
    entries = [];
    [pendingCells, pendingBytes] = [0, 0];
  };
  try {
    for await (const line of readLines<BigtableLine>(path)) {
      if ('table' in line) {
        await flush();
        table = line.table;
        await createTable(channel, table, line.families);
        continue;
      }
      const mutations = line.cells.map(([family, qualifier, timestamp, value]): Message => {
        const bytes = Buffer.from(value, 'base64');
        pendingBytes += bytes.length + 64;
        return { 1: { 1: family, 2: Buffer.from(qualifier, 'base64'), 3: BigInt(timestamp), 4: bytes } };
      });
      entries.push({ 1: Buffer.from(line.row, 'base64'), 2: mutations });
      pendingCells += mutations.length;
      if (pendingCells >= MAX_CELLS_PER_REQUEST || pendingBytes >= MAX_BYTES_PER_REQUEST) await flush();
    }
    await flush();
  } finally {
    channel.close();
  }
  return cells;
}

async function createTable(channel: GrpcChannel, name: string, families: [string, string][]): Promise<void> {
  const [parent, id] = name.split('/tables/') as [string, string];
  const columnFamilies = families.map(
    ([family, rule]): Message => ({ 1: family, 2: Buffer.from(rule, 'base64') }),
  );
  await channel.call(`${ADMIN}/CreateTable`, { 1: parent, 2: id, 3: { 3: columnFamilies } });
}

async function mutateRows(channel: GrpcChannel, table: string, entries: readonly Message[]): Promise<void> {
  for await (const answer of channel.stream(`${DATA}/MutateRows`, { 1: table, 2: entries })) {
    for (const entry of answer.messages(1)) {
      const status = entry.message(2);
      const code = Number(status.integer(1));
      if (code !== 0) throw new Error(`${table}: ${status.text(2)}`);
    }
  }
}
