import type { Schema, SequenceSettings } from '../model.js';
import { SEQUENCE_KIND } from '../parse/parse-sequences.js';
import type { Options, SequenceChange } from '../parse/statements.js';
import { invalid, refused } from './draft.js';

export function hasDefaultKind({ options }: Schema): boolean {
  return options.get('default_sequence_kind') === SEQUENCE_KIND;
}

export function checkSkipRange(range: SequenceSettings['skipRange'], startWithCounter?: bigint): void {
  if (startWithCounter !== undefined && startWithCounter < 1n) {
    throw refused('`start_with_counter` has to be a positive INT64 number');
  }
  if (range === undefined) return;
  if (range.min > range.max) {
    throw refused('`skip_range_min` has to be lesser than or equal to `skip_range_max`');
  }
  if (range.max < 1n) throw refused('The sequence skipped range has to contain at least one positive value');
}

/** Settings with what options say anew; null unsets one. */
export function withOptions<S extends SequenceSettings>(settings: S, options: Options): S {
  let { kindIsWritten, startWithCounter } = settings;
  let { min, max }: { min?: bigint | undefined; max?: bigint | undefined } = settings.skipRange ?? {};
  for (const [name, value] of options) {
    if (name === 'sequence_kind') {
      if (typeof value !== 'string') throw refused(`Option ${name} can only take a string value.`);
      kindIsWritten = true;
      continue;
    }
    if (value !== null && typeof value !== 'bigint') {
      throw refused(`Option ${name} can only take a integer value.`);
    }
    if (name === 'start_with_counter') startWithCounter = value ?? undefined;
    else if (name === 'skip_range_min') min = value ?? undefined;
    else max = value ?? undefined;
  }
  if ((min === undefined) !== (max === undefined)) {
    throw refused('`skip_range_min` and `skip_range_max` have to be set together');
  }
  const skipRange = min === undefined || max === undefined ? undefined : { min, max };
  checkSkipRange(skipRange, startWithCounter);
  return { ...settings, kindIsWritten, startWithCounter, skipRange };
}

export function checkKind(kind: string): void {
  if (kind !== SEQUENCE_KIND) throw refused(`Invalid Sequence Kind: ${kind}.`);
}

export function checkHasKind(schema: Schema, { kindIsWritten }: SequenceSettings): void {
  if (kindIsWritten || hasDefaultKind(schema)) return;
  throw invalid(
    'The sequence does not have a valid sequence kind. Please specify the sequence kind explicitly or set the database option `default_sequence_kind`.',
  );
}

/** Settings after a change, and whether the counter starts over. */
export function changed<S extends SequenceSettings>(
  settings: S,
  change: SequenceChange,
): { settings: S; restarts: boolean } {
  switch (change.kind) {
    case 'restart':
      checkSkipRange(undefined, change.counter);
      return { settings: { ...settings, startWithCounter: change.counter }, restarts: true };
    case 'skip-range': {
      const skipRange = { min: change.min, max: change.max };
      checkSkipRange(skipRange);
      return { settings: { ...settings, skipRange }, restarts: false };
    }
    case 'no-skip-range':
      return { settings: { ...settings, skipRange: undefined }, restarts: false };
    case 'options':
      return {
        settings: withOptions(settings, change.options),
        restarts: change.options.has('start_with_counter'),
      };
  }
}
