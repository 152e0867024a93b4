import type { Page } from './markdown.js';

/**
 * The words after `healthmon` of every command line in a page: in code blocks and in code spans. Lines with
 * placeholders in capitals or an ellipsis count as well, because their options must exist all the same.
 */
export function healthmonCommands(page: Page): string[][] {
  const inBlocks = page.fences.flatMap(({ lines }) => joinContinued(lines));
  const spans = page.text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`(healthmon [^`]+)`/g);
  const inSpans = [...spans].map((match) => match[1]!.replaceAll('\n', ' '));
  return [...inBlocks, ...inSpans]
    .map(
      (line) =>
        /^(?:\$ |- (?:run: )?|run: )?(?:.*(?:&&|\||;|\$\(|!) )?(healthmon .*)$/.exec(line.trim())?.[1],
    )
    .filter((line) => line !== undefined)
    .map((line) => shellWords(line).slice(1))
    .filter((words) => !words.includes('…') && !words.includes('COMMAND'));
}

function joinContinued(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
}

/** The words of the first simple command of a line: quotes are taken off, a pipe, a redirection or a comment ends it. */
function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const sign of line) {
    if (quote !== undefined) {
      if (sign === quote) quote = undefined;
      else word += sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= '';
    } else if (/[|;&><)#]/.test(sign) && (word === undefined || sign !== '#')) {
      if (/[<>]/.test(sign) && /^\d$/.test(word ?? '')) word = undefined;
      break;
    } else if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + sign;
  }
  if (word !== undefined) words.push(word);
  return words;
}
