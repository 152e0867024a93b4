import { invalidQuery } from '../../googlesql/errors.js';
import { type Field, isGroupable, isNumeric, isOrderable, printType } from '../../googlesql/syntax/types.js';
import { codeSql } from './fitted-inputs.js';
import { categorySql, numberSql } from './inputs.js';
import type { ModelType } from './model-types.js';
import type { OptionReader } from './option-values.js';
import type { TrainingTable } from './training-table.js';

/** Name of the label column when INPUT_LABEL_COLS names none. */
export const DEFAULT_LABEL = 'label';

export interface ClassLabels {
  /** Labels as text, ascending. */
  classes: string[];
  /** Number of training rows of each. */
  counts: number[];
  /** DuckDB text of a row's class, from 0. */
  sql: string;
}

/** The name that the label column has in the training data. */
export function labelColumn(columns: readonly Field[], options: OptionReader): Field {
  const given = options.strings('INPUT_LABEL_COLS')?.[0];
  const wanted = (given ?? DEFAULT_LABEL).toLowerCase();
  const column = columns.find((candidate) => candidate.name.toLowerCase() === wanted);
  if (column === undefined) {
    throw invalidQuery(
      "Unable to identify the label column in query statement. Either specify the label column using OPTIONS(input_label_cols=['your_label_col']) or name the label column in the data as 'label'.",
    );
  }
  return column;
}

/** Refuses rows without a label. */
export async function checkLabels(table: TrainingTable, label: Field, classifier: boolean): Promise<void> {
  const name = table.physicalName(label.name)!;
  const missing = Number(await table.value(`SELECT count(*) - count(${name}) FROM ${table.name}`));
  if (missing > 0) {
    throw invalidQuery(`The label column '${label.name}' contains NULL values, which is not allowed.`);
  }
  if (classifier) {
    if (!isGroupable(label.type) || !isOrderable(label.type)) {
      throw invalidQuery(`Label column '${label.name}' of type ${printType(label.type)} is not supported.`);
    }
    return;
  }
  if (!isNumeric(label.type)) {
    throw invalidQuery(
      `Label column '${label.name}' must be numeric for a regression model, but it is ${printType(label.type)}.`,
    );
  }
  if (label.type.kind !== 'FLOAT64') return;
  const odd = Number(await table.value(`SELECT count(*) FROM ${table.name} WHERE NOT isfinite(${name})`));
  if (odd > 0) throw invalidQuery(`The label column '${label.name}' contains NaN or infinite values.`);
}

/** The classes of a classifier, from all rows, so that evaluation rows cannot hold an unknown one. */
export async function readClasses(
  table: TrainingTable,
  label: Field,
  modelType: ModelType,
  most: number,
): Promise<ClassLabels> {
  const name = table.physicalName(label.name)!;
  const text = categorySql(name, label.type);
  const rows = await table.read(
    `SELECT any_value(${text}) FROM ${table.name} GROUP BY ${name} ORDER BY ${name}`,
  );
  const classes = rows.map(([value]) => String(value));
  if (classes.length < 2) {
    throw invalidQuery(
      `Classification model requires at least 2 unique labels, but label column '${label.name}' has ${classes.length}.`,
    );
  }
  if (classes.length > most) {
    throw invalidQuery(
      `Classification model of type ${modelType} supports at most ${most} unique labels, but label column '${label.name}' has ${classes.length}.`,
    );
  }
  const counts = new Map(
    (await table.read(`SELECT ${text}, count(*) FROM (${table.relation('train').sql}) GROUP BY 1`)).map(
      ([value, count]) => [String(value), Number(count)],
    ),
  );
  return {
    classes,
    counts: classes.map((value) => counts.get(value) ?? 0),
    sql: codeSql(categorySql(`i.${name}`, label.type), classes),
  };
}

export function numericLabelSql(table: TrainingTable, label: Field): string {
  return numberSql(`i.${table.physicalName(label.name)!}`, label.type);
}

/** Weights of the classes, from CLASS_WEIGHTS or AUTO_CLASS_WEIGHTS. */
export function classWeightsOf(
  { classes, counts }: ClassLabels,
  options: OptionReader,
): Float64Array | undefined {
  const given = options.weights('CLASS_WEIGHTS');
  if (given !== undefined) {
    const unknown = Object.keys(given).find((label) => !classes.includes(label));
    const absent = classes.find((label) => !(label in given));
    if (unknown !== undefined) throw invalidQuery(`CLASS_WEIGHTS names '${unknown}', which is not a label.`);
    if (absent !== undefined) throw invalidQuery(`CLASS_WEIGHTS has no weight for label '${absent}'.`);
    const weights = Float64Array.from(classes, (label) => given[label]!);
    if (!weights.some((weight, index) => weight > 0 && counts[index]! > 0)) {
      throw invalidQuery('CLASS_WEIGHTS must give a weight above 0 to a label of the training rows.');
    }
    return weights;
  }
  if (!options.boolean('AUTO_CLASS_WEIGHTS', false)) return undefined;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float64Array.from(counts, (count) => (count === 0 ? 0 : total / (count * classes.length)));
}
