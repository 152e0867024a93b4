import { type Explanation, explanationOf } from '../model/explanation.js';
import { predictions } from '../model/predict.js';
import { readQuestion } from '../model/question.js';
import type { ModelTools } from '../model/tools.js';

export interface Prediction {
  /** The column that is predicted. */
  label: string;
  predicted: string;
  /** Null of a model that predicts a number. */
  probability: number | null;
  /** What tells the training that gave it from all others. */
  modelVersion: string;
  /** Event time of the reading that it was made from. */
  at: string;
  /** Null of a model whose predictions are not explained. */
  explanation: Explanation | null;
}

/** The outcome predicted from the newest joined reading; undefined when the patient is not in the joined table. */
export async function predictPatient(tools: ModelTools, patientId: string): Promise<Prediction | undefined> {
  const question = await readQuestion(tools);
  const explain = question.type === 'LOGISTIC_REG';
  const outcome = await tools.port.query(predictions(tools, question, { explain, limit: 1 }), {
    params: [{ name: 'patient', type: 'STRING', value: patientId }],
    signal: tools.signal,
    doing: 'predict',
  });
  const [row] = await outcome.rows();
  if (row === undefined) return undefined;
  return {
    label: question.label,
    predicted: String(row[`predicted_${question.label}`]),
    probability: row.probability === null ? null : Number(row.probability),
    modelVersion: question.version,
    at: String(row.event_timestamp ?? ''),
    explanation: explain ? explanationOf(row) : null,
  };
}
