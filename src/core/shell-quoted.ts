/** A text as one word of a POSIX shell, in double quotes where nothing in it has a meaning there. */
export function shellQuoted(text: string): string {
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", `'\\''`)}'` : `"${text}"`;
}
