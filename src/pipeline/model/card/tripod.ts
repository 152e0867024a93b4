/**
 * Items of TRIPOD+AI (Collins et al., BMJ 2024, doi:10.1136/bmj-2023-078378): what a report of a prediction model has to say.
 * What `section` of the card says the machine knows; the others only an author can.
 */
export const TRIPOD_ITEMS = [
  { item: 1, topic: 'Title: study, target population and outcome' },
  { item: 2, topic: 'Abstract' },
  { item: 3, topic: 'Background: medical context, intended use and users, known inequalities' },
  { item: 4, topic: 'Objectives' },
  { item: 5, topic: 'Data: sources and dates', section: 'Data' },
  { item: 6, topic: 'Participants: who, from where', section: 'Data' },
  { item: 7, topic: 'Data preparation', section: 'Statement' },
  { item: 8, topic: 'Outcome: definition', section: 'Outcome' },
  { item: 9, topic: 'Predictors: choice and definition', section: 'Predictors' },
  { item: 10, topic: 'Sample size', section: 'Data' },
  { item: 11, topic: 'Missing data', section: 'Predictors' },
  { item: 12, topic: 'Analytical methods: type of model, options, evaluation', section: 'Statement' },
  { item: 13, topic: 'Class imbalance', section: 'Outcome' },
  { item: 14, topic: 'Fairness', section: 'Slices' },
  { item: 15, topic: 'Model output: probability and threshold', section: 'Outcome' },
  { item: 16, topic: 'Training against evaluation', section: 'Data' },
  { item: 17, topic: 'Ethical approval' },
  { item: 18, topic: 'Open science: funding, interests, protocol, registration, data and code' },
  { item: 19, topic: 'Involvement of patients and the public' },
  { item: 20, topic: 'Participants: flow and numbers', section: 'Data' },
  { item: 21, topic: 'Model development: numbers in each analysis', section: 'Data' },
  { item: 22, topic: 'Model specification: all coefficients, or how to get them', section: 'Coefficients' },
  { item: 23, topic: 'Model performance with intervals', section: 'Performance' },
  { item: 24, topic: 'Model updating', section: 'Versions' },
  { item: 25, topic: 'Interpretation: results, fairness, earlier studies' },
  { item: 26, topic: 'Limitations' },
  { item: 27, topic: 'Use in current care' },
] as const satisfies readonly { item: number; topic: string; section?: string }[];

export interface TripodItem {
  item: number;
  topic: string;
  /** Section of the card that says it; null of an item that only an author can fill. */
  section: string | null;
  /** What the author wrote; null where nothing was, or need not be. */
  text: string | null;
}
