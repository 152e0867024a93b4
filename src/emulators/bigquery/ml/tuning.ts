import { invalidQuery } from '../../googlesql/errors.js';
import type { ModelDefinition } from './definition.js';
import { familyOf, familyOfModel } from './families.js';
import { randomNumbers } from './numerics/random-numbers.js';
import type { OptionRule } from './option-rules.js';
import type { OptionReader, SearchSpace } from './option-values.js';
import { type ModelOptions, searchSpaces } from './options.js';
import type { Cell } from './sql-text.js';

export type Hyperparameters = Record<string, number | string>;

/** Share of the upper end at which a logarithmic search begins when the lower end is 0. */
const LOG_START = 1e-4;

/** The hyperparameters of each trial. */
export function planTrials(options: ModelOptions, reader: OptionReader): Hyperparameters[] {
  const spaces = Object.entries(searchSpaces(options));
  const count = reader.number('NUM_TRIALS', 1);
  if (reader.text('HPARAM_TUNING_ALGORITHM') === 'GRID_SEARCH') return grid(spaces).slice(0, count);
  const { options: rules } = familyOf(options.modelType);
  const random = randomNumbers(count);
  return Array.from({ length: count }, () =>
    Object.fromEntries(spaces.map(([name, space]) => [name, sample(space, rules[name]?.tunable, random())])),
  );
}

function sample(space: SearchSpace, tunable: OptionRule['tunable'], at: number): number | string {
  if (space.kind === 'candidates') return space.values[Math.floor(at * space.values.length)]!;
  const { min, max } = space;
  const { log = false, integer = false } = tunable ?? {};
  if (integer) return Math.min(Math.floor(min + at * (max - min + 1)), Math.floor(max));
  if (!log || max <= 0) return min + at * (max - min);
  const start = min > 0 ? min : max * LOG_START;
  return start * (max / start) ** at;
}

function grid(spaces: readonly [string, SearchSpace][]): Hyperparameters[] {
  let trials: Hyperparameters[] = [{}];
  for (const [name, space] of spaces) {
    if (space.kind === 'range') {
      throw invalidQuery(`GRID_SEARCH needs HPARAM_CANDIDATES, but ${name} is searched in a range.`);
    }
    trials = trials.flatMap((trial) => space.values.map((value) => ({ ...trial, [name]: value })));
  }
  return trials;
}

/** The metric that trials compete in, in upper case. */
export function tuningObjective(reader: OptionReader, definition: ModelDefinition): string {
  const allowed = familyOfModel(definition).objectives(definition);
  const given = reader.strings('HPARAM_TUNING_OBJECTIVES');
  if (given === undefined) return allowed[0]!;
  const name = given[0]?.toUpperCase() ?? '';
  if (given.length !== 1 || !allowed.includes(name)) {
    throw invalidQuery(`HPARAM_TUNING_OBJECTIVES must be one of ${allowed.join(', ')}.`);
  }
  return name;
}

export function objectiveValue(
  definition: ModelDefinition,
  objective: string,
  metrics: readonly Cell[],
): number {
  const place = familyOfModel(definition)
    .metrics(definition)
    .findIndex((column) => column.name.toUpperCase() === objective);
  return Number(metrics[place]);
}

/** Ids of the trials with the best value of the objective, smallest first. */
export function bestTrials(
  objective: string,
  trials: readonly { id: number; objective?: number }[],
): number[] {
  const smallerIsBetter = /(ERROR|LOG_LOSS|DAVIES_BOULDIN_INDEX)$/.test(objective);
  const value = (trial: { objective?: number }): number => {
    const own = trial.objective ?? Number.NaN;
    if (Number.isNaN(own)) return Number.NEGATIVE_INFINITY;
    return smallerIsBetter ? -own : own;
  };
  const best = Math.max(...trials.map(value));
  return trials.filter((trial) => value(trial) === best).map((trial) => trial.id);
}
