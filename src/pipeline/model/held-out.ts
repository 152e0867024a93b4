import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import { patientInfoSchema } from '../../schema/read-table-schema.js';
import { statement } from '../analytics/templates.js';
import type { ScoredRow } from './bootstrap.js';
import { MODEL_TYPES } from './model-types.js';
import { fieldNamed, type Question, questionValues, quoted } from './question.js';
import type { ModelTools } from './tools.js';

export interface SlicedRow extends ScoredRow {
  /** Value of each column that patients are divided by. */
  slices: Readonly<Record<string, string>>;
}

export interface HeldOut {
  /** The outcome that `event` and `probability` are of. */
  event: string;
  rows: SlicedRow[];
}

/** Patients are divided by sex, age and condition. */
const SLICES = ['Gender', 'Age', 'Condition'] as const;
const AGE_BANDS = [
  [40, '0–39'],
  [65, '40–64'],
  [80, '65–79'],
  [Number.POSITIVE_INFINITY, '80+'],
] as const;

/** The columns of the model's rows that patients are divided by. */
export function slicesOf({ source }: Question): string[] {
  return SLICES.filter((name) => fieldNamed(source.columns, name) !== undefined);
}

/** The statement that scores every held-out row. */
export function heldOutStatement(tools: Pick<ModelTools, 'config'>, question: Question): string {
  return statement('scored-held-out', tools.config, {
    ...questionValues(tools, question),
    slices: slicesOf(question)
      .map((name) => `${quoted(name)},`)
      .join(' '),
  });
}

/** Every row of the held-out patients with its probability. Refuses models of other than two outcomes. */
export async function readHeldOut(tools: ModelTools, question: Question): Promise<HeldOut> {
  if (!MODEL_TYPES[question.type].classifies) throw notOfTwoOutcomes('a number, not one of two outcomes');
  const slices = slicesOf(question);
  const outcome = await tools.port.query(heldOutStatement(tools, question), {
    signal: tools.signal,
    doing: 'score the held-out patients',
  });
  const found = await outcome.rows();
  const [first] = found;
  if (first !== undefined && Number(first.outcomes) !== 2) throw notOfTwo(Number(first.outcomes));
  const event = String(first?.event ?? '');
  return {
    event,
    rows: found.map((row) => ({
      patientId: String(row.patient),
      event: row.outcome === event,
      probability: Number(row.probability),
      slices: sliceValues(row, slices),
    })),
  };
}

/**
 * Predictions that were stored before the outcome was known, with what came since. They are of patients whom no training
 * can have seen with an outcome.
 */
export async function readLaterOutcomes(tools: ModelTools, question: Question): Promise<HeldOut> {
  if (!MODEL_TYPES[question.type].classifies) throw notOfTwoOutcomes('a number, not one of two outcomes');
  const admission = patientInfoSchema().fields;
  if (fieldNamed(admission, question.label) === undefined) {
    throw usageError({
      code: 'unsupported',
      message: `What came of ${question.label} is not known: it is no column of the admissions.`,
      suggestion: 'Leave out --later.',
    });
  }
  const slices = SLICES.filter((name) => fieldNamed(admission, name) !== undefined);
  const sql = statement('scored-later', tools.config, {
    label: quoted(question.label),
    slices: slices.map((name) => `admission.${quoted(name)},`).join(' '),
  });
  const outcome = await tools.port.query(sql, {
    params: [{ name: 'version', type: 'STRING', value: question.version }],
    signal: tools.signal,
    doing: 'read what came of the predictions',
  });
  const found = await outcome.rows();
  const labels = [...new Set(found.flatMap((row) => [String(row.outcome), String(row.predicted)]))];
  if (found.length === 0) {
    throw new HealthmonError({
      code: 'no-later-outcomes',
      message: `No outcome of a stored prediction of ${question.version} has come to be known since.`,
      detail: 'Predictions count that were stored while the outcome was not known.',
      suggestion:
        'Run "healthmon predict --store" while patients stay, and "healthmon sync" after their discharge.',
    });
  }
  const event = labels.length === 1 ? labels[0]! : eventOf(labels);
  return {
    event,
    rows: found.map((row) => ({
      patientId: String(row.patient),
      event: row.outcome === event,
      probability: row.predicted === event ? Number(row.probability) : 1 - Number(row.probability),
      slices: sliceValues(row, slices),
    })),
  };
}

function sliceValues(row: Readonly<Record<string, unknown>>, slices: readonly string[]) {
  return Object.fromEntries(
    slices.map((name) => [
      name,
      name === 'Age' ? ageBand(Number(row.Age)) : String(row[name] ?? 'not known'),
    ]),
  );
}

/** Of two outcomes the one that comes last in the alphabet. */
function eventOf(labels: readonly string[]): string {
  if (labels.length !== 2) throw notOfTwo(labels.length);
  return labels.toSorted().at(-1)!;
}

function notOfTwo(outcomes: number): Error {
  return notOfTwoOutcomes(`one of ${outcomes} outcomes, not of two`);
}

function notOfTwoOutcomes(what: string): Error {
  return usageError({
    code: 'unsupported',
    message: `The model predicts ${what}, for which curves, slices and intervals are made.`,
    suggestion: 'Use "healthmon evaluate" without --store and --plot: it has the metrics of BigQuery ML.',
  });
}

function ageBand(age: number): string {
  return AGE_BANDS.find(([below]) => age < below)?.[1] ?? 'not known';
}
