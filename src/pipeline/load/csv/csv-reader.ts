import { usageError } from '../../../errors/healthmon-error.js';
import { type ByteDecoder, openDecoder } from './byte-decoder.js';
import { type CsvOptions, CsvParser, type CsvVisitor } from './csv-parser.js';
import { otherFormat } from './other-format.js';

/** Names of `--columns`. */
export function parseColumns(list: string): string[] {
  const columns = list.split(',').map((name) => name.trim());
  const repeated = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index);
  if (repeated === undefined) return columns;
  throw usageError({
    code: 'invalid-option',
    message: `--columns names ${repeated} twice.`,
    suggestion: 'Give each column of the file a name of its own.',
  });
}

/** The header line must lie within the first bytes, which also tell encoding and delimiter. */
const START_BYTES = 1024;

/**
 * Text handed to the splitter at once. Small pieces die young: with larger ones the collector keeps growing what it
 * holds for the young, and memory with the length of the file.
 */
const PIECE_BYTES = 2048;

/** A visitor that may slow the reader down. */
export interface PausingVisitor extends CsvVisitor {
  /** After each piece of text. */
  pause?(): Promise<void> | undefined;
}

/**
 * Reads a CSV file once, in bounded memory, and shows its records to a visitor, as `CsvParser` does.
 * @param label names the file in errors.
 */
export async function readCsv(
  source: AsyncIterable<Buffer>,
  options: CsvOptions,
  label: string,
  visitor: PausingVisitor,
): Promise<void> {
  let decoder: ByteDecoder | undefined;
  let parser: CsvParser | undefined;
  let early: Buffer[] = [];
  let earlyBytes = 0;

  const start = () => {
    const first = Buffer.concat(early);
    early = [];
    const other = otherFormat(first.toString('latin1'), options.columns === undefined, label);
    if (other !== undefined) throw other;
    decoder = openDecoder(first, options.encoding, label);
    parser = new CsvParser(visitor, options, decoder, decoder.decode(first), label);
  };

  for await (const chunk of source) {
    if (decoder === undefined) {
      early.push(chunk);
      earlyBytes += chunk.length;
      if (earlyBytes < START_BYTES) continue;
      start();
    } else {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        parser!.push(decoder.decode(chunk.subarray(at, at + PIECE_BYTES)));
      }
    }
    await visitor.pause?.();
  }
  if (decoder === undefined) start();
  parser!.end(decoder!.end());
  await visitor.pause?.();
  parser!.check();
}
