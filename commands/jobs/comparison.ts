import type { OptionSpec } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { counted } from '../../src/core/counted.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import type { Output } from '../../src/output/output.js';
import type { Comparison } from '../../src/pipeline/jobs/compare.js';
import { JOB_DEFAULTS } from '../../src/pipeline/jobs/defaults.js';

export const COMPARISON_RESULT = {
  compared: 'keys that were compared in each store',
  equal: 'whether all of them hold the same',
  different: 'how many do not',
  differences: `the first ${JOB_DEFAULTS.listedDifferences} of these: store, key, and what this machine (expected) and the job (found) stored`,
} as const;

/** @param of what is made of it, such as `rows` */
export function seedOption(of: string) {
  return {
    flags: '--seed <n>',
    type: 'integer',
    default: JOB_DEFAULTS.verifiedSeed,
    description: `what the ${of} are made of`,
  } as const satisfies OptionSpec;
}

export const KEEP_OPTION = {
  flags: '--keep',
  type: 'boolean',
  description: 'leave what was made, to look at it',
} as const satisfies OptionSpec;

/** Runs a comparison and tells how it goes. */
export function comparing<T extends Comparison<string>>(
  output: Output,
  compare: (onStep: (step: string) => void) => Promise<T>,
): Promise<T> {
  return during(
    output,
    'Comparing',
    (progress) => compare((step) => progress.update(step)),
    ({ equal }) => (equal ? 'equal' : 'not equal'),
  );
}

/** @param of what was given to both, such as `2,000 messages` */
export function renderComparison(
  { compared, different, differences }: Comparison<string>,
  of: string,
  output: Output,
): void {
  output.table(['store', 'keys compared'], Object.entries(compared));
  for (const { store, key, expected, found } of differences) {
    output.data(`${store} ${key}`);
    output.data(`  here:    ${expected?.join(' | ') ?? 'nothing'}`);
    output.data(`  the job: ${found?.join(' | ') ?? 'nothing'}`);
  }
  output.note(
    different === 0
      ? `${of}: both store the same.`
      : `${of}: ${counted(different, 'key')} ${different === 1 ? 'differs' : 'differ'}.`,
  );
}

export function comparisonCode(result: object): number {
  return 'equal' in result && result.equal === false ? EXIT.gateFailed : EXIT.done;
}
