import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import { usageError } from '../../src/errors/healthmon-error.js';
import type { TypeException } from '../../src/pipeline/load/infer-column.js';

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
      flags: '--key-from-row',
      type: 'boolean',
      description: 'the key is the name of the file and the number of the line, for rows that can be alike',
    },
    {
      flags: '--tolerate <n>',
      type: 'string',
      description:
        'keep the type of a column when no more of its values lack it, whose rows load rejects: a number, or a share such as 0.1%',
    },
    {
      flags: '--show-values',
      type: 'boolean',
      description: 'show values of the file that keep a column from a type; they may be those of patients',
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
    {
      flags: '--date-format <format>',
      type: 'string',
      description: 'of dates that are not YYYY-MM-DD, such as DD/MM/YYYY; load needs it as well',
    },
    { flags: '--timezone <name>', type: 'string', description: 'IANA time zone of times without an offset' },
  ],
  examples: [
    {
      command: 'healthmon schema infer encounters.csv --foreign-key PATIENT=patients.Id -o encounters.json',
      does: 'Writes a table schema for the file.',
    },
    {
      command: 'healthmon schema infer labs.csv --key-from-row --tolerate 0.1% -o labs.json',
      does: 'Takes rows that are alike for different ones, and a few values for mistakes.',
    },
  ],
  target: 'offline',
  result: {
    schema: 'the proposed table schema',
    rows: 'data rows that were read',
    map: 'name in the file and in the table, where they differ; load finds the columns by their titles',
    exceptions:
      'columns that some values keep from a type, or would without --tolerate: column, type, values, fitting, line, found, valueShown, reason, hint, kept and called',
    badRows: 'reason, count and first line of rows that have not the fields of the header',
    keyDoubt:
      'repeats when the columns of --key do, guess when the key had to take more than ids, times and codes, or else null',
    file: 'path that was written, or null',
  },
  async run(input, context) {
    const { inferSchema } = await import('../../src/pipeline/load/infer.js');
    const { parseMaxRejects } = await import('../../src/pipeline/load/max-rejects.js');
    const { expandSources } = await import('../../src/pipeline/load/expand.js');
    const { identityOf } = await import('../../src/pipeline/load/rejects.js');
    const { parseColumns } = await import('../../src/pipeline/load/csv/csv-reader.js');
    const { parseEncoding } = await import('../../src/pipeline/load/csv/byte-decoder.js');
    const encoding = input.encoding;
    const columns = input.columns;
    const output = input.output;
    const tolerate = parseMaxRejects('--tolerate', input.tolerate);
    const keyFromRow = input.keyFromRow === true;
    if (keyFromRow && input.key !== undefined) {
      throw usageError({
        code: 'invalid-option',
        message: '--key and --key-from-row are two keys.',
        suggestion: 'Give one of both.',
      });
    }
    const sources = await expandSources([input.file], {
      cwd: context.cwd,
      stdin: process.stdin,
      signal: context.signal,
      storage: async () => {
        const { storagePort } = await import('../../src/gcp/storage/port.js');
        return storagePort(await context.google(), context.config);
      },
    });
    try {
      const [source, second] = sources;
      if (second !== undefined) {
        throw usageError({
          code: 'invalid-argument',
          message: `${input.file} names ${sources.length} files; a schema is inferred from one.`,
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
      if (output !== undefined) await requireFolder(resolve(context.cwd, output), output);
      const result = await inferSchema(source!, {
        csv: {
          delimiter: input.delimiter,
          quote: input.quote,
          escape: input.escape,
          columns: columns === undefined ? undefined : parseColumns(columns),
          encoding: encoding === undefined ? undefined : parseEncoding(encoding),
        },
        name: input.name,
        key: input.key?.split(',').map((name) => name.trim()),
        keyFromRow,
        foreignKeys: input.foreignKey ?? [],
        timezone: input.timezone,
        dateFormat: input.dateFormat,
        tolerate,
        showValues: input.showValues === true,
      });
      if (output !== undefined) {
        await writeFile(resolve(context.cwd, output), `${JSON.stringify(result.schema, null, 2)}\n`).catch(
          (cause: Error) => {
            throw notWritable(output, cause);
          },
        );
      }
      return { ...result, file: output ?? null };
    } finally {
      for (const source of sources) await source.dispose();
    }
  },
  render({ schema, rows, exceptions, badRows, keyDoubt, file }, output) {
    if (file === null) output.data(JSON.stringify(schema, null, 2));
    for (const { reason, count, line } of badRows) {
      output.warn(`${counted(count, 'row')} left out: ${reason}, first on line ${line}; load rejects them`);
    }
    for (const exception of exceptions) output.warn(describeException(exception));
    const key = schema.primaryKey.join(', ');
    if (keyDoubt !== null) output.warn(`the key ${key} ${KEY_DOUBTS[keyDoubt]}`);
    output.note(
      `${counted(schema.fields.length, 'field')} from ${counted(rows, 'row')}; key ${key}${file === null ? '' : `; written to ${file}`}`,
    );
  },
});

const KEY_DOUBTS = {
  repeats: 'is not different in every row; load rejects rows that repeat it',
  guess:
    'needs more than ids, times and codes to be different in every row; --key-from-row is safe when rows can be alike',
};

/** Reading may take long, and should not be for nothing. */
async function requireFolder(path: string, output: string): Promise<void> {
  await access(dirname(path), constants.W_OK).catch((cause: Error) => {
    throw notWritable(output, cause);
  });
}

function notWritable(output: string, cause: Error): Error {
  return usageError({
    code: 'invalid-option',
    message: `The schema cannot be written to ${output}.`,
    detail: cause.message,
    suggestion: 'Name a file in a folder that exists.',
    cause,
  });
}

function describeException(exception: TypeException): string {
  const { column, type, values, fitting, line, found, valueShown, reason, hint, kept, called } = exception;
  const n = (count: number) => count.toLocaleString('en');
  const what = `${valueShown ? 'is' : 'is like'} "${found}"${hint === '' ? '' : `, ${reason}`}`;
  const facts = `${column}: ${n(fitting)} of ${n(values)} values are ${called}; line ${line} ${what}.`;
  const advice = hint === '' ? '' : ` ${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`;
  if (kept)
    return `${facts}${advice} The column has the type ${type} all the same, and load rejects the other rows.`;
  const percent = Math.ceil(((values - fitting) / values) * 10_000) / 100;
  const choice = `--tolerate ${percent}% keeps the type ${type}, and load rejects the other rows.`;
  return `${facts}${advice} So the column is a string${fitting > values / 2 ? `; ${choice}` : '.'}`;
}
