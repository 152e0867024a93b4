import type { OptionSpec } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import type { Output } from '../../src/output/output.js';
import type { RenderedJob } from '../../src/pipeline/jobs/job-text.js';

export const OUTPUT_OPTION = {
  flags: '-o, --output <file>',
  type: 'string',
  description: 'write the text here instead of printing it',
} as const satisfies OptionSpec;

export const RENDER_RESULT = {
  kind: 'what the job does',
  text: 'the job; absent when it was written to a file',
  file: 'where it was written; absent when it was not',
  bytes: 'length of the text',
  sha256: 'of the text',
  decoder: 'SHA-256 of what decides in it: the decoder, or the loader',
  beamVersion: 'version of Apache Beam that it is for',
  transforms: 'names of its transforms, by which a running job is updated',
} as const;

type WrittenJob = Omit<RenderedJob, 'text'> & ({ text: string } | { file: string });

/** Leaves the text in the result, or in a file. */
export async function writeJob(
  { text, ...rest }: RenderedJob,
  output: string | undefined,
  cwd: string,
): Promise<WrittenJob> {
  if (output === undefined) return { ...rest, text };
  const [{ writeFile }, { resolve }, { fileNotWritten }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('../../src/errors/file-not-written.js'),
  ]);
  const file = resolve(cwd, output);
  await writeFile(file, text).catch((cause) => {
    throw fileNotWritten(file, cause);
  });
  return { ...rest, file };
}

export function renderJob(result: WrittenJob, output: Output): void {
  if ('text' in result) output.data(result.text.trimEnd());
  else output.data(result.file);
  output.note(`${counted(result.bytes, 'byte')} for Apache Beam ${result.beamVersion}`);
}
