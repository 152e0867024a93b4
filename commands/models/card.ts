import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import { NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details:
    'What TRIPOD+AI asks of a report: data with counts, outcome, predictors with what is missing, the statement, ' +
    'metrics with intervals, charts, slices, coefficients, drift and versions, all measured. Some items only an author ' +
    'can fill; --notes takes their texts from a JSON file of item numbers, and --check ends with exit code 5 while any ' +
    'is missing.',
  arguments: [{ name: 'version', description: 'such as v2', required: true }],
  options: [
    NAME_OPTION,
    { flags: '--html <file>', type: 'string', description: 'write the card as a page, with charts' },
    { flags: '--md <file>', type: 'string', description: 'write the card as Markdown' },
    { flags: '--notes <file>', type: 'string', description: 'what the author says, by item of TRIPOD+AI' },
    { flags: '--check', type: 'boolean', description: 'fail while items of the author are missing' },
  ],
  examples: [
    { command: 'healthmon models card v2 --html card.html', does: 'Writes the card as a page.' },
    {
      command: 'healthmon models card v2 --notes notes.json --check',
      does: 'Fails a CI job while the author has something to say.',
    },
  ],
  target: 'reads',
  overrides: nameOverride,
  result: {
    model: 'name of the model',
    version: 'the version',
    stage: 'champion, challenger or archived',
    record: 'its row of model_versions',
    outcomes: 'outcome, trainRows, trainPatients, heldOutRows and heldOutPatients of each',
    predictors: 'name, type, description, unit, missingInTraining and missingHeldOut of each',
    metrics: 'its newest metrics, of all patients and of slices',
    coefficients: 'input, category and weight of each, of trees the gain',
    drift: 'its newest check for drift',
    versions: 'version, stage and createdAt of each version of the model',
    events: 'what happened to them',
    tripod: 'item, topic, section and text of each item of TRIPOD+AI',
    unfilled: 'items that only an author can fill, and nobody has',
    html: 'with --html: the file',
    md: 'with --md: the file',
    checked: 'with --check: true',
  },
  async run(input, context) {
    const [{ readCard, readNotes }, { cardHtml, cardMarkdown }, { commandTools }, { fileNotWritten }] =
      await Promise.all([
        import('../../src/pipeline/model/card/read-card.js'),
        import('../../src/pipeline/model/card/draw-card.js'),
        import('../../src/pipeline/model/tools.js'),
        import('../../src/errors/file-not-written.js'),
      ]);
    const notes = readNotes(input.notes, context.cwd);
    const { version, html, md } = input;
    const read = await during(context.output, 'Reading', async () =>
      readCard(await commandTools(context), version, notes),
    );
    for (const [file, draw] of [
      [html, cardHtml],
      [md, cardMarkdown],
    ] as const) {
      if (file === undefined) continue;
      await writeFile(resolve(context.cwd, file), draw(read)).catch((cause: Error) => {
        throw fileNotWritten(file, cause);
      });
    }
    return {
      ...read.card,
      ...(html !== undefined && { html }),
      ...(md !== undefined && { md }),
      ...(input.check && { checked: true as const }),
    };
  },
  render({ version, tripod, unfilled, html, md }, output) {
    output.table(
      ['item', 'topic', 'where'],
      tripod.map(({ item, topic, section, text }) => [
        item,
        topic,
        section ?? (text === null ? 'missing: the author' : 'the author'),
      ]),
    );
    for (const file of [html, md]) if (file !== undefined) output.note(`Written: ${file}`);
    output.note(
      unfilled.length === 0
        ? `The card of ${version} is complete.`
        : `The card of ${version} waits for its author: items ${unfilled.join(', ')}.`,
    );
  },
  exitCode: ({ checked, unfilled }) => (checked && unfilled.length > 0 ? EXIT.gateFailed : EXIT.done),
});
