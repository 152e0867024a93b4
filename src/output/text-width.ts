import { stripVTControlCharacters } from 'node:util';

const PLAIN = /^[ -~]*$/;
const NO_ROOM = /^[\p{Mark}\u200b-\u200f\u2060\ufeff]+$/u;
/** Blocks that Unicode's EastAsianWidth.txt calls wide, and pictures. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;

let segmenter: Intl.Segmenter | undefined;

/** What a reader calls characters, styles left out. */
function characters(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en');
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function characterWidth(character: string): number {
  if (NO_ROOM.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Columns of a terminal that one line of text takes. */
export function textWidth(line: string): number {
  if (PLAIN.test(line)) return line.length;
  const text = stripVTControlCharacters(line);
  return characters(text).reduce((width, character) => width + characterWidth(character), 0);
}

/** Control characters but line ends and our own styles, as JSON writes them: a value must not steer the terminal. */
export function withoutControls(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(/\p{Cc}(\[[\d;]*m)?/gu, (found, rest = '') => {
    const control = found[0]!;
    if (control === '\n' || (control === '\u001b' && rest !== '')) return found;
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}${rest}`;
  });
}

/** Where a word may be cut when it must be. */
const SEAM = /[_/,.:;|=-]/;

/** Cuts text into lines of at most `width` columns: between words if it can, or else after a sign within one. */
export function fold(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => (textWidth(line) <= width ? [line] : foldLine(line, width)));
}

function foldLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  let currentWidth = 0;
  for (const word of line.split(/ +/)) {
    const wordWidth = textWidth(word);
    if (current !== '' && currentWidth + 1 + wordWidth > width) {
      lines.push(current);
      current = '';
      currentWidth = 0;
    }
    const pieces = wordWidth > width ? cut(word, width) : [word];
    lines.push(...pieces.slice(0, -1));
    const last = pieces.at(-1)!;
    current = current === '' ? last : `${current} ${last}`;
    currentWidth = textWidth(current);
  }
  return [...lines, current];
}

function cut(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece: string[] = [];
  let pieceWidth = 0;
  for (const character of characters(word)) {
    const size = characterWidth(character);
    if (piece.length > 0 && pieceWidth + size > width) {
      const seam = piece.findLastIndex((each) => SEAM.test(each)) + 1;
      const end = seam > piece.length / 2 ? seam : piece.length;
      pieces.push(piece.slice(0, end).join(''));
      piece = piece.slice(end);
      pieceWidth = textWidth(piece.join(''));
    }
    piece.push(character);
    pieceWidth += size;
  }
  return [...pieces, piece.join('')];
}
