import { invalidQuery, notImplemented } from '../../googlesql/errors.js';
import type { CreateModel } from '../../googlesql/syntax/ast.js';
import type { Field } from '../../googlesql/syntax/types.js';
import type { JsonObject, ModelRef } from '../catalog/entries.js';
import { datasetName, modelName } from '../catalog/names.js';
import { BigQueryError } from '../errors.js';
import { type BoundQuery, compileQuery } from '../statements/statement-context.js';
import {
  checkLabels,
  classWeightsOf,
  DEFAULT_LABEL,
  labelColumn,
  numericLabelSql,
  readClasses,
} from './classes.js';
import { trainingStatistics } from './data-statistics.js';
import { decodeDefinition, defaultTrial, encodeDefinition, type ModelDefinition } from './definition.js';
import { familyOf } from './families.js';
import type { PreparedTrainer } from './family.js';
import { featureInfo } from './feature-info.js';
import { inputsOf } from './inputs.js';
import { type MlStatementContext, resolveModelRef } from './model-statement.js';
import { OptionReader } from './option-values.js';
import { type ModelOptions, readOptions } from './options.js';
import { mlStatistics } from './rest.js';
import { splitTable } from './split.js';
import { TrainingTable } from './training-table.js';
import { fitTransform } from './transform/transform.js';
import { runTrials } from './trials.js';

export interface CreateModelResult {
  ref: ModelRef;
  operation: 'CREATE' | 'REPLACE' | 'SKIP';
  /** `statistics.query.mlStatistics` of the job. */
  mlStatistics?: JsonObject;
  /** The training query, for referenced tables and bytes processed. */
  query?: BoundQuery;
}

/** CREATE [OR REPLACE] MODEL [IF NOT EXISTS]: trains and stores a model. */
export async function createModel(
  statement: CreateModel,
  engine: MlStatementContext,
): Promise<CreateModelResult> {
  const { catalog } = engine.context;
  const ref = resolveModelRef(statement.name, engine.context);
  refuseUnsupported(statement);
  catalog.requireDataset(ref);
  const existing = catalog.getModel(ref);
  const operation = existing === undefined ? 'CREATE' : 'REPLACE';
  if (existing !== undefined && statement.ifNotExists) {
    if (engine.dryRun !== true) catalog.updateModel(ref, {});
    return { ref, operation: 'SKIP' };
  }
  if (existing !== undefined && !statement.orReplace) {
    throw new BigQueryError('duplicate', `Already Exists: Model ${modelName(ref)}`);
  }
  if (catalog.getTable({ ...ref, tableId: ref.modelId }) !== undefined) {
    throw new BigQueryError('duplicate', `Already Exists: Table ${datasetName(ref)}.${ref.modelId}`);
  }
  const before = existing && decodeDefinition(existing.definition);
  let options = await readOptions(statement.options, engine);
  const warm = before !== undefined && options.given['WARM_START'] === true;
  if (warm) {
    options = await readOptions(statement.options, engine, {
      modelType: before.modelType,
      given: before.options,
    });
    if (options.modelType !== before.modelType) {
      throw invalidQuery('WARM_START cannot change the model type of the existing model.');
    }
  }
  const query = await compileQuery(statement.query!, engine.context);
  checkColumnNames(query.columns);
  const family = familyOf(options.modelType);
  if (family.prepare === undefined && statement.transform === undefined) {
    throw invalidQuery(`A model of type ${options.modelType} needs a TRANSFORM clause.`, statement.pos);
  }
  if (family.supervised && statement.transform === undefined) {
    labelColumn(query.columns, new OptionReader(options.given));
  }
  if (engine.dryRun === true) return { ref, operation, query };
  const definition = await train(statement, options, query, engine, warm ? before : undefined);
  const changes = {
    modelType: family.restType,
    definition: encodeDefinition(definition),
    ...metadataOf(engine, ref),
    ...(options.given['MODEL_REGISTRY'] !== undefined && {
      vertexAiModelId: String(options.given['VERTEX_AI_MODEL_ID'] ?? ref.modelId),
    }),
  };
  // The old model serves until the new one is ready; another statement may have made or dropped it meanwhile.
  if (catalog.getModel(ref) === undefined) catalog.insertModel({ ref, ...changes });
  else if (statement.orReplace) {
    catalog.deleteModel(ref);
    catalog.insertModel({ ref, ...changes });
  } else throw new BigQueryError('duplicate', `Already Exists: Model ${modelName(ref)}`);
  return { ref, operation, query, mlStatistics: mlStatistics(definition) };
}

function metadataOf({ context }: MlStatementContext, ref: ModelRef): { expirationTime?: number } {
  const lifetime = context.catalog.requireDataset(ref).defaultTableExpirationMs;
  return lifetime === undefined ? {} : { expirationTime: Date.now() + lifetime };
}

function refuseUnsupported(statement: CreateModel): void {
  if (statement.remote) throw notImplemented('CREATE MODEL with REMOTE WITH CONNECTION');
  if (statement.input !== undefined || statement.output !== undefined) {
    throw notImplemented('CREATE MODEL with INPUT and OUTPUT');
  }
  if (statement.aliasedQueries !== undefined) {
    throw notImplemented('CREATE MODEL with training_data and custom_holiday');
  }
  if (statement.query === undefined) {
    throw invalidQuery('CREATE MODEL needs a training query (AS SELECT …)', statement.pos);
  }
}

function checkColumnNames(columns: readonly Field[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) {
      throw invalidQuery(`Duplicate column names in the training data are not supported: ${name}`);
    }
    seen.add(name.toLowerCase());
  }
}

async function train(
  statement: CreateModel,
  options: ModelOptions,
  query: BoundQuery,
  engine: MlStatementContext,
  before: ModelDefinition | undefined,
): Promise<ModelDefinition> {
  const startTime = Date.now();
  const tables: TrainingTable[] = [];
  try {
    const raw = await TrainingTable.create(engine.connection, query);
    tables.push(raw);
    if (raw.rows === 0) throw invalidQuery("Input data doesn't contain any rows.");
    const reader = new OptionReader(options.given);
    const { modelType } = options;
    const family = familyOf(modelType);
    const special = specialColumns(reader, family.supervised);
    const fitted = statement.transform && (await fitTransform(statement, raw, engine, special));
    let table = raw;
    if (fitted !== undefined) {
      checkColumnNames(fitted.relation.columns);
      table = await TrainingTable.create(engine.connection, fitted.relation);
      tables.push(table);
    }
    const label = family.supervised ? labelColumn(table.columns, reader) : undefined;
    if (label !== undefined) await checkLabels(table, label, family.maxClasses !== undefined);
    if (family.supervised) splitTable(table, reader);
    if ((await table.count('train')) === 0) {
      throw invalidQuery("Input data doesn't contain any rows for training.");
    }
    const isFeature = (column: Field): boolean => !special.includes(column.name.toLowerCase());
    const features = table.columns.filter(isFeature);
    const inputs = fitted?.stored.inputs ?? table.columns;
    const described = describable(inputs.filter(isFeature));
    const definition: ModelDefinition = {
      version: 1,
      modelType,
      options: options.given,
      searched: options.searched,
      label: label && { name: label.name, type: label.type },
      features: inputs.filter(isFeature),
      transform: fitted?.stored,
      featureInfo: await featureInfo(raw, raw.relation('train'), described),
      // As documented, a warm start keeps none.
      ...(before === undefined && {
        statistics: await trainingStatistics(raw, raw.relation('train'), described),
      }),
      trials: [],
      optimalTrials: [],
      runs: before?.runs ?? [],
    };
    if (family.prepare === undefined) {
      definition.trials = [{ id: 1, hyperparameters: {}, model: { kind: 'transform' } }];
      return definition;
    }
    if (features.length === 0) throw invalidQuery('The training data has no feature column.');
    const labels =
      label !== undefined && family.maxClasses !== undefined
        ? await readClasses(table, label, modelType, family.maxClasses)
        : undefined;
    definition.classes = labels?.classes;
    if (before !== undefined) checkSameSchema(before, definition);
    let prepared: PreparedTrainer | undefined = await family.prepare(
      {
        table,
        specs: inputsOf(features),
        labelSql: labels?.sql ?? (label === undefined ? '0' : numericLabelSql(table, label)),
        classes: labels?.classes.length ?? 0,
        classWeights: labels && classWeightsOf(labels, reader),
        signal: engine.signal,
      },
      reader,
    );
    const previous = before && defaultTrial(before).model;
    await runTrials(
      definition,
      options,
      table,
      (values, last) => {
        const trainer = prepared!;
        // Nothing holds the columns while the model is evaluated.
        if (last) prepared = undefined;
        return trainer.train(values, previous);
      },
      startTime,
      engine.signal,
    );
    return definition;
  } finally {
    for (const table of tables) await table.drop();
  }
}

/** Lower-case names of the columns that are no features. */
function specialColumns(reader: OptionReader, supervised: boolean): string[] {
  return [
    supervised ? (reader.strings('INPUT_LABEL_COLS')?.[0] ?? DEFAULT_LABEL) : undefined,
    reader.text('DATA_SPLIT_COL'),
    reader.text('INSTANCE_WEIGHT_COL'),
    reader.text('KMEANS_INIT_COL'),
  ].flatMap((name) => (name === undefined ? [] : [name.toLowerCase()]));
}

/** A warm start goes on with the weights that a model has, so what they belong to must be the same. */
function checkSameSchema(before: ModelDefinition, now: ModelDefinition): void {
  const schemaOf = ({ label, classes, features }: ModelDefinition): string =>
    JSON.stringify([label, classes, features.map((field) => JSON.stringify(field)).sort()]);
  if (schemaOf(before) !== schemaOf(now)) {
    throw invalidQuery(
      'WARM_START needs the label column, the labels and the feature columns of the existing model.',
    );
  }
}

/** Inputs of a TRANSFORM may have types that no model takes. */
function describable(columns: readonly Field[]): Field[] {
  return columns.filter((column) => {
    try {
      return inputsOf([column]).length > 0;
    } catch {
      return false;
    }
  });
}
