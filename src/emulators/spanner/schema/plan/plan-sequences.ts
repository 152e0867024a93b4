import { ServiceError } from '../../../serving/service-error.js';
import type { Sequence } from '../model.js';
import type { DdlStatement, SequenceChange } from '../parse/statements.js';
import { type Draft, invalid, refused } from './draft.js';
import { namesSequence } from './expressions.js';
import { checkIsFree, checkNameOf } from './names.js';
import { checkNoViews } from './plan-tables.js';
import { changed, checkHasKind, checkSkipRange, withOptions } from './sequence-settings.js';

export function createSequence(
  draft: Draft,
  { name, ifNotExists, clauses, options }: Extract<DdlStatement, { kind: 'create-sequence' }>,
): void {
  if (ifNotExists && draft.sequences.has(name.toLowerCase())) return;
  checkNameOf('Sequence', name);
  checkIsFree(draft, name);
  const { bitReversedPositive, skipRange, startWithCounter } = clauses;
  const hasClauses = bitReversedPositive || skipRange !== undefined || startWithCounter !== undefined;
  if (hasClauses && options.size > 0) {
    throw invalid(
      `The sequence properties can only be set in either clauses and options for the sequence ${name}`,
    );
  }
  checkSkipRange(skipRange, startWithCounter);
  const settings: Sequence = {
    id: draft.takeId(),
    name,
    kindIsWritten: bitReversedPositive,
    skipRange,
    startWithCounter,
    writtenAsOptions: options.size > 0,
  };
  const sequence = withOptions(settings, options);
  checkHasKind(draft, sequence);
  draft.sequences.set(name.toLowerCase(), sequence);
  draft.work.push({ kind: 'start-sequence', sequence });
}

export function alterSequence(draft: Draft, name: string, ifExists: boolean, change: SequenceChange): void {
  const sequence = draft.sequences.get(name.toLowerCase());
  if (sequence === undefined) {
    if (ifExists) return;
    throw notFound(name);
  }
  const { settings, restarts } = changed(sequence, change);
  draft.sequences.set(name.toLowerCase(), settings);
  if (restarts) draft.work.push({ kind: 'start-sequence', sequence: settings });
}

export function dropSequence(draft: Draft, name: string, ifExists: boolean): void {
  const sequence = draft.sequences.get(name.toLowerCase());
  if (sequence === undefined) {
    if (ifExists) return;
    throw notFound(name);
  }
  for (const table of draft.tables.values()) {
    const user = table.columns.find((column) => namesSequence(column.default ?? '', sequence.name));
    if (user !== undefined) {
      throw refused(
        `Cannot drop SEQUENCE \`${sequence.name}\` on which there is a dependent column: ${table.name}.${user.name}.`,
      );
    }
  }
  checkNoViews(draft, 'SEQUENCE', sequence.name);
  draft.sequences.delete(name.toLowerCase());
  draft.work.push({ kind: 'drop-sequence', sequence });
}

function notFound(name: string): ServiceError {
  return new ServiceError('NOT_FOUND', `Sequence not found: ${name}`);
}
