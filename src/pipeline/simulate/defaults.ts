/** Of messages that need one, when none is named. */
export const DEFAULT_SCENARIO = 'mixed';
