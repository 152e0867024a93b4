/** `text` without the `character`s at its end, in linear time, which `/0+$/` is not. */
export function trimEndOf(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
