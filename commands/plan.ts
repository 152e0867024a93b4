import type { OptionSpec } from '../src/cli/command.js';
import type { Output } from '../src/output/output.js';

export const DRY_RUN_OPTION = {
  flags: '--dry-run',
  type: 'boolean',
  description: 'say what would be done and do nothing',
} as const satisfies OptionSpec;

/** What a dry run answers with. */
export interface Plan {
  dryRun: true;
  plan: { action: string; resource: string; detail: string }[];
}

export const PLAN_KEYS = {
  dryRun: 'with --dry-run: true',
  plan: 'with --dry-run: action, resource and detail of each step',
} satisfies Record<keyof Plan, string>;

export function planOf(
  steps: readonly (readonly [action: string, resource: string, detail?: string])[],
): Plan {
  return {
    dryRun: true,
    plan: steps.map(([action, resource, detail = '']) => ({ action, resource, detail })),
  };
}

/** Draws the plan of a dry run. @returns false when the result is that of a real run. */
export function renderPlan(result: object | Plan, output: Output): result is Plan {
  if (!('plan' in result)) return false;
  const { plan } = result;
  if (plan.length > 0) {
    output.table(
      ['action', 'resource', 'detail'],
      plan.map(({ action, resource, detail }) => [action, resource, detail]),
    );
  }
  output.note(plan.length === 0 ? 'There is nothing to do.' : 'Nothing was done.');
  return true;
}
