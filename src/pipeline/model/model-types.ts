export interface ModelType {
  /** `modelType` of REST. */
  rest: string;
  /** Tells outcomes apart, rather than giving a number. */
  classifies: boolean;
  /** Outcomes that it tells apart at the most. */
  maxOutcomes?: number;
  /** Whether its coefficients say what each feature adds. */
  linear: boolean;
}

/** Types that can be trained, as MODEL_TYPE has them. */
export const MODEL_TYPES = {
  LOGISTIC_REG: { rest: 'LOGISTIC_REGRESSION', classifies: true, maxOutcomes: 50, linear: true },
  LINEAR_REG: { rest: 'LINEAR_REGRESSION', classifies: false, linear: true },
  BOOSTED_TREE_CLASSIFIER: {
    rest: 'BOOSTED_TREE_CLASSIFIER',
    classifies: true,
    maxOutcomes: 1000,
    linear: false,
  },
  BOOSTED_TREE_REGRESSOR: { rest: 'BOOSTED_TREE_REGRESSOR', classifies: false, linear: false },
} as const satisfies Record<string, ModelType>;

export type ModelTypeName = keyof typeof MODEL_TYPES;

/** Undefined of a type that is none of ours. */
export function typeOfRest(rest: string): ModelTypeName | undefined {
  return (Object.keys(MODEL_TYPES) as ModelTypeName[]).find((name) => MODEL_TYPES[name].rest === rest);
}
