import type { OptionSpec, OptionsOf } from '../src/cli/command.js';
import type { Output } from '../src/output/output.js';
import type { Gate } from '../src/pipeline/model/gates.js';

/** Options of every command that holds a model against gates. */
export const GATE_OPTIONS = [
  {
    flags: '--gates <file>',
    type: 'string',
    description: 'gates from a JSON file (templates/gates.schema.json)',
  },
  {
    flags: '--min-roc-auc <x>',
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'gate: roc_auc at least x',
  },
  {
    flags: '--min-accuracy <x>',
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'gate: accuracy at least x',
  },
  {
    flags: '--min-f1 <x>',
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'gate: f1_score at least x',
  },
  { flags: '--max-log-loss <x>', type: 'number', minimum: 0, description: 'gate: log_loss at most x' },
] as const satisfies readonly OptionSpec[];

/** What the options say, with the file read. */
export async function gatesOf(input: OptionsOf<typeof GATE_OPTIONS>, cwd: string) {
  const { readGateFile } = await import('../src/pipeline/model/gates.js');
  const { minRocAuc, minAccuracy, minF1, maxLogLoss } = input;
  return {
    thresholds: { minRocAuc, minAccuracy, minF1, maxLogLoss },
    gates: input.gates === undefined ? undefined : readGateFile(input.gates, cwd),
  };
}

export function renderGates(gates: readonly Gate[], output: Output): void {
  for (const { gate, metric, threshold, actual, passed, detail } of gates) {
    const verdict = passed ? output.style.green('passed') : output.style.red('missed');
    const is = actual === null ? 'could not be measured' : `is ${actual.toFixed(4)}`;
    const which = detail === undefined ? '' : ` (${detail})`;
    output.note(`gate ${gate} ${threshold}: ${verdict}, ${metric} ${is}${which}`);
  }
}
