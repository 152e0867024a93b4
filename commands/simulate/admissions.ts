import { defineCommand } from '../../src/cli/command.js';

export default defineCommand({
  details:
    'A made-up admissions file for trying the pipeline: the outcome depends on condition, age, length of stay and ' +
    'luck. The same seed gives the same bytes.',
  options: [
    { flags: '--rows <n>', type: 'integer', minimum: 0, default: 1000, description: 'admissions to make' },
    { flags: '--seed <n>', type: 'integer', default: 1, description: 'what all randomness comes from' },
    { flags: '-o, --output <file>', type: 'string', description: 'file to write (default: standard output)' },
  ],
  examples: [
    {
      command: 'healthmon simulate admissions --rows 1000 --seed 7 --output admissions.csv',
      does: 'Writes a file for "healthmon load".',
    },
  ],
  target: 'offline',
  result: {
    file: 'file that was written',
    rows: 'data rows in it',
    seed: 'seed of all randomness',
  },
  async run(input, context) {
    const { writeAdmissions } = await import('../../src/pipeline/simulate/write-admissions.js');
    return writeAdmissions({
      rows: input.rows,
      seed: input.seed,
      output: input.output,
      cwd: context.cwd,
      json: context.output.json,
      write: (chunk) => context.output.write(chunk),
    });
  },
  render(result, output) {
    if (result.file !== null) output.note(`${result.rows} admissions written to ${result.file}`);
  },
});
