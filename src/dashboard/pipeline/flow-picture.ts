import { type Child, element } from '../../charts/markup.js';
import { type Caption, line, picture, text } from '../../charts/picture.js';

export interface Flow extends Caption {
  boxes: readonly {
    name: string;
    lines: readonly string[];
    column: number;
    row: number;
    isSilent?: boolean;
  }[];
  /** From one box to another, by their names, with what passes. */
  edges: readonly { from: string; to: string; label: string }[];
}

const BOX = { width: 168, height: 62 };
const STEP = { x: 262, y: 108 };
const MARGIN = { x: 8, y: 22 };

/** The services as boxes, and what flows between them. */
export function flowPicture(flow: Flow): string {
  const places = new Map(
    flow.boxes.map((box) => [
      box.name,
      { ...box, x: MARGIN.x + box.column * STEP.x, y: MARGIN.y + box.row * STEP.y },
    ]),
  );
  const columns = Math.max(...flow.boxes.map(({ column }) => column));
  const rows = Math.max(...flow.boxes.map(({ row }) => row));
  const size = {
    width: 2 * MARGIN.x + columns * STEP.x + BOX.width,
    height: 2 * MARGIN.y + rows * STEP.y + BOX.height,
  };
  return picture(
    'flow',
    flow,
    size,
    {},
    flow.edges.map(({ from, to, label }): Child => {
      const [a, b] = [places.get(from)!, places.get(to)!];
      const [x1, y1] = [a.x + BOX.width, a.y + BOX.height / 2];
      const [x2, y2] = [b.x - 7, b.y + BOX.height / 2];
      return [
        line('axis-line', x1, y1, x2, y2),
        element('path', { class: 'axis-line', d: `M${x2 - 7} ${y2 - 5}l9 5l-9 5` }),
        text((x1 + x2) / 2, (y1 + y2) / 2 - 6, 'small strong middle halo', label),
      ];
    }),
    [...places.values()].map(
      ({ name, lines, x, y, isSilent }): Child => [
        element('rect', { class: 'edge', x, y, width: BOX.width, height: BOX.height, rx: 5 }),
        element('rect', {
          class: isSilent ? 'technical' : 'row-head',
          x,
          y,
          width: 5,
          height: BOX.height,
          rx: 2,
        }),
        text(x + 14, y + 19, 'strong', name),
        lines.map((words, index) =>
          text(x + 14, y + 36 + index * 15, isSilent ? 'small technical' : 'small', words),
        ),
      ],
    ),
  );
}
