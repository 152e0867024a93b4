import type { Mutation, ReadWriteView } from '../store/view.js';

export type Action = 'INSERT' | 'UPDATE' | 'DELETE';

/** What a statement is going to do: the writes, and what each of them is to a row. */
export interface Change {
  mutations: Mutation[];
  actions: Action[];
}

/** A statement that is checked; `run` finds the rows, and tells what to write. */
export interface ChangePlan {
  run(view: ReadWriteView): Promise<Change>;
}
