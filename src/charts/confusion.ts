import { max, sum } from 'd3-array';
import { element } from './markup.js';
import { type Caption, cut, percent, picture, text } from './picture.js';

export interface ConfusionData extends Caption {
  labels: readonly string[];
  /** A row for each recorded outcome, in it a count for each predicted one, both in the order of the labels. */
  counts: readonly (readonly number[])[];
}

const CELL = { width: 118, height: 62 };
const HEAD = { left: 132, top: 62 };
/** Below this share of the fullest cell its number is written in the colour of text. */
const FAINT = 0.12;

/** Recorded against predicted outcomes: the count, and its share of the recorded ones. */
export function confusionChart(data: ConfusionData): string {
  const { labels, counts } = data;
  const highest = max(counts.flat()) || 1;
  const size = {
    width: HEAD.left + labels.length * CELL.width + 12,
    height: HEAD.top + labels.length * CELL.height + 12,
  };
  return picture(
    'confusion',
    data,
    size,
    {},
    text(HEAD.left + (labels.length * CELL.width) / 2, 22, 'muted middle', 'predicted'),
    text(8, HEAD.top - 12, 'muted', 'recorded'),
    labels.map((label, index) => [
      text(HEAD.left + (index + 0.5) * CELL.width, HEAD.top - 12, 'strong middle', cut(label, 15)),
      text(8, HEAD.top + (index + 0.5) * CELL.height + 4, 'strong', cut(label, 17)),
    ]),
    counts.map((row, down) => {
      const total = sum(row);
      return row.map((count, across) => {
        const x = HEAD.left + across * CELL.width;
        const y = HEAD.top + down * CELL.height;
        const share = total === 0 ? 0 : count / total;
        return element(
          'g',
          { class: across === down ? 'hit' : 'miss' },
          element('rect', { class: 'cell', x, y, ...CELL, 'fill-opacity': FAINT + 0.38 * (count / highest) }),
          across === down &&
            element('rect', {
              class: 'edge',
              x: x + 2,
              y: y + 2,
              width: CELL.width - 4,
              height: CELL.height - 4,
            }),
          text(x + CELL.width / 2, y + CELL.height / 2, 'strong middle', count.toLocaleString('en-GB')),
          text(x + CELL.width / 2, y + CELL.height / 2 + 17, 'small middle', percent(share, 1)),
        );
      });
    }),
  );
}
