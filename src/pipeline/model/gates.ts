import { didYouMean } from '../../core/closest.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { FeatureChecks } from './checks.js';
import type { Comparison } from './compare.js';
import { readJsonFile } from './read-json-file.js';
import type { MetricRow } from './store-metrics.js';

export interface Gate {
  /** The option that set it, or its place in the file: `--min-roc-auc`, `slices.Gender.roc_auc.min`. */
  gate: string;
  metric: string;
  threshold: number;
  /** Null where it could not be measured. */
  actual: number | null;
  passed: boolean;
  /** Which slice, feature or pair of them missed it. */
  detail?: string;
}

export interface GateThresholds {
  minRocAuc?: number | undefined;
  minAccuracy?: number | undefined;
  minF1?: number | undefined;
  maxLogLoss?: number | undefined;
}

const BOUNDS = ['min', 'max', 'maxAbs'] as const;
type Bounds = Partial<Record<(typeof BOUNDS)[number], number>>;
type SliceBounds = Pick<Bounds, 'min' | 'max'> & { maxGap?: number };

/** A file of gates; `templates/gates.schema.json` describes it. */
export interface GateFile {
  metrics: Readonly<Record<string, Bounds>>;
  slices: Readonly<Record<string, Readonly<Record<string, SliceBounds>>>>;
  champion: Readonly<Record<string, { nonInferiorBy: number }>>;
  leakage: { maxSingleFeatureAuc?: number; maxCollinearPairs?: number };
  patients: { minHeldOut?: number };
}

/** What gates are held against. */
export interface Measured {
  metrics: readonly MetricRow[];
  heldOutPatients: number;
  checks: FeatureChecks | undefined;
  /** The champion and then this model; undefined when there is no champion, or it is this. */
  comparison: Comparison | undefined;
}

/** Groups of fewer patients say too little to be held to a bound. */
export const MIN_SLICE_PATIENTS = 10;

const OPTIONS = [
  { option: 'minRocAuc', gate: '--min-roc-auc', metric: 'roc_auc', bound: 'min' },
  { option: 'minAccuracy', gate: '--min-accuracy', metric: 'accuracy', bound: 'min' },
  { option: 'minF1', gate: '--min-f1', metric: 'f1_score', bound: 'min' },
  { option: 'maxLogLoss', gate: '--max-log-loss', metric: 'log_loss', bound: 'max' },
] as const satisfies readonly {
  option: keyof GateThresholds;
  gate: string;
  metric: string;
  bound: keyof Bounds;
}[];

/** Gates that options set. */
export function optionGates(thresholds: GateThresholds, metrics: readonly MetricRow[]): Gate[] {
  return OPTIONS.flatMap(({ option, gate, metric, bound }) => {
    const threshold = thresholds[option];
    return threshold === undefined
      ? []
      : [boundGate(gate, metric, bound, threshold, overall(metrics, metric))];
  });
}

/** Gates of a file. */
export function fileGates(file: GateFile, measured: Measured): Gate[] {
  const { metrics, comparison, checks, heldOutPatients } = measured;
  const gates: Gate[] = [];
  for (const [metric, bounds] of Object.entries(file.metrics)) {
    const actual = overall(metrics, metric);
    for (const bound of BOUNDS) {
      const threshold = bounds[bound];
      if (threshold === undefined) continue;
      gates.push(boundGate(`${metric}.${bound}`, metric, bound, threshold, actual));
    }
  }
  for (const [column, wanted] of Object.entries(file.slices)) {
    for (const [metric, bounds] of Object.entries(wanted)) {
      gates.push(...sliceGates(column, metric, bounds, metrics));
    }
  }
  for (const [metric, { nonInferiorBy }] of Object.entries(file.champion)) {
    if (comparison !== undefined) gates.push(championGate(metric, nonInferiorBy, comparison));
  }
  if (checks !== undefined) gates.push(...leakageGates(file.leakage, checks));
  const { minHeldOut } = file.patients;
  if (minHeldOut !== undefined) {
    gates.push(boundGate('patients.minHeldOut', 'patients', 'min', minHeldOut, heldOutPatients));
  }
  return gates;
}

function boundGate(
  gate: string,
  metric: string,
  bound: keyof Bounds,
  threshold: number,
  actual: number | null,
): Gate {
  // What could not be measured (nothing was predicted positive) never passes.
  const passed =
    actual !== null &&
    (bound === 'min' ? actual >= threshold : (bound === 'max' ? actual : Math.abs(actual)) <= threshold);
  return { gate, metric, threshold, actual, passed };
}

function overall(metrics: readonly MetricRow[], metric: string): number | null {
  const all = metrics.filter(({ slice_column }) => slice_column === 'all');
  const found = all.find((row) => row.metric === metric);
  if (found !== undefined) return found.value;
  const names = all.map((row) => row.metric);
  const near = didYouMean(metric, names);
  throw usageError({
    code: 'metric-unknown',
    message: `A gate asks for ${metric}, which was not measured of this model.`,
    detail: `Measured: ${names.join(', ')}.`,
    suggestion: near === undefined ? 'Give one of them.' : `Did you mean "${near}"?`,
  });
}

function sliceGates(
  column: string,
  metric: string,
  { min, max, maxGap }: SliceBounds,
  metrics: readonly MetricRow[],
): Gate[] {
  const rows = metrics.filter(
    (row) =>
      row.slice_column === column &&
      row.metric === metric &&
      row.value !== null &&
      row.n_patients >= MIN_SLICE_PATIENTS,
  );
  const ordered = rows.toSorted((a, b) => a.value! - b.value!);
  const [lowest, highest] = [ordered[0], ordered.at(-1)];
  const place = `slices.${column}.${metric}`;
  const gate = (bound: 'min' | 'max', threshold: number, row: MetricRow | undefined): Gate => ({
    ...boundGate(`${place}.${bound}`, metric, bound, threshold, row?.value ?? null),
    detail: row === undefined ? `no group of ${MIN_SLICE_PATIENTS} patients` : nameOf(row),
  });
  return [
    ...(min === undefined ? [] : [gate('min', min, lowest)]),
    ...(max === undefined ? [] : [gate('max', max, highest)]),
    ...(maxGap === undefined
      ? []
      : [
          {
            ...boundGate(
              `${place}.maxGap`,
              metric,
              'max',
              maxGap,
              rows.length < 2 ? null : highest!.value! - lowest!.value!,
            ),
            detail:
              rows.length < 2
                ? `fewer than two groups of ${MIN_SLICE_PATIENTS} patients`
                : `${nameOf(lowest!)} against ${nameOf(highest!)}`,
          },
        ]),
  ];
}

function nameOf({ slice_column, slice_value, n_patients }: MetricRow): string {
  return `${slice_column} ${slice_value}, ${n_patients} patients`;
}

/** The worse end of the interval of the difference must not be worse than the margin. */
function championGate(metric: string, margin: number, comparison: Comparison): Gate {
  const found = comparison.metrics.find((row) => row.metric === metric);
  if (found === undefined) {
    throw usageError({
      code: 'metric-unknown',
      message: `A gate compares ${metric} with the champion, which is not compared.`,
      suggestion: `Give one of: ${comparison.metrics.map((row) => row.metric).join(', ')}.`,
    });
  }
  const worst = found.higherIsBetter ? found.lower : found.upper === null ? null : -found.upper;
  return {
    ...boundGate(`champion.${metric}.nonInferiorBy`, metric, 'min', -margin, worst),
    threshold: margin,
    detail: `against ${comparison.a}`,
  };
}

function leakageGates(
  { maxSingleFeatureAuc, maxCollinearPairs }: GateFile['leakage'],
  { single, collinear }: FeatureChecks,
): Gate[] {
  const gates: Gate[] = [];
  if (maxSingleFeatureAuc !== undefined && single[0] !== undefined) {
    const over = single.filter(({ rocAuc }) => rocAuc > maxSingleFeatureAuc);
    gates.push({
      ...boundGate(
        'leakage.maxSingleFeatureAuc',
        'single_feature_roc_auc',
        'max',
        maxSingleFeatureAuc,
        single[0].rocAuc,
      ),
      detail: (over.length > 0 ? over : [single[0]]).map(({ feature }) => feature).join(', '),
    });
  }
  if (maxCollinearPairs !== undefined) {
    gates.push({
      ...boundGate(
        'leakage.maxCollinearPairs',
        'collinear_pairs',
        'max',
        maxCollinearPairs,
        collinear.length,
      ),
      ...(collinear.length > 0 && { detail: collinear.map((pair) => pair.join(' and ')).join(', ') }),
    });
  }
  return gates;
}

/** Reads and checks a file of gates. */
export function readGateFile(path: string, cwd: string): GateFile {
  return parseGates(readJsonFile(path, cwd, 'gates', '{"roc_auc": {"min": 0.8}}'), path);
}

const GROUPS = ['slices', 'champion', 'leakage', 'patients'] as const;

/** @param path of the file, for errors. */
export function parseGates(source: unknown, path: string): GateFile {
  const refuse = (where: string, what: string, near?: string) =>
    usageError({
      code: 'gates-invalid',
      message: `The gates ${path} are not valid: ${where} ${what}.`,
      suggestion:
        near === undefined
          ? 'Correct it; templates/gates.schema.json describes the file.'
          : `Did you mean "${near}"?`,
    });
  const object = (value: unknown, where: string): Record<string, unknown> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw refuse(where, 'must be an object');
    }
    return value as Record<string, unknown>;
  };
  const numbers = <K extends string>(value: unknown, where: string, known: readonly K[]) => {
    const given = object(value, where);
    for (const [name, bound] of Object.entries(given)) {
      if (!(known as readonly string[]).includes(name)) {
        throw refuse(where, `has the unknown bound "${name}"`, didYouMean(name, known));
      }
      if (typeof bound !== 'number' || !Number.isFinite(bound)) {
        throw refuse(`${where}.${name}`, 'must be a number');
      }
    }
    return given as Partial<Record<K, number>>;
  };
  const each = <T>(value: unknown, where: string, read: (value: unknown, where: string) => T) =>
    Object.fromEntries(
      Object.entries(object(value ?? {}, where)).map(([name, part]) => [
        name,
        read(part, `${where}.${name}`),
      ]),
    );
  const top = object(source, 'the document');
  const metrics = Object.entries(top).filter(
    ([name]) => name !== '$schema' && !(GROUPS as readonly string[]).includes(name),
  );
  return {
    metrics: Object.fromEntries(metrics.map(([name, value]) => [name, numbers(value, name, BOUNDS)])),
    slices: each(top.slices, 'slices', (part, where) =>
      each(part, where, (bounds, at) => numbers(bounds, at, ['min', 'max', 'maxGap'])),
    ),
    champion: each(top.champion, 'champion', (part, where) => {
      const { nonInferiorBy } = numbers(part, where, ['nonInferiorBy']);
      if (nonInferiorBy === undefined) throw refuse(where, 'needs nonInferiorBy');
      return { nonInferiorBy };
    }),
    leakage: numbers(top.leakage ?? {}, 'leakage', ['maxSingleFeatureAuc', 'maxCollinearPairs']),
    patients: numbers(top.patients ?? {}, 'patients', ['minHeldOut']),
  };
}
