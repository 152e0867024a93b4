import { usageError } from '../../errors/healthmon-error.js';
import { parentsFirst, type TableSchema } from '../../schema/table-schema.js';
import { type CsvOptions, readCsv } from './csv/csv-reader.js';
import { isRejectColumn, type TableInput } from './scan.js';
import { type Source, textBytes } from './source.js';

class HeaderFound extends Error {
  constructor(readonly header: readonly string[]) {
    super();
  }
}

/** The columns of a file; reads no further than its header line. */
async function headerOf(source: Source, options: CsvOptions): Promise<readonly string[]> {
  try {
    await readCsv(textBytes(source), options, source.label, {
      open({ header }) {
        throw new HeaderFound(header);
      },
      record() {},
      broken() {},
    });
  } catch (error) {
    if (error instanceof HeaderFound) return error.header;
    throw error;
  }
  return [];
}

/** Gives each file its schema: the only one, or the one whose columns its header has. Parents come first. */
export async function assignSchemas(
  sources: readonly Source[],
  schemas: readonly TableSchema[],
  options: CsvOptions,
  map: Readonly<Record<string, string>>,
): Promise<TableInput[]> {
  const [only, second] = schemas;
  if (second === undefined) return [{ schema: only!, sources }];
  const files = new Map<TableSchema, Source[]>();
  for (const source of sources) {
    const schema = chooseSchema(source, await headerOf(source, options), schemas, map);
    files.set(schema, [...(files.get(schema) ?? []), source]);
  }
  return parentsFirst([...files.keys()]).map((schema) => ({ schema, sources: files.get(schema)! }));
}

function chooseSchema(
  source: Source,
  header: readonly string[],
  schemas: readonly TableSchema[],
  map: Readonly<Record<string, string>>,
): TableSchema {
  const columns = new Set(header.filter((name) => !isRejectColumn(name)).map((name) => map[name] ?? name));
  const fitting = schemas.filter((schema) => {
    const names = schema.fields.filter((field) => field.filledBy === undefined).map((field) => field.name);
    return names.length === columns.size && names.every((name) => columns.has(name));
  });
  const stem = source.stem.replace(/\.rejects$/, '').toLowerCase();
  const named = (fitting.length > 0 ? fitting : schemas).filter(({ name }) => name.toLowerCase() === stem);
  const found = named.length === 1 ? named[0] : fitting.length === 1 ? fitting[0] : undefined;
  if (found !== undefined) return found;
  throw usageError({
    code: 'schema-not-found',
    message: `No table schema of those given fits ${source.label}.`,
    detail: `Schemas: ${schemas.map(({ name }) => name).join(', ')}.`,
    suggestion: `Name the schema like the file, or write one with "healthmon schema infer ${source.label}".`,
  });
}
