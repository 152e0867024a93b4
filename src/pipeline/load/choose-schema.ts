import { didYouMean } from '../../core/closest.js';
import { usageError } from '../../errors/healthmon-error.js';
import { parentsFirst } from '../../schema/parents-first.js';
import { inputFields, type TableSchema } from '../../schema/table-schema.js';
import type { CsvOptions } from './csv/csv-parser.js';
import { readCsv } from './csv/csv-reader.js';
import { type ColumnMap, headerFields } from './row-checker.js';
import { isRejectColumn } from './row-scanner.js';
import type { TableInput } from './scan.js';
import { type Source, textBytes } from './source.js';

class HeaderFound extends Error {
  constructor(readonly header: readonly string[]) {
    super();
  }
}

/** The columns of a file; reads no further than its header line. */
export async function headerOf(source: Source, options: CsvOptions): Promise<readonly string[]> {
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

/**
 * Gives each file its schema: the only one, or the one whose columns its header has. Parents come first. Throws for a
 * pair of the map that no file has a use for.
 */
export async function assignSchemas(
  sources: readonly Source[],
  schemas: readonly TableSchema[],
  options: CsvOptions,
  map: ColumnMap,
): Promise<TableInput[]> {
  const [only, second] = schemas;
  const unused = new Set(Object.keys(map));
  if (second === undefined && unused.size === 0) return [{ schema: only!, sources }];
  const files = new Map<TableSchema, Source[]>();
  const headers: (readonly string[])[] = [];
  for (const source of sources) {
    const header = await headerOf(source, options);
    const schema = second === undefined ? only! : chooseSchema(source, header, schemas, map);
    const names = inputFields(schema).map(({ name }) => name);
    for (const name of header) if (names.includes(map[name] ?? '')) unused.delete(name);
    headers.push(header);
    files.set(schema, [...(files.get(schema) ?? []), source]);
  }
  for (const name of unused) throw uselessPair(name, map[name]!, headers.flat(), [...files.keys()]);
  return parentsFirst([...files.keys()]).map((schema) => ({ schema, sources: files.get(schema)! }));
}

function uselessPair(
  from: string,
  to: string,
  headers: readonly string[],
  schemas: readonly TableSchema[],
): Error {
  const names = schemas.flatMap((schema) => inputFields(schema).map(({ name }) => name));
  const [message, near] = names.includes(to)
    ? [`The file has no column "${from}"`, didYouMean(from, headers)]
    : [`The table has no column "${to}"`, didYouMean(to, names)];
  return usageError({
    code: 'invalid-option',
    message: `${message}, which --map names.`,
    suggestion:
      near === undefined ? 'Write --map "name in the file=column of the table".' : `Did you mean "${near}"?`,
  });
}

function chooseSchema(
  source: Source,
  header: readonly string[],
  schemas: readonly TableSchema[],
  map: ColumnMap,
): TableSchema {
  const columns = header.filter((name) => !isRejectColumn(name));
  const fitting = schemas.filter((schema) => {
    const fields = inputFields(schema);
    const found = new Set(headerFields(columns, map, fields));
    return fields.length === found.size && fields.every((field) => found.has(field));
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
