/** Where Google's emulator answers otherwise, by the name of a case. */
export interface DataDifference {
  /** What its steps give there. */
  official: readonly unknown[];
  why: string;
}

export const DATA_DIFFERENCES: Readonly<Record<string, DataDifference>> = {
  'foreign key: to a primary key': {
    why: 'The service does not tell the key.',
    official: [
      {
        code: 9,
        text: 'Foreign key `fk_a` constraint violation on table `R`. Cannot find referenced key `{Int64(5)}` in table `T`.',
      },
      'done',
      'done',
      {
        code: 9,
        text: 'Foreign key `fk_a` constraint violation when deleting or updating referenced key `{Int64(5)}` in table `T`. A row with that key exists in the referencing table `R`.',
      },
      'done',
      'done',
      [['1']],
    ],
  },
};
