import { type Child, element, Markup } from '../../../charts/markup.js';
import { standalonePage } from '../plot.js';
import type { CardWithCharts } from './read-card.js';
import { type Section, sectionsOf } from './sections.js';

/** The card as a page that needs nothing else and prints well. */
export function cardHtml({ card, charts }: CardWithCharts): string {
  const sections = sectionsOf(card).map((section) => htmlOf(section, charts));
  return standalonePage(`Model card of ${card.version}`, [
    element('h1', {}, `Model card of ${card.version}`),
    element('main', { class: 'card' }, sections),
  ]);
}

function htmlOf(
  { title, paragraphs, table, code, charts: hasCharts }: Section,
  charts: readonly string[],
): Markup {
  const parts: Child[] = [element('h2', {}, title)];
  parts.push(paragraphs.map((text) => element('p', {}, text)));
  if (code !== undefined) parts.push(element('pre', { tabindex: '0' }, code));
  if (table !== undefined && table.rows.length > 0) {
    const cells = (row: readonly string[]) => row.map((cell) => element('td', {}, cell));
    parts.push(
      element(
        'div',
        { class: 'scroll' },
        element(
          'table',
          {},
          element('caption', {}, title),
          element(
            'thead',
            {},
            element(
              'tr',
              {},
              table.columns.map((column) => element('th', { scope: 'col' }, column)),
            ),
          ),
          element(
            'tbody',
            {},
            table.rows.map((row) => element('tr', {}, cells(row))),
          ),
        ),
      ),
    );
  }
  if (hasCharts) {
    parts.push(
      element(
        'div',
        { class: 'charts' },
        charts.map((chart) => element('figure', {}, new Markup(chart))),
      ),
    );
  }
  return element('section', {}, parts);
}

/** The card in GitHub's Markdown; charts are in the HTML alone. */
export function cardMarkdown({ card }: CardWithCharts): string {
  const sections = sectionsOf(card).map(({ title, paragraphs, table, code }) =>
    [
      `## ${title}`,
      ...paragraphs.map(escaped),
      ...(code === undefined ? [] : [`${FENCE}sql\n${code}\n${FENCE}`]),
      ...(table === undefined || table.rows.length === 0
        ? []
        : [
            [table.columns, table.columns.map(() => '---'), ...table.rows.map((row) => row.map(escaped))]
              .map((row) => `| ${row.join(' | ')} |`)
              .join('\n'),
          ]),
    ].join('\n\n'),
  );
  return `${[`# Model card of ${card.version}`, ...sections].join('\n\n')}\n`;
}

const FENCE = '```';

/** Text of a cell: no new line, and no sign that Markdown or HTML would take for its own. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|#]/g, '\\$&').replaceAll(/\s*\n\s*/g, ' ');
}
