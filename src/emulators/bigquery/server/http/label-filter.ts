import { BigQueryError } from '../../errors.js';

type Labels = Record<string, string> | undefined;

/** `labels.key:value`, `labels.key` or several joined by spaces or AND, all of which must hold. */
export function labelFilter(filter: string | null): (labels: Labels) => boolean {
  const terms = (filter ?? '').split(/\s+/).filter((term) => term !== '' && term.toUpperCase() !== 'AND');
  const conditions = terms.map((term) => {
    const match = /^labels\.([^:=\s]+)(?::(.*)|=(.*))?$/.exec(term);
    if (match === null) {
      throw new BigQueryError('invalid', `Invalid filter expression: ${term}`, {
        location: 'filter',
        locationType: 'parameter',
      });
    }
    const value = match[2] ?? match[3];
    return { key: match[1]!, value: value === '*' ? undefined : value };
  });
  return (labels) =>
    conditions.every(({ key, value }) => {
      const actual = labels?.[key];
      return actual !== undefined && (value === undefined || actual === value);
    });
}
