/** A pattern of LIKE as a regular expression of the whole text. */
export function likePattern(pattern: string): string {
  return pattern.replace(/%+|\\(.?)|[\s\S]/gsu, (token, escaped: string | undefined) => {
    if (token.startsWith('%')) return '.*';
    if (token === '_') return '.';
    if (escaped === '') throw new Error('LIKE pattern ends with a backslash');
    return (escaped ?? token).replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  });
}
