import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import { shellQuoted } from '../../src/core/shell-quoted.js';
import { usageError } from '../../src/errors/healthmon-error.js';

export default defineCommand({
  details:
    'Reads all rows and proposes types, required columns, lengths, enumerations and the key. Check the proposal, then create the tables with "healthmon provision --schema FILE" and load with "healthmon load --schema FILE".',
  arguments: [{ name: 'file', description: 'a CSV file, or gs://bucket/name', required: true }],
  options: [
    { flags: '-o, --output <file>', type: 'string', description: 'write the schema to this file' },
    {
      flags: '--name <name>',
      type: 'string',
      description: 'name of the schema and its tables; the file name when not given',
    },
    {
      flags: '--key <columns>',
      type: 'string',
      description: 'columns of the primary key, separated by commas',
    },
    {
      flags: '--foreign-key <reference>',
      type: 'strings',
      description: 'a reference to another schema, COLUMN=schema.Column (repeatable)',
    },
    {
      flags: '--columns <names>',
      type: 'string',
      description: 'the file has no header line; these are its columns, separated by commas',
    },
    {
      flags: '--delimiter <character>',
      type: 'string',
      description: 'between fields; guessed when not given',
    },
    { flags: '--quote <character>', type: 'string', description: 'around fields (default: ")' },
    { flags: '--escape <character>', type: 'string', description: 'before a quote within a quoted field' },
    {
      flags: '--encoding <name>',
      type: 'string',
      description: 'utf-8, utf-16le, utf-16be or latin1 (also Windows-1252)',
    },
    { flags: '--timezone <name>', type: 'string', description: 'IANA time zone of times without an offset' },
  ],
  examples: [
    {
      command: 'healthmon schema infer encounters.csv --foreign-key PATIENT=patients.Id -o encounters.json',
      does: 'Writes a table schema for the file.',
    },
  ],
  target: 'offline',
  result: {
    schema: 'the proposed table schema',
    rows: 'data rows that were read',
    map: 'pairs for --map, where column names had to change',
    file: 'path that was written, or null',
  },
  async run(input, context) {
    const { inferSchema } = await import('../../src/pipeline/load/infer.js');
    const { expandSources } = await import('../../src/pipeline/load/expand.js');
    const { identityOf } = await import('../../src/pipeline/load/rejects.js');
    const { parseColumns } = await import('../../src/pipeline/load/csv/csv-reader.js');
    const { parseEncoding } = await import('../../src/pipeline/load/csv/byte-decoder.js');
    const text = (value: unknown) => (value === undefined ? undefined : String(value));
    const encoding = text(input.encoding);
    const columns = text(input.columns);
    const output = text(input.output);
    const sources = await expandSources([String(input.file)], {
      cwd: context.cwd,
      stdin: process.stdin,
      signal: context.signal,
      storage: async () => {
        const { storagePort } = await import('../../src/gcp/storage.js');
        return storagePort(await context.google(), context.config);
      },
    });
    try {
      const [source, second] = sources;
      if (second !== undefined) {
        throw usageError({
          code: 'invalid-argument',
          message: `${String(input.file)} names ${sources.length} files; a schema is inferred from one.`,
          suggestion: `Name one of them, such as ${source!.label}.`,
        });
      }
      if (output !== undefined && source!.path === (await identityOf(resolve(context.cwd, output)))) {
        throw usageError({
          code: 'invalid-option',
          message: `--output names ${output}, the file that is read.`,
          suggestion: 'Name another file for the schema, such as --output schema.json.',
        });
      }
      const result = await inferSchema(source!, {
        csv: {
          delimiter: text(input.delimiter),
          quote: text(input.quote),
          escape: text(input.escape),
          columns: columns === undefined ? undefined : parseColumns(columns),
          encoding: encoding === undefined ? undefined : parseEncoding(encoding),
        },
        name: text(input.name),
        key: text(input.key)
          ?.split(',')
          .map((name) => name.trim()),
        foreignKeys: (input.foreignKey as string[] | undefined) ?? [],
        timezone: text(input.timezone),
      });
      if (output !== undefined) {
        await writeFile(resolve(context.cwd, output), `${JSON.stringify(result.schema, null, 2)}\n`).catch(
          (cause: Error) => {
            throw usageError({
              code: 'invalid-option',
              message: `The schema cannot be written to ${output}.`,
              detail: cause.message,
              suggestion: 'Name a file in a folder that exists.',
              cause,
            });
          },
        );
      }
      return { ...result, file: output ?? null };
    } finally {
      for (const source of sources) await source.dispose();
    }
  },
  render({ schema, rows, map, file }, output) {
    if (file === null) output.data(JSON.stringify(schema, null, 2));
    output.note(
      `${counted(schema.fields.length, 'field')} from ${counted(rows, 'row')}; key ${schema.primaryKey.join(', ')}${file === null ? '' : `; written to ${file}`}`,
    );
    for (const pair of map) output.note(`load it with --map ${shellQuoted(pair)}`);
  },
});
