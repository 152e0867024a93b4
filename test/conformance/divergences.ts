import type { Ledger } from './support/ledger.js';

/** One reason for several examples of a page. */
function page(topic: string, reason: string, ...numbers: number[]): Ledger {
  return Object.fromEntries(numbers.map((number) => [`googlesql-docs/${topic}/${number}`, reason]));
}

/** Recorded cases of the service that the emulator answers differently. */
export const recordedDivergences: Ledger = {
  'specialized_types/spheroidal_buffer_street_match': 'places of circles differ in their last digits',
};

/** Small cases that were answered wrongly once, and still are. */
export const foundDivergences: Ledger = {
  transaction_after_caught_error: 'an error ends the transaction that it happens in',
  'column-named-as-dataset': 'the path in the case is not written with the dataset that the case runs in',
  safe_cast_swallows_its_argument: 'the text of the error says what in the date does not match',
  range_order_unbounded_start:
    'the order is right; the runner does not print ranges in arrays as the case does',
};

const noTable = 'the table is described only in the text around the example';
const noProtocolBuffers = 'BigQuery has no protocol buffers';
const notInBigQuery = 'GoogleSQL that BigQuery does not have';
const misprint = 'a misprint of the reference';

/** Examples that BigQuery refuses too: other products' syntax, tables that are not given, broken text. */
export const documentationOutOfScope: Ledger = {
  ...page('operators', noTable, 12),
  ...page('pipe-syntax', noTable, 3, 7, 21),
  ...page('string_functions', noTable, 40),
  ...page('window-function-calls', noTable, 12),
  ...page('conversion_functions', noProtocolBuffers, 10),
  ...page('operators', noProtocolBuffers, 5, 6, 8),
  ...page('pipe-syntax', notInBigQuery, 56, 57, 58, 59),
  ...page('conversion_functions', notInBigQuery, 7, 8),
  ...page('hash_functions', notInBigQuery, 3),
  ...page('format-elements', misprint, 39),
  ...page('operators', misprint, 34),
  ...page('statistical_aggregate_functions', misprint, 13),
  ...page('aggregate_functions', 'the service does not return arrays with NULL in them', 13),
  ...page('approximate_aggregate_functions', 'the service does not return arrays with NULL in them', 6),
};

/** Examples of the language reference that the emulator answers differently. */
export const documentationDivergences: Ledger = {
  ...page('query-syntax', 'SELECT WITH AGGREGATION_THRESHOLD is refused by name', 93),
};
