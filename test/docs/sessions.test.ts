import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  differences,
  type Outcome,
  presentable,
  runSteps,
  type Step,
  stepsOf,
} from '../helpers/doc-session.js';
import { type Page, pages, ROOT } from '../helpers/markdown.js';
import { isLeftOut } from '../helpers/optional-tools.js';

const TOOLS = ['bq', 'cbt', 'gcloud'] as const;
const TIMEOUT_MS = 480_000;
const REASONS = [
  'needs Google Cloud',
  'needs Docker',
  'needs Python and its packages',
  'downloads',
  'runs until interrupted',
  'checked elsewhere',
  'the stack runs already',
];

const tours = pages()
  .map((page) => ({ file: page.file, page, steps: stepsOf(page) }))
  .filter(({ steps }) => steps.length > 0);

describe.each(tours)('the commands of $file', ({ page, steps }) => {
  let outcomes: Outcome[];
  beforeAll(async () => {
    outcomes = await runSteps(steps, TIMEOUT_MS);
    if (inject('updatesDocs')) update(page, steps, outcomes);
  }, TIMEOUT_MS + 60_000);

  it.for(steps.map((step, index) => ({ ...step, index })))(
    'line $line: $command',
    ({ index, shown, command }, { skip }) => {
      const missing = TOOLS.find((tool) => new RegExp(`(^|[ $(])${tool} `).test(command) && isLeftOut(tool));
      skip(missing !== undefined, `${missing} is not installed`);
      const outcome = outcomes[index]!;
      const next = steps[index + 1]?.command;
      const context = `${command}\n${[...outcome.stderr, ...outcome.stdout].join('\n')}`;
      // A page that expects a failure shows it with "echo $?".
      if (next !== 'echo $?') expect(outcome.exitCode, context).toBe(0);
      if (!inject('updatesDocs')) expect(differences(shown, outcome), context).toEqual([]);
    },
  );
});

it('every block that is not run says why', () => {
  const silent = pages().flatMap(({ file, fences }) =>
    fences
      .filter(({ comment }) => comment?.startsWith('not run'))
      .filter(({ comment }) => !REASONS.some((reason) => comment === `not run: ${reason}`))
      .map(({ line, comment }) => `${file}:${line} ${comment}`),
  );
  expect(silent).toEqual([]);
});

/** Writes what came below each command that shows something else. */
function update(page: Page, steps: readonly Step[], outcomes: readonly Outcome[]): void {
  const path = join(ROOT, page.file);
  const lines = readFileSync(path, 'utf8').split('\n');
  for (const [index, step] of [...steps.entries()].reverse()) {
    const { shown, shownFrom } = step;
    const outcome = outcomes[index]!;
    if (shown.length === 0 || differences(shown, outcome).length > 0) {
      lines.splice(shownFrom, shown.length, ...presentable(step, outcome));
    }
  }
  writeFileSync(path, lines.join('\n'));
}
