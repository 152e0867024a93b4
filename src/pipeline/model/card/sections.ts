import { MIN_SLICE_PATIENTS } from '../gates.js';
import type { StoredMetric } from '../list.js';
import type { ModelCard } from './read-card.js';

/** A part of the card, in words and tables; HTML and Markdown draw the same. */
export interface Section {
  title: string;
  paragraphs: string[];
  table?: { columns: string[]; rows: string[][] };
  /** SQL. */
  code?: string;
  /** Whether the charts of the model belong here. */
  charts?: true;
}

/** The card in the order in which it is read. */
export function sectionsOf(card: ModelCard): Section[] {
  const { record, stage, version, model } = card;
  return [
    {
      title: 'Model',
      paragraphs: [
        `${version} is a ${record.modelType} of BigQuery ML that predicts ${record.label} from ${record.features.length} predictors. It was trained at ${record.createdAt} by healthmon ${record.healthmonVersion}. Stage: ${stage}${stage === 'champion' ? `, it serves as ${model}` : ''}.`,
        'It is no medical device. Nobody may be treated by it alone.',
      ],
    },
    ...authored(card, [1, 2, 3, 4]),
    dataSection(card),
    outcomeSection(card),
    predictorSection(card),
    {
      title: 'Statement',
      paragraphs: ['What prepared the data and trained the model.'],
      code: record.statement,
    },
    performanceSection(card),
    sliceSection(card),
    coefficientSection(card),
    driftSection(card),
    versionSection(card),
    ...authored(card, [17, 18, 19, 25, 26, 27]),
    tripodSection(card),
  ];
}

/** What only an author can say; what is missing stays visible. */
function authored({ tripod }: ModelCard, items: readonly number[]): Section[] {
  return tripod
    .filter(({ item }) => items.includes(item))
    .map(({ topic, text }) => ({
      title: topic,
      paragraphs: [text ?? 'TODO: only the author can say this.'],
    }));
}

function dataSection({ record }: ModelCard): Section {
  const sides = [
    ['trained on', record.trainRows, record.trainPatients],
    ['held out', record.heldOutRows, record.heldOutPatients],
  ] as const;
  return {
    title: 'Data',
    paragraphs: [
      `Rows of ${record.source.startsWith('(') ? 'the query in the statement below' : record.source}, one for each ${record.unit}, with a known ${record.label}. A hash of ${record.splitBy} holds out one in five with all rows, so that nobody is on both sides. The rows have the fingerprint ${record.dataHash}.`,
    ],
    table: {
      columns: ['', 'rows', 'patients'],
      rows: [
        ...sides.map(([side, rows, patients]) => [side, String(rows), String(patients)]),
        [
          'together',
          String(record.trainRows + record.heldOutRows),
          String(record.trainPatients + record.heldOutPatients),
        ],
      ],
    },
  };
}

function outcomeSection({ record, outcomes }: ModelCard): Section {
  const { label } = record;
  if (outcomes.length === 0) {
    return { title: 'Outcome', paragraphs: [`${label}, a number, as it was recorded.`] };
  }
  const last = outcomes.at(-1)!.outcome;
  return {
    title: 'Outcome',
    paragraphs: [
      `${label}, as it was recorded. The model gives a probability of each outcome and predicts the most probable one; metrics of an event are of ${last}.`,
    ],
    table: {
      columns: ['outcome', 'rows trained on', 'patients', 'rows held out', 'patients held out'],
      rows: outcomes.map((each) => [
        each.outcome,
        String(each.trainRows),
        String(each.trainPatients),
        String(each.heldOutRows),
        String(each.heldOutPatients),
      ]),
    },
  };
}

function predictorSection({ predictors, record }: ModelCard): Section {
  const share = (missing: number, rows: number) =>
    rows === 0 ? '–' : `${missing} (${((100 * missing) / rows).toFixed(1)} %)`;
  return {
    title: 'Predictors',
    paragraphs: [
      'BigQuery ML puts the mean of the training rows in the place of a missing number, and a category of its own in that of a missing category.',
    ],
    table: {
      columns: ['predictor', 'type', 'unit', 'what it is', 'missing in training', 'missing held out'],
      rows: predictors.map((each) => [
        each.name,
        each.type,
        each.unit ?? '',
        each.description,
        share(each.missingInTraining, record.trainRows),
        share(each.missingHeldOut, record.heldOutRows),
      ]),
    },
  };
}

type Metric = Omit<StoredMetric, 'version'>;

function withInterval({ value, lower, upper }: Metric): string {
  if (value === null) return 'not defined';
  const interval = lower === null || upper === null ? '' : ` [${lower.toFixed(3)}, ${upper.toFixed(3)}]`;
  return value.toFixed(3) + interval;
}

function performanceSection({ metrics }: ModelCard): Section {
  const overall = metrics.filter(({ slice }) => slice === 'all');
  return {
    title: 'Performance',
    paragraphs: [
      'On patients whom the model never saw, with 95 % intervals from a bootstrap over patients. Calibration in the large is the mean probability less the share of events, best at 0; a calibration slope of 1 is best, below 1 probabilities are too extreme.',
    ],
    table: {
      columns: ['metric', 'measured on', 'value [95 %]', 'patients'],
      rows: overall.map((each) => [
        each.metric,
        each.data === 'held_out' ? 'held-out rows' : 'stored predictions',
        withInterval(each),
        String(each.patients),
      ]),
    },
    charts: true,
  };
}

function sliceSection({ metrics }: ModelCard): Section {
  const slices = metrics.filter(({ slice, metric }) => slice !== 'all' && metric !== 'brier');
  const shown = slices.filter(({ patients }) => patients >= MIN_SLICE_PATIENTS);
  const left = slices.length - shown.length;
  return {
    title: 'Slices',
    paragraphs: [
      slices.length === 0
        ? 'None: the rows have no columns by which patients are divided.'
        : `The same for groups of patients. ${left === 0 ? 'No group is' : `${left} measurements of groups are`} left out for having fewer than ${MIN_SLICE_PATIENTS} patients.`,
    ],
    table: {
      columns: ['group', 'metric', 'value [95 %]', 'patients'],
      rows: shown.map((each) => [
        `${each.slice} ${each.sliceValue}`,
        each.metric,
        withInterval(each),
        String(each.patients),
      ]),
    },
  };
}

function coefficientSection({ coefficients, record }: ModelCard): Section {
  const linear = record.modelType.endsWith('_REG');
  return {
    title: 'Coefficients',
    paragraphs: [
      linear
        ? 'Weights of the model: of numbers in their units, of categories each its own. With the intercept they are the whole model.'
        : 'How much each predictor gained over all trees.',
    ],
    table: {
      columns: ['predictor', 'category', linear ? 'weight' : 'gain'],
      rows: coefficients.map(({ input, category, weight }) => [
        input,
        category ?? '',
        weight?.toPrecision(5) ?? '–',
      ]),
    },
  };
}

function driftSection({ drift }: ModelCard): Section {
  if (drift.length === 0) {
    return { title: 'Drift', paragraphs: ['Not checked. "healthmon models drift" does.'] };
  }
  return {
    title: 'Drift',
    paragraphs: [`Checked at ${drift[0]!.checkedAt}.`],
    table: {
      columns: ['what', 'input', 'metric', 'distance', 'moved'],
      rows: drift.map((each) => [
        each.kind,
        each.input,
        each.metric,
        each.value?.toFixed(4) ?? '–',
        each.isAnomaly ? 'yes' : 'no',
      ]),
    },
  };
}

function versionSection({ versions, events }: ModelCard): Section {
  return {
    title: 'Versions',
    paragraphs: versions.map(
      ({ version, stage, createdAt }) =>
        `${version}: ${stage}, trained at ${createdAt ?? 'an unknown time'}.`,
    ),
    table: {
      columns: ['at', 'version', 'event', 'by', 'reason'],
      rows: events.map(({ at, version, event, doneBy, reason }) => [at, version, event, doneBy, reason]),
    },
  };
}

function tripodSection({ tripod }: ModelCard): Section {
  return {
    title: 'TRIPOD+AI',
    paragraphs: ['Where each item of TRIPOD+AI (doi:10.1136/bmj-2023-078378) is said.'],
    table: {
      columns: ['item', 'topic', 'where'],
      rows: tripod.map(({ item, topic, section, text }) => [
        String(item),
        topic,
        section ?? (text === null ? 'TODO: the author' : 'the author'),
      ]),
    },
  };
}
