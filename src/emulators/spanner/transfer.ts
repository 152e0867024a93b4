import { HealthmonError } from '../../errors/healthmon-error.js';
import { GrpcChannel } from '../probes/grpc.js';
import { type LineWriter, readLines } from '../snapshot/lines.js';
import { Decoded, encode, type Message } from '../wire/message.js';

/** The lines of a Spanner export, in the order in which they have to be restored. */
type SpannerLine =
  | { instance: string; config: string; displayName: string; nodes: number; processingUnits: number }
  | { database: string; statements: string[]; protoDescriptors: string }
  | { table: string; columns: string[] }
  /** Each value is the protobuf `Value` as it came, so that nothing is lost on the way. */
  | { row: string[] };

const INSTANCES = '/google.spanner.admin.instance.v1.InstanceAdmin';
const DATABASES = '/google.spanner.admin.database.v1.DatabaseAdmin';
const SPANNER = '/google.spanner.v1.Spanner';
/** Spanner takes 80,000 mutations and 100 MB per commit; the emulator's gRPC server takes less at once. */
const MAX_CELLS_PER_COMMIT = 20_000;
const MAX_BYTES_PER_COMMIT = 1_000_000;
const POSTGRESQL = 2n;

/** @returns how many rows were written. */
export async function exportSpanner(address: string, project: string, writer: LineWriter): Promise<number> {
  const channel = new GrpcChannel(address, 60_000);
  let rows = 0;
  try {
    const instances = await channel.call(`${INSTANCES}/ListInstances`, { 1: `projects/${project}` });
    for (const instance of instances.messages(1)) {
      const name = instance.text(1);
      await writer.write({
        instance: name,
        config: instance.text(2),
        displayName: instance.text(3),
        nodes: Number(instance.integer(5)),
        processingUnits: Number(instance.integer(9)),
      } satisfies SpannerLine);
      const databases = await channel.call(`${DATABASES}/ListDatabases`, { 1: name });
      for (const database of databases.messages(1)) {
        const dialect = database.integer(8);
        if (dialect === POSTGRESQL) throw postgresqlRefused(database.text(1));
        rows += await exportDatabase(channel, database.text(1), writer);
      }
    }
  } finally {
    channel.close();
  }
  return rows;
}

async function exportDatabase(channel: GrpcChannel, database: string, writer: LineWriter): Promise<number> {
  const ddl = await channel.call(`${DATABASES}/GetDatabaseDdl`, { 1: database });
  await writer.write({
    database,
    statements: ddl.texts(1),
    protoDescriptors: ddl.bytes(2).toString('base64'),
  } satisfies SpannerLine);
  const session = (await channel.call(`${SPANNER}/CreateSession`, { 1: database })).text(1);
  let rows = 0;
  try {
    const readOnly: Message = { 2: { 1: true } };
    const transaction = await channel.call(`${SPANNER}/BeginTransaction`, { 1: session, 2: readOnly });
    const query = (sql: string) => executeSql(channel, session, transaction.bytes(1), sql);
    for (const table of await tablesInOrder(query)) {
      await writer.write(table satisfies SpannerLine);
      // A table may be called like one of its columns; no name of Spanner begins with an underscore.
      const columns = table.columns.map((name) => `_row.${quote(name)}`).join(', ');
      for await (const row of query(`SELECT ${columns} FROM ${quotePath(table.table)} AS _row`)) {
        await writer.write({ row: row.map((value) => value.toString('base64')) } satisfies SpannerLine);
        rows++;
      }
    }
  } finally {
    await channel.call(`${SPANNER}/DeleteSession`, { 1: session });
  }
  return rows;
}

type Query = (sql: string) => AsyncGenerator<Buffer[]>;

/** Tables with their writable columns; those in which others are interleaved come first. */
async function tablesInOrder(query: Query): Promise<{ table: string; columns: string[] }[]> {
  const columns = new Map<string, string[]>();
  const parents = new Map<string, string>();
  const tables = `SELECT TABLE_SCHEMA, TABLE_NAME, PARENT_TABLE_NAME FROM INFORMATION_SCHEMA.TABLES
    WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('INFORMATION_SCHEMA', 'SPANNER_SYS')`;
  for await (const row of query(tables)) {
    const [schema, name, parent] = row.map(textOf);
    columns.set(qualified(schema, name), []);
    if (parent) parents.set(qualified(schema, name), qualified(schema, parent));
  }
  const listed = `SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS
    WHERE IS_GENERATED = 'NEVER' ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`;
  for await (const row of query(listed)) {
    const [schema, name, column] = row.map(textOf);
    columns.get(qualified(schema, name))?.push(column!);
  }
  const depth = (table: string): number => {
    const parent = parents.get(table);
    return parent === undefined ? 0 : 1 + depth(parent);
  };
  const names = [...columns.keys()].sort().sort((a, b) => depth(a) - depth(b));
  return names.map((table) => ({ table, columns: columns.get(table)! }));
}

const FOREIGN_KEY = /^ +((?:CONSTRAINT \S+ )?FOREIGN KEY.*),\n/gm;

/**
 * Foreign keys are added after the rows, which may refer to each other in a circle; with them, a commit of the
 * emulator takes time quadratic in its rows. It prints each on a line of its own.
 */
function withoutForeignKeys(statements: readonly string[]): { statements: string[]; foreignKeys: string[] } {
  const foreignKeys: string[] = [];
  const without = statements.map((statement) => {
    const table = /^CREATE TABLE (\S+) \(/.exec(statement)?.[1];
    if (table === undefined) return statement;
    return statement.replace(FOREIGN_KEY, (_line, key) => {
      foreignKeys.push(`ALTER TABLE ${table} ADD ${key}`);
      return '';
    });
  });
  return { statements: without, foreignKeys };
}

/** Rows as their protobuf values, put together again where the stream had to split one. */
async function* executeSql(
  channel: GrpcChannel,
  session: string,
  transaction: Buffer,
  sql: string,
): AsyncGenerator<Buffer[]> {
  let width = 0;
  let pending: Buffer | undefined;
  let row: Buffer[] = [];
  const request: Message = { 1: session, 2: { 2: transaction }, 3: sql };
  for await (const part of channel.stream(`${SPANNER}/ExecuteStreamingSql`, request)) {
    if (part.has(1)) width = part.message(1).message(1).messages(1).length;
    const values = part.buffers(2);
    if (pending !== undefined && values.length > 0) values[0] = mergeValues(pending, values[0]!);
    pending = undefined;
    if (part.integer(3) === 1n) pending = values.pop();
    for (const value of values) {
      row.push(value);
      if (row.length === width) {
        yield row;
        row = [];
      }
    }
  }
}

/** Joins the two halves of a split value: strings are concatenated, lists at their touching ends. */
function mergeValues(first: Buffer, second: Buffer): Buffer {
  const [a, b] = [new Decoded(first), new Decoded(second)];
  if (a.has(3)) return encode({ 3: Buffer.concat([a.bytes(3), b.bytes(3)]) });
  const left = a.message(6).buffers(1);
  const right = b.message(6).buffers(1);
  const last = left.at(-1);
  const next = right[0];
  const isSplit = last !== undefined && next !== undefined && canSplit(last) && canSplit(next);
  const items = isSplit
    ? [...left.slice(0, -1), mergeValues(last, next), ...right.slice(1)]
    : [...left, ...right];
  return encode({ 6: { 1: items } });
}

function canSplit(value: Buffer): boolean {
  const decoded = new Decoded(value);
  return decoded.has(3) || decoded.has(6);
}

/** @returns how many rows were restored. The emulator must be empty. */
export async function importSpanner(address: string, path: string): Promise<number> {
  const channel = new GrpcChannel(address, 60_000);
  let restorer: DatabaseRestorer | undefined;
  let rows = 0;
  try {
    for await (const line of readLines<SpannerLine>(path)) {
      if ('instance' in line) await createInstance(channel, line);
      else if ('database' in line) {
        rows += (await restorer?.finish()) ?? 0;
        restorer = await DatabaseRestorer.create(channel, line);
      } else if ('table' in line) await restorer!.beginTable(line.table, line.columns);
      else await restorer!.add(line.row.map((value) => Buffer.from(value, 'base64')));
    }
    rows += (await restorer?.finish()) ?? 0;
  } finally {
    channel.close();
  }
  return rows;
}

async function createInstance(
  channel: GrpcChannel,
  line: Extract<SpannerLine, { instance: string }>,
): Promise<void> {
  const [parent, id] = splitName(line.instance, '/instances/');
  // Only one of the two ways to state the size may be sent.
  const size: Message = line.processingUnits > 0 ? { 9: line.processingUnits } : { 5: line.nodes };
  await channel.call(`${INSTANCES}/CreateInstance`, {
    1: parent,
    2: id,
    3: { 1: line.instance, 2: line.config, 3: displayNameOf(line.displayName, id), ...size },
  });
}

/** Google's emulator takes names that are shorter than the four characters which the service asks for. */
function displayNameOf(name: string, id: string): string {
  return name.length < 4 ? `Instance ${id}`.slice(0, 30) : name;
}

class DatabaseRestorer {
  readonly #channel: GrpcChannel;
  readonly #database: string;
  readonly #session: string;
  readonly #foreignKeys: string[];
  #table = '';
  #columns: string[] = [];
  #batch: Message[] = [];
  #bytes = 0;
  #rows = 0;

  private constructor(channel: GrpcChannel, database: string, session: string, foreignKeys: string[]) {
    this.#channel = channel;
    this.#database = database;
    this.#session = session;
    this.#foreignKeys = foreignKeys;
  }

  static async create(
    channel: GrpcChannel,
    line: Extract<SpannerLine, { database: string }>,
  ): Promise<DatabaseRestorer> {
    const [parent, id] = splitName(line.database, '/databases/');
    const { statements, foreignKeys } = withoutForeignKeys(line.statements);
    await channel.call(`${DATABASES}/CreateDatabase`, {
      1: parent,
      2: `CREATE DATABASE ${quote(id)}`,
      3: statements,
      ...(line.protoDescriptors !== '' && { 6: Buffer.from(line.protoDescriptors, 'base64') }),
    });
    const session = await channel.call(`${SPANNER}/CreateSession`, { 1: line.database });
    return new DatabaseRestorer(channel, line.database, session.text(1), foreignKeys);
  }

  async beginTable(table: string, columns: string[]): Promise<void> {
    await this.#flush();
    this.#table = table;
    this.#columns = columns;
  }

  async add(values: Buffer[]): Promise<void> {
    this.#batch.push({ 1: values });
    this.#bytes += values.reduce((sum, value) => sum + value.length, 0);
    this.#rows++;
    const cells = this.#batch.length * this.#columns.length;
    if (cells >= MAX_CELLS_PER_COMMIT || this.#bytes >= MAX_BYTES_PER_COMMIT) await this.#flush();
  }

  async finish(): Promise<number> {
    await this.#flush();
    if (this.#foreignKeys.length > 0) {
      const update: Message = { 1: this.#database, 2: this.#foreignKeys };
      const operation = await this.#channel.call(`${DATABASES}/UpdateDatabaseDdl`, update);
      if (operation.has(4)) throw new Error(`The foreign keys were refused: ${operation.message(4).text(2)}`);
    }
    await this.#channel.call(`${SPANNER}/DeleteSession`, { 1: this.#session });
    return this.#rows;
  }

  async #flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const insert: Message = { 1: { 1: this.#table, 2: this.#columns, 3: this.#batch } };
    const readWrite: Message = { 1: {} };
    await this.#channel.call(`${SPANNER}/Commit`, { 1: this.#session, 3: readWrite, 4: insert });
    this.#batch = [];
    this.#bytes = 0;
  }
}

function textOf(value: Buffer): string {
  return new Decoded(value).text(3);
}

function qualified(schema: string | undefined, name: string | undefined): string {
  return schema ? `${schema}.${name}` : name!;
}

function quote(name: string): string {
  return `\`${name}\``;
}

function quotePath(path: string): string {
  return path.split('.').map(quote).join('.');
}

function splitName(name: string, separator: string): [string, string] {
  const at = name.lastIndexOf(separator);
  return [name.slice(0, at), name.slice(at + separator.length)];
}

function postgresqlRefused(database: string): Error {
  return new HealthmonError({
    code: 'snapshot-unsupported',
    message: `The database ${database} has the PostgreSQL dialect, which snapshots do not support.`,
    suggestion: 'Drop it, or use a stack of its own for it with --name.',
  });
}
