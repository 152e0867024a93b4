import { defineCommand } from '../../../src/cli/command.js';
import { FILES_ARGUMENT, LOAD_JOB_OPTIONS, loadRequestOf } from '../options.js';
import { OUTPUT_OPTION, RENDER_RESULT, renderJob, writeJob } from '../text.js';

export default defineCommand({
  details:
    'The text is Beam YAML and the whole of the job: Python in it moves bytes, and everything that is decided of a row ' +
    'is done by the code of "healthmon load", which it holds as well. Nothing is read but settings and table schema, so ' +
    'each file is named by its gs:// path. "jobs run load" looks at files and table first.',
  arguments: [{ ...FILES_ARGUMENT, description: 'CSV files as gs://bucket/name.csv' }],
  options: [OUTPUT_OPTION, ...LOAD_JOB_OPTIONS],
  examples: [
    {
      command: 'healthmon jobs render load gs://ward/admissions.csv --output load.yaml',
      does: 'Writes the job that loads a file into a file.',
    },
  ],
  target: 'offline',
  result: RENDER_RESULT,
  async run(input, { config, cwd }) {
    const { renderLoadRequest } = await import('../../../src/pipeline/jobs/run-load-job.js');
    const job = await renderLoadRequest(loadRequestOf(input.files, input), { config, cwd });
    return writeJob(job, input.output, cwd);
  },
  render: renderJob,
});
