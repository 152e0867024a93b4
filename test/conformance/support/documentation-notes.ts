/** What has to be known about single examples of the language reference to run and compare them. */

const page = (topic: string, ...numbers: number[]) =>
  numbers.map((number) => `googlesql-docs/${topic}/${number}`);

/** Examples that read a table which another example of the page defines: its name and that example. */
export const tableExamples: Readonly<Record<string, readonly [table: string, id: string]>> = {
  ...Object.fromEntries(
    page('window-function-calls', 4, 10, 11, 13).map((id) => [
      id,
      ['Produce', 'googlesql-docs/window-function-calls/1'] as const,
    ]),
  ),
  'googlesql-docs/query-syntax/19': ['Produce', 'googlesql-docs/query-syntax/13'],
  'googlesql-docs/arrays/2': ['Sequences', 'googlesql-docs/arrays/1'],
};

/** Examples whose ORDER BY leaves ties, or whose rows the reference prints in another order than it asks for. */
export const tiedOrders: ReadonlySet<string> = new Set([
  ...page('string_functions', 11),
  ...page('query-syntax', 47),
]);

/** Examples whose printed table breaks cells over lines or counts its border as a row. */
export const brokenTables: ReadonlySet<string> = new Set([
  ...page('query-syntax', 7, 36),
  ...page('string_functions', 87),
]);

/** Examples that number tied rows, so that the name in the first column may belong to either of two. */
export const tiedNames: ReadonlySet<string> = new Set([...page('numbering_functions', 5, 7, 8)]);
