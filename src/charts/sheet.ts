import { Markup } from './markup.js';
import { type Caption, picture } from './picture.js';

const GAP = 24;

/** Pictures in rows of two, as one picture. */
export function sheet(caption: Caption, pictures: readonly string[]): string {
  let [y, width] = [GAP, 0];
  const placed: Markup[] = [];
  for (let index = 0; index < pictures.length; index += 2) {
    let [x, height] = [GAP, 0];
    for (const svg of pictures.slice(index, index + 2)) {
      const size = sizeOf(svg);
      placed.push(new Markup(svg.replace('<svg ', `<svg x="${x}" y="${y}" `)));
      x += size.width + GAP;
      height = Math.max(height, size.height);
    }
    y += height + GAP;
    width = Math.max(width, x);
  }
  return picture('sheet', caption, { width, height: y }, {}, placed);
}

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /^<svg [^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}
