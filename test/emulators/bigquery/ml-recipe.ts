/**
 * Logistic regression as the service trains it, written down once more on plain arrays: it shares no code with what
 * it checks.
 */

export type Sample = Record<string, number | string | null>;

export interface Features {
  numeric: string[];
  categorical: string[];
}

interface Preprocessing {
  moments: Map<string, { mean: number; stddev: number }>;
  vocabularies: Map<string, (string | null)[]>;
}

export interface Recipe extends Features {
  label: string;
  /** Weight of each class, by label. */
  classWeights?: Record<string, number>;
  maxIterations?: number;
}

export interface Trained extends Recipe {
  preprocessing: Preprocessing;
  classes: string[];
  /** By column of the design, then output: one output for two classes, else one per class. */
  weights: number[][];
  history: { loss: number; evalLoss?: number; rate: number }[];
}

export function classesOf(rows: readonly Sample[], label: string): string[] {
  return [...new Set(rows.map((row) => String(row[label])))].sort();
}

/** total / (rows of the class × number of classes) */
export function balancedWeights(rows: readonly Sample[], label: string): Record<string, number> {
  const classes = classesOf(rows, label);
  const count = (name: string): number => rows.filter((row) => String(row[label]) === name).length;
  return Object.fromEntries(classes.map((name) => [name, rows.length / (count(name) * classes.length)]));
}

function learn(rows: readonly Sample[], { numeric, categorical }: Features): Preprocessing {
  const moments = new Map<string, { mean: number; stddev: number }>();
  for (const name of numeric) {
    const known = rows.map((row) => row[name]).filter((value) => typeof value === 'number');
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
    moments.set(name, { mean, stddev: Math.sqrt(variance) });
  }
  const vocabularies = new Map<string, (string | null)[]>();
  for (const name of categorical) {
    const values = new Set(rows.map((row) => row[name] as string | null));
    const known = [...values].filter((value) => value !== null).sort();
    vocabularies.set(name, values.has(null) ? [...known, null] : known);
  }
  return { moments, vocabularies };
}

function designOf(
  rows: readonly Sample[],
  { numeric, categorical }: Features,
  learnt: Preprocessing,
): number[][] {
  return rows.map((row) => {
    const columns = numeric.map((name) => {
      const { mean, stddev } = learnt.moments.get(name)!;
      const value = row[name] as number | null;
      return value === null ? 0 : (value - mean) / stddev;
    });
    for (const name of categorical) {
      for (const category of learnt.vocabularies.get(name)!) columns.push(row[name] === category ? 1 : 0);
    }
    return [...columns, 1];
  });
}

function probabilities(scores: readonly number[]): number[] {
  if (scores.length === 1) return [1 / (1 + Math.exp(-scores[0]!))];
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function scoresOf(design: readonly number[][], weights: readonly number[][]): number[][] {
  return design.map((row) =>
    weights[0]!.map((_, output) =>
      row.reduce((sum, value, column) => sum + value * weights[column]![output]!, 0),
    ),
  );
}

function meanLoss(
  scores: readonly number[][],
  labels: readonly number[],
  rowWeights: readonly number[],
): number {
  let sum = 0;
  let total = 0;
  for (const [row, score] of scores.entries()) {
    const p = probabilities(score);
    const own = p.length === 1 ? (labels[row] === 1 ? p[0]! : 1 - p[0]!) : p[labels[row]!]!;
    sum += rowWeights[row]! * -Math.log(Math.min(Math.max(own, 1e-15), 1 - 1e-15));
    total += rowWeights[row]!;
  }
  return sum / total;
}

export function train(rows: readonly Sample[], recipe: Recipe, evaluation?: readonly Sample[]): Trained {
  const classes = classesOf([...rows, ...(evaluation ?? [])], recipe.label);
  const preprocessing = learn(rows, recipe);
  const plain = designOf(rows, recipe, preprocessing);
  const width = plain[0]!.length;
  const first = recipe.numeric.length;
  const scale = Array.from({ length: width }, (_, column) => {
    if (column < first || column === width - 1) return 1;
    return Math.sqrt(plain.reduce((sum, row) => sum + row[column]! ** 2, 0) / plain.length);
  });
  const design = plain.map((row) => row.map((value, column) => value / scale[column]!));
  const labelsOf = (samples: readonly Sample[]): number[] =>
    samples.map((row) => classes.indexOf(String(row[recipe.label])));
  const labels = labelsOf(rows);
  const ones = rows.map(() => 1);
  const rowWeights = rows.map((row) => recipe.classWeights?.[String(row[recipe.label])] ?? 1);
  const total = rowWeights.reduce((sum, weight) => sum + weight, 0);
  const outputs = classes.length === 2 ? 1 : classes.length;
  let weights = Array.from({ length: width }, () => new Array<number>(outputs).fill(0));
  let scores = scoresOf(design, weights);
  let rate = 0.1;
  let previous = meanLoss(scores, labels, ones);
  const history: Trained['history'] = [];
  const raw = (): number[][] => weights.map((row, column) => row.map((weight) => weight / scale[column]!));
  for (let iteration = 0; iteration < (recipe.maxIterations ?? 20); iteration++) {
    const gradient = weights.map(() => new Array<number>(outputs).fill(0));
    for (const [row, score] of scores.entries()) {
      for (const [output, p] of probabilities(score).entries()) {
        const target = outputs === 1 ? labels[row]! : labels[row] === output ? 1 : 0;
        const residual = (rowWeights[row]! * (p - target)) / total;
        for (let column = 0; column < width; column++)
          gradient[column]![output]! += design[row]![column]! * residual;
      }
    }
    const candidates = [2, 1, 0.5, 0.25].map((factor) => {
      const next = weights.map((row, column) =>
        row.map((weight, output) => weight - rate * factor * gradient[column]![output]!),
      );
      const nextScores = scoresOf(design, next);
      return { rate: rate * factor, next, nextScores, objective: meanLoss(nextScores, labels, rowWeights) };
    });
    const best = candidates.reduce((a, b) => (b.objective < a.objective ? b : a));
    const loss = meanLoss(best.nextScores, labels, ones);
    const gain = (previous - loss) / previous;
    if (gain < 0) break;
    ({ rate, next: weights, nextScores: scores } = best);
    previous = loss;
    const evalLoss =
      evaluation &&
      meanLoss(
        scoresOf(designOf(evaluation, recipe, preprocessing), raw()),
        labelsOf(evaluation),
        evaluation.map(() => 1),
      );
    history.push({ loss, ...(evalLoss !== undefined && { evalLoss }), rate });
    if (gain < 0.01) break;
  }
  return { ...recipe, preprocessing, classes, weights: raw(), history };
}

/** Probability of each class, ascending by label. */
export function predict(rows: readonly Sample[], model: Trained): number[][] {
  return scoresOf(designOf(rows, model, model.preprocessing), model.weights).map((score) => {
    const p = probabilities(score);
    return p.length === 1 ? [1 - p[0]!, p[0]!] : p;
  });
}

/** ML.EVALUATE of several classes: averages over the classes that occur, accuracy over all rows. */
export function macroMetrics(rows: readonly Sample[], model: Trained): Record<string, number> {
  const p = predict(rows, model);
  const actual = rows.map((row) => model.classes.indexOf(String(row[model.label])));
  const predicted = p.map((list) => list.indexOf(Math.max(...list)));
  const each = [...new Set(actual)].map((own) => {
    const members = rows.map((_, row) => row).filter((row) => actual[row] === own);
    const others = rows.map((_, row) => row).filter((row) => actual[row] !== own);
    const hits = members.filter((row) => predicted[row] === own).length;
    const named = predicted.filter((name) => name === own).length;
    const precision = named === 0 ? 0 : hits / named;
    const recall = hits / members.length;
    let above = 0;
    for (const member of members) {
      for (const other of others) above += Math.sign(p[member]![own]! - p[other]![own]!) / 2 + 0.5;
    }
    return {
      precision,
      recall,
      f1_score: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
      log_loss: members.reduce((sum, row) => sum - Math.log(p[row]![own]!), 0) / members.length,
      roc_auc: above / (members.length * others.length),
    };
  });
  const mean = (name: keyof (typeof each)[number]): number =>
    each.reduce((sum, metrics) => sum + metrics[name], 0) / each.length;
  return {
    precision: mean('precision'),
    recall: mean('recall'),
    accuracy: predicted.filter((name, row) => name === actual[row]).length / rows.length,
    f1_score: mean('f1_score'),
    log_loss: mean('log_loss'),
    roc_auc: mean('roc_auc'),
  };
}
