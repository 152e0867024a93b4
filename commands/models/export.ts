import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import type { ExportedModel } from '../../src/pipeline/model/export/scorer.js';
import { NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details:
    'Writes a linear or logistic model so that it works without BigQuery: as ONNX, for any of its runtimes; weights and ' +
    'means as JSON; or a page that asks for the inputs and says what the model says, with nothing but itself. --verify ' +
    'asks BigQuery and these weights the same rows, and ends with exit code 5 when they differ by more than 0.000001. ' +
    'On Google Cloud --gcs lets BigQuery write any model into a folder of Cloud Storage, by EXPORT MODEL.',
  arguments: [{ name: 'version', description: 'such as v2, or the name of a model', required: true }],
  options: [
    NAME_OPTION,
    { flags: '--to <file>', type: 'string', description: 'write the model as .json' },
    { flags: '--html <file>', type: 'string', description: 'write a page that applies the model' },
    { flags: '--onnx <file>', type: 'string', description: 'write the model as .onnx' },
    {
      flags: '--gcs <folder>',
      type: 'string',
      description: 'let BigQuery write the model to gs://BUCKET/FOLDER (Google Cloud only)',
    },
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
      command: 'healthmon models export v2 --onnx model.onnx --html model.html --verify 100',
      does: 'Writes both, once they say what BigQuery says.',
    },
    {
      command: 'healthmon models export v2 --gcs gs://bucket/models/v2 --target cloud',
      does: 'Has BigQuery write a SavedModel of TensorFlow, or trees for XGBoost.',
    },
  ],
  target: 'reads',
  overrides: nameOverride,
  result: {
    format: 'healthmon-model/1',
    version: 'the version',
    label: 'column that it predicts',
    type: 'LINEAR_REG or LOGISTIC_REG',
    outcomes: 'what it tells apart: of two the sum is of the first; null of a model that predicts a number',
    intercepts: 'what each sum begins with: one, or with more than two outcomes one of each',
    inputs: 'name, kind, weights in the order of the sums, and mean of a number or missing of a category',
    verified: 'with --verify: rows, largestDifference and passed',
    to: 'with --to: the file',
    onnx: 'with --onnx: the file',
    html: 'with --html: the file',
    gcs: 'with --gcs: the folder; alone, there are but this and the version',
  },
  async run(input, context) {
    const [
      { exportModel, exportToStorage, recordExported, verifyExport },
      { commandTools },
      { fileNotWritten },
    ] = await Promise.all([
      import('../../src/pipeline/model/export/export-model.js'),
      import('../../src/pipeline/model/tools.js'),
      import('../../src/errors/file-not-written.js'),
    ]);
    const { version, to, onnx, html, gcs, verify } = input;
    const tools = await commandTools(context);
    if (gcs !== undefined) {
      const exported = await during(context.output, 'Exporting', () => exportToStorage(tools, version, gcs));
      await recordExported(tools, exported, ['gcs']);
      if ([to, onnx, html, verify].every((each) => each === undefined)) return { version: exported, gcs };
    }
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
      ...(gcs !== undefined && { gcs }),
      ...(to !== undefined && { to }),
      ...(onnx !== undefined && { onnx }),
      ...(html !== undefined && { html }),
    };
    if (verified?.passed === false) return result;
    const written: string[] = [];
    for (const [format, file, text] of [
      ['json', to, async () => `${JSON.stringify(exported, undefined, 2)}\n`],
      ['onnx', onnx, () => onnxOf(exported)],
      ['html', html, () => pageOf(exported)],
    ] as const) {
      if (file === undefined) continue;
      await writeFile(resolve(context.cwd, file), await text()).catch((cause: Error) => {
        throw fileNotWritten(file, cause);
      });
      written.push(format);
    }
    if (written.length > 0) await recordExported(tools, exported.version, written);
    return result;
  },
  render(result, output) {
    if ('gcs' in result) output.note(`Written: ${result.gcs}`);
    if (!('inputs' in result)) return;
    const { inputs, intercepts, outcomes, verified, to, onnx, html } = result;
    output.table(
      ['input', 'category', ...(outcomes !== null && outcomes.length > 2 ? outcomes : ['weight'])],
      [
        ['(intercept)', '', ...intercepts],
        ...inputs.flatMap((input) =>
          input.kind === 'number'
            ? [[input.name, '', ...input.weights]]
            : Object.entries(input.weights).map(([category, weights]) => [input.name, category, ...weights]),
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
      for (const file of [to, onnx, html]) if (file !== undefined) output.note(`Written: ${file}`);
  },
  exitCode: (result) =>
    'verified' in result && result.verified?.passed === false ? EXIT.gateFailed : EXIT.done,
});

async function onnxOf(model: ExportedModel): Promise<Uint8Array> {
  const [{ onnxModel }, { packageVersion }] = await Promise.all([
    import('../../src/pipeline/model/export/onnx.js'),
    import('../../src/core/package-root.js'),
  ]);
  return onnxModel(model, packageVersion());
}

async function pageOf(model: ExportedModel): Promise<string> {
  const { scorePage } = await import('../../src/pipeline/model/export/score-page.js');
  return scorePage(model);
}
