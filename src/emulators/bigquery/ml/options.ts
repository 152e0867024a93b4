import { invalidQuery, notImplemented } from '../../googlesql/errors.js';
import type { OptionNode } from '../../googlesql/syntax/ast.js';
import { type Constant, type ConstantEvaluator, evaluateOption } from './constants.js';
import { familyOf, MODEL_FAMILIES } from './families.js';
import { MODEL_TYPES, type ModelType, OTHER_MODEL_TYPES } from './model-types.js';
import { OPTION_ALIASES, type OptionRule } from './option-rules.js';
import type { OptionValue, OptionValues, SearchSpace } from './option-values.js';

export interface ModelOptions {
  modelType: ModelType;
  /** What the statement (or the model before a warm start) set. */
  given: OptionValues;
  /** Options to tune. */
  searched: Record<string, SearchSpace>;
}

/** Reads and checks the OPTIONS of CREATE MODEL. */
export async function readOptions(
  nodes: readonly OptionNode[],
  engine: ConstantEvaluator,
  previous?: { modelType: ModelType; given: OptionValues },
): Promise<ModelOptions> {
  const constants = new Map<string, { value: Constant; node: OptionNode }>();
  for (const node of nodes) {
    const written = node.name.name.toUpperCase();
    const name = OPTION_ALIASES[written] ?? written;
    if (constants.has(name)) throw invalidQuery(`Duplicate option specified: ${node.name.name}`, node.pos);
    constants.set(name, { value: await evaluateOption(node.value, engine), node });
  }
  const modelType = modelTypeOf(constants.get('MODEL_TYPE')?.value, previous?.modelType);
  const options: ModelOptions = { modelType, given: { ...previous?.given }, searched: {} };
  for (const [name, { value, node }] of constants) {
    if (name === 'MODEL_TYPE') continue;
    const rule = familyOf(modelType).options[name];
    if (rule === undefined) {
      const isKnown = MODEL_FAMILIES.some(([, family]) => name in family.options);
      if (!isKnown) throw invalidQuery(`Unknown option: ${node.name.name}`, node.pos);
      throw invalidQuery(`Option ${name} is not supported for model type ${modelType}.`, node.pos);
    }
    if (rule.refused) throw notImplemented(`The option ${name}`);
    if (isSearchSpace(value)) options.searched[name] = checkSearchSpace(name, value, rule, modelType);
    else options.given[name] = checkValue(name, value, rule);
  }
  checkCombinations(options);
  return options;
}

function modelTypeOf(value: Constant | undefined, previous: ModelType | undefined): ModelType {
  if (value === undefined || value === null) {
    if (previous !== undefined) return previous;
    throw invalidQuery('Required option MODEL_TYPE is not specified.');
  }
  const name = String(value).toUpperCase();
  const known = MODEL_TYPES.find((type) => type === name);
  if (known !== undefined) return known;
  if (OTHER_MODEL_TYPES.includes(name)) throw notImplemented(`Model type ${name}`);
  throw invalidQuery(`Invalid value for option MODEL_TYPE: '${String(value)}'.`);
}

function isSearchSpace(value: Constant): value is SearchSpace {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function checkSearchSpace(
  name: string,
  space: SearchSpace,
  rule: OptionRule,
  modelType: ModelType,
): SearchSpace {
  const discrete = rule.values !== undefined && space.kind === 'candidates';
  const { hyperparameters, tunesOthers } = familyOf(modelType);
  const isTunable = rule.tunable !== undefined || discrete;
  if (!isTunable || (!tunesOthers && !hyperparameters.includes(name))) {
    throw invalidQuery(`Option ${name} does not support hyperparameter tuning.`);
  }
  if (space.kind === 'range') {
    for (const bound of [space.min, space.max]) checkRange(name, bound, rule);
  } else {
    for (const value of space.values) {
      checkValue(name, rule.kind === 'integer' ? BigInt(Math.trunc(Number(value))) : value, rule);
    }
  }
  return space;
}

function checkValue(name: string, value: Constant, rule: OptionRule): OptionValue {
  const wrong = (expected: string): Error =>
    invalidQuery(`Invalid value for option ${name}: expected ${expected}.`);
  switch (rule.kind) {
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong('a BOOL');
      return value;
    case 'integer':
      if (typeof value !== 'bigint') throw wrong('an INT64');
      return checkRange(name, Number(value), rule);
    case 'number':
      if (typeof value !== 'number' && typeof value !== 'bigint') throw wrong('a FLOAT64');
      return checkRange(name, Number(value), rule);
    case 'string': {
      if (typeof value !== 'string') throw wrong('a STRING');
      if (rule.values === undefined) return value;
      const upper = value.toUpperCase();
      if (!rule.values.includes(upper)) throw wrong(`one of ${rule.values.join(', ')}`);
      return upper;
    }
    case 'strings': {
      const list = typeof value === 'string' ? [value] : value;
      if (!Array.isArray(list) || list.some((item) => typeof item !== 'string')) {
        throw wrong('an ARRAY<STRING>');
      }
      return list.map(String);
    }
    case 'classWeights':
      return classWeights(value, () => wrong('an ARRAY<STRUCT<STRING, FLOAT64>>'));
  }
}

function checkRange(name: string, value: number, rule: OptionRule): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule;
  if (!(value >= min && value <= max)) {
    const range = rule.max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
    throw invalidQuery(`Invalid value for option ${name}: ${value}; it must be ${range}.`);
  }
  return value;
}

function classWeights(value: Constant, wrong: () => Error): Record<string, number> {
  if (!Array.isArray(value)) throw wrong();
  const weights: Record<string, number> = {};
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong();
    const [label, weight] = pair;
    if (typeof label !== 'string' || !(Number(weight) >= 0)) throw wrong();
    weights[label] = Number(weight);
  }
  return weights;
}

function checkCombinations({ modelType, given, searched }: ModelOptions): void {
  const has = (name: string): boolean => name in given || name in searched;
  const tuning = has('NUM_TRIALS');
  if (given['AUTO_CLASS_WEIGHTS'] === true && has('CLASS_WEIGHTS')) {
    throw invalidQuery('CLASS_WEIGHTS and AUTO_CLASS_WEIGHTS = TRUE cannot be specified together.');
  }
  if (((given['INPUT_LABEL_COLS'] as string[] | undefined)?.length ?? 1) !== 1) {
    throw invalidQuery('INPUT_LABEL_COLS must hold exactly one column.');
  }
  if (!tuning && Object.keys(searched).length > 0) {
    throw invalidQuery('NUM_TRIALS must be specified when HPARAM_RANGE or HPARAM_CANDIDATES is used.');
  }
  if (tuning && Object.keys(searchSpaces({ modelType, given, searched })).length === 0) {
    throw invalidQuery('NUM_TRIALS is specified, but every hyperparameter has a value.');
  }
  for (const name of ['MAX_PARALLEL_TRIALS', 'HPARAM_TUNING_ALGORITHM', 'HPARAM_TUNING_OBJECTIVES']) {
    if (has(name) && !tuning) throw invalidQuery(`${name} can only be specified together with NUM_TRIALS.`);
  }
  checkSplitOptions(given, tuning);
  for (const name of ['VERTEX_AI_MODEL_ID', 'VERTEX_AI_MODEL_VERSION_ALIASES']) {
    if (has(name) && !has('MODEL_REGISTRY')) {
      throw invalidQuery(`${name} can only be specified together with MODEL_REGISTRY.`);
    }
  }
  const registered = given['VERTEX_AI_MODEL_ID'];
  if (registered !== undefined && !/^[a-z_][a-z0-9_-]{0,62}$/.test(String(registered))) {
    throw invalidQuery(
      'VERTEX_AI_MODEL_ID must have at most 63 characters of a-z, 0-9, _ and -, and begin with a letter or _.',
    );
  }
  familyOf(modelType).checkOptions?.(modelType, given, has);
}

/** What is searched when the statement names no hyperparameter. */
export function searchSpaces(options: ModelOptions): Record<string, SearchSpace> {
  if (Object.keys(options.searched).length > 0) return options.searched;
  const family = familyOf(options.modelType);
  return Object.fromEntries(
    family.hyperparameters
      .filter((name) => !(name in options.given))
      .map((name) => {
        const { min, max } = family.options[name]!.tunable!;
        return [name, { kind: 'range', min, max } satisfies SearchSpace];
      }),
  );
}

function checkSplitOptions(given: OptionValues, tuning: boolean): void {
  const method = given['DATA_SPLIT_METHOD'] ?? 'AUTO_SPLIT';
  const byColumn = method === 'CUSTOM' || method === 'SEQ';
  const byFraction = method === 'RANDOM' || method === 'SEQ';
  if (byColumn && given['DATA_SPLIT_COL'] === undefined) {
    throw invalidQuery(`DATA_SPLIT_COL must be specified when DATA_SPLIT_METHOD is ${String(method)}.`);
  }
  if (!byColumn && given['DATA_SPLIT_COL'] !== undefined) {
    throw invalidQuery('DATA_SPLIT_COL can only be specified when DATA_SPLIT_METHOD is CUSTOM or SEQ.');
  }
  for (const name of ['DATA_SPLIT_EVAL_FRACTION', 'DATA_SPLIT_TEST_FRACTION']) {
    if (given[name] !== undefined && !byFraction) {
      throw invalidQuery(`${name} can only be specified when DATA_SPLIT_METHOD is RANDOM or SEQ.`);
    }
  }
  if (given['DATA_SPLIT_TEST_FRACTION'] !== undefined) {
    if (!tuning) throw invalidQuery('DATA_SPLIT_TEST_FRACTION can only be specified with NUM_TRIALS.');
    if (given['DATA_SPLIT_EVAL_FRACTION'] === undefined) {
      throw invalidQuery(
        'DATA_SPLIT_TEST_FRACTION must be specified together with DATA_SPLIT_EVAL_FRACTION.',
      );
    }
  }
}
