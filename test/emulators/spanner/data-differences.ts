/** Where Google's emulator answers otherwise, by the name of a case. */
export interface DataDifference {
  /** What its steps give there. */
  official: readonly unknown[];
  why: string;
}

export const DATA_DIFFERENCES: Readonly<Record<string, DataDifference>> = {};
