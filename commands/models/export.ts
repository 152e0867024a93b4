import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import { NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details:
    'Writes a linear or logistic model so that it works without BigQuery: weights and means as JSON, or a page that ' +
    'asks for the inputs and says what the model says, with nothing but itself. --verify asks both the same rows, and ' +
    'ends with exit code 5 when they differ by more than 0.000001.',
  arguments: [{ name: 'version', description: 'such as v2, or the name of a model', required: true }],
  options: [
    NAME_OPTION,
    { flags: '--to <file>', type: 'string', description: 'write the model as .json' },
    { flags: '--html <file>', type: 'string', description: 'write a page that applies the model' },
    {
      flags: '--verify <n>',
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      description: 'compare on so many held-out rows at the most',
    },
  ],
  examples: [
    {
      command: 'healthmon models export v2 --to model.json --html model.html --verify 100',
      does: 'Writes both, once they say what BigQuery says.',
    },
  ],
  target: 'reads',
  overrides: nameOverride,
  result: {
    format: 'healthmon-model/1',
    version: 'the version',
    label: 'column that it predicts',
    type: 'LINEAR_REG or LOGISTIC_REG',
    outcomes: 'event, which the probability is of, and other; null of a model that predicts a number',
    intercept: 'what the sum begins with',
    inputs: 'name, kind, and weight and mean of a number, or weights and missing of a category',
    verified: 'with --verify: rows, largestDifference and passed',
    to: 'with --to: the file',
    html: 'with --html: the file',
  },
  async run(input, context) {
    const [{ exportModel, verifyExport }, { scorePage }, { commandTools }, { fileNotWritten }] =
      await Promise.all([
        import('../../src/pipeline/model/export/export-model.js'),
        import('../../src/pipeline/model/export/score-page.js'),
        import('../../src/pipeline/model/tools.js'),
        import('../../src/errors/file-not-written.js'),
      ]);
    const { version, to, html, verify } = input;
    const tools = await commandTools(context);
    const { exported, verified } = await during(context.output, 'Exporting', async () => {
      const read = await exportModel(tools, version);
      const { question: _question, ...model } = read;
      return {
        exported: model,
        verified: verify === undefined ? undefined : await verifyExport(tools, read, verify),
      };
    });
    const result = {
      ...exported,
      ...(verified && { verified }),
      ...(to !== undefined && { to }),
      ...(html !== undefined && { html }),
    };
    if (verified?.passed === false) return result;
    for (const [file, text] of [
      [to, () => `${JSON.stringify(exported, undefined, 2)}\n`],
      [html, () => scorePage(exported)],
    ] as const) {
      if (file === undefined) continue;
      await writeFile(resolve(context.cwd, file), text()).catch((cause: Error) => {
        throw fileNotWritten(file, cause);
      });
    }
    return result;
  },
  render({ inputs, intercept, verified, to, html }, output) {
    output.table(
      ['input', 'category', 'weight'],
      [
        ['(intercept)', '', intercept],
        ...inputs.flatMap((input) =>
          input.kind === 'number'
            ? [[input.name, '', input.weight]]
            : Object.entries(input.weights).map(([category, weight]) => [input.name, category, weight]),
        ),
      ],
    );
    if (verified !== undefined) {
      const { rows, largestDifference, passed } = verified;
      output.note(
        `${rows} rows differ by ${largestDifference.toExponential(1)} at the most: ${passed ? 'passed' : 'missed, nothing is written'}`,
      );
    }
    if (verified?.passed !== false)
      for (const file of [to, html]) if (file !== undefined) output.note(`Written: ${file}`);
  },
  exitCode: ({ verified }) => (verified?.passed === false ? EXIT.gateFailed : EXIT.done),
});
