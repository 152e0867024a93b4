import { setImmediate } from 'node:timers/promises';
import type { ModelDefinition, Trial } from './definition.js';
import { familyOfModel } from './families.js';
import type { TrainedModel } from './family.js';
import { OptionReader } from './option-values.js';
import type { ModelOptions } from './options.js';
import type { Part, TrainingTable } from './training-table.js';
import { bestTrials, type Hyperparameters, objectiveValue, planTrials, tuningObjective } from './tuning.js';

/** From here on the columns of a training weigh more than a collection costs. */
const MANY_ROWS = 100_000;

/** Trains the one model of a statement, or one per trial when it tunes, and puts them into the definition. */
export async function runTrials(
  definition: ModelDefinition,
  options: ModelOptions,
  table: TrainingTable,
  train: (values: OptionReader, last: boolean) => Promise<TrainedModel>,
  startTime: number,
  signal?: AbortSignal,
): Promise<void> {
  const reader = new OptionReader(options.given);
  const tuning = reader.has('NUM_TRIALS');
  const plans: Hyperparameters[] = tuning ? planTrials(options, reader) : [{}];
  const objective = tuning ? tuningObjective(reader, definition) : undefined;
  const evalPart = await firstWithRows(table, ['eval']);
  const testPart = tuning ? await firstWithRows(table, ['test', 'eval']) : evalPart;
  let trained: TrainedModel | undefined;
  for (const [index, hyperparameters] of plans.entries()) {
    await setImmediate();
    signal?.throwIfAborted();
    const last = index === plans.length - 1;
    trained = await train(new OptionReader({ ...options.given, ...hyperparameters }), last);
    if (last && table.rows >= MANY_ROWS) globalThis.gc?.();
    const { model, iterations } = trained;
    const evaluate = (part: Part) =>
      familyOfModel(definition).evaluateForStorage?.(
        definition,
        model,
        table.relation(part),
        table.connection,
      );
    const evaluation = await evaluate(testPart);
    const trial: Trial = {
      id: index + 1,
      hyperparameters,
      model,
      evaluation,
      trainingLoss: iterations.at(-1)?.loss,
      evalLoss: iterations.at(-1)?.evalLoss,
    };
    if (objective !== undefined) {
      const onEval = testPart === evalPart ? evaluation : await evaluate(evalPart);
      trial.objective = objectiveValue(definition, objective, onEval?.metrics ?? []);
    }
    definition.trials.push(trial);
  }
  definition.objective = objective;
  definition.optimalTrials = objective === undefined ? [1] : bestTrials(objective, definition.trials);
  definition.runs = [
    ...definition.runs,
    {
      startTime,
      iterations: tuning ? [] : trained!.iterations,
      optimizationStrategy: trained!.strategy,
      split: { method: reader.text('DATA_SPLIT_METHOD', 'AUTO_SPLIT') },
    },
  ];
}

/** The first of the parts that has rows, else the training rows. */
async function firstWithRows(table: TrainingTable, parts: readonly Part[]): Promise<Part> {
  for (const part of parts) if (table.has(part) && (await table.count(part)) > 0) return part;
  return 'train';
}
