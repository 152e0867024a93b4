import type { ComponentChildren, VNode } from 'preact';
import { shellQuoted } from '../../core/shell-quoted.js';
import { bytesText } from '../metered.js';
import type { Page, Part, Query, Snapshot, Table } from '../page.js';
import { addressWith } from '../query-state.js';
import { Scrolling } from '../raw.js';
import { timeText } from '../words.js';
import type { Answer, Row, Tile, TileQuery } from './tile.js';
import type { TileReader } from './tile-reader.js';

export interface TilesPageOptions {
  path: string;
  nav: string;
  reader: TileReader;
  tiles(query: Query): Tile[] | Promise<Tile[]>;
  /** Above the tiles. */
  head?(query: Query): VNode | Promise<VNode>;
}

/** A page of tiles. `?tile=ID` with `.csv` gives the rows of one, without it those of all in long form. */
export function tilesPage({ path, nav, reader, tiles, head }: TilesPageOptions): Page {
  return {
    path,
    nav,
    title: () => nav,
    intervalMs: reader.maxAgeMs,
    async read(_params, query) {
      const shown = await tiles(query);
      const isFresh = query.get('fresh') === 'yes';
      const [top, ...answers] = await Promise.all([
        head?.(query),
        ...shown.map((tile) => reader.read(tile, isFresh)),
      ]);
      const asked = shown.map((tile, index) => ({ tile, answer: answers[index]! }));
      return tilesSnapshot({ path, nav, query, asked, top });
    },
  };
}

export interface Asked {
  tile: Tile;
  answer: Answer;
}

interface TilesView {
  path: string;
  nav: string;
  query: Query;
  asked: readonly Asked[];
  top: VNode | undefined;
}

export function tilesSnapshot({ path, nav, query, asked, top }: TilesView): Snapshot {
  const parts: Part[] = asked.map(({ tile, answer }) => ({
    id: tile.id,
    key: JSON.stringify([tile.ask, answer.rows, answer.error]),
    draw: () => <TileBox path={path} query={query} tile={tile} answer={answer} />,
  }));
  const bytes = asked.reduce((sum, { answer }) => sum + answer.bytes, 0);
  return {
    data: Object.fromEntries(
      asked.map(({ tile: { id, title, ask }, answer }) => [
        id,
        { title, ...('sql' in ask ? ask : { command: ask.command }), ...answer },
      ]),
    ),
    table: () => tableOf(asked, query.get('tile')),
    parts: [
      ...parts,
      {
        id: 'read',
        key: JSON.stringify([bytes, asked.map(({ answer }) => answer.readAt)]),
        draw: () => <ReadLine {...{ path, query, bytes, asked }} />,
      },
    ],
    body: (drawn) => (
      <>
        <h1>{nav}</h1>
        {top}
        {drawn('read')}
        <div class="tiles">{asked.map(({ tile }) => drawn(tile.id))}</div>
      </>
    ),
  };
}

interface ReadLineProps {
  path: string;
  query: Query;
  bytes: number;
  asked: readonly Asked[];
}

function ReadLine({ path, query, bytes, asked }: ReadLineProps) {
  const oldest = asked.map(({ answer }) => answer.readAt).sort()[0];
  return (
    <p id="read" class="muted">
      {oldest !== undefined && `Asked at ${timeText(oldest)} UTC. `}
      BigQuery read {bytesText(bytes)} for this page.{' '}
      <a href={addressWith(path, query, { fresh: 'yes' })}>Ask again</a>
    </p>
  );
}

interface TileBoxProps {
  path: string;
  query: Query;
  tile: Tile;
  answer: Answer;
}

function TileBox({ path, query, tile, answer: { rows, error } }: TileBoxProps) {
  const { id, title, about, wide, ask, draw } = tile;
  return (
    <section id={id} class={wide ? 'tile wide' : 'tile'} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <p>{about}</p>
      {error !== null ? (
        <p class="technical">⌁ {error}</p>
      ) : rows.length === 0 ? (
        <p>Nothing yet.</p>
      ) : (
        draw(rows)
      )}
      <details>
        <summary>
          {'sql' in ask ? 'SQL' : 'Command'}
          <span class="unseen"> of {title}</span>
        </summary>
        <pre>{'sql' in ask ? ask.sql : ask.command}</pre>
        {'sql' in ask && ask.params.length > 0 && (
          <p>
            With <code>{parameterText(ask)}</code>
          </p>
        )}
      </details>
      <a class="csv" href={addressWith(`${path}.csv`, query, { tile: id })}>
        CSV<span class="unseen"> of {title}</span>
      </a>
    </section>
  );
}

/** As "healthmon query" takes them. */
export function parameterText({ params }: TileQuery): string {
  return params
    .map(({ name, type, value }) => `--param ${shellQuoted(`${name}:${type}=${value}`)}`)
    .join(' ');
}

function tableOf(asked: readonly Asked[], id: string | null): Table {
  const one = asked.find(({ tile }) => tile.id === id);
  if (one !== undefined) {
    const columns = Object.keys(one.answer.rows[0] ?? {});
    return { columns, rows: one.answer.rows.map((row) => columns.map((name) => row[name])) };
  }
  return {
    columns: ['tile', 'row', 'column', 'value'],
    rows: asked.flatMap(({ tile, answer }) =>
      answer.rows.flatMap((row, index) =>
        Object.entries(row).map(([name, value]) => [tile.id, index + 1, name, value]),
      ),
    ),
  };
}

interface RowsProps {
  rows: readonly Row[];
  label: string;
  columns: readonly { name: string; title: string; text?(value: unknown, row: Row): ComponentChildren }[];
}

/** Rows as a table, numbers to the right. */
export function Rows({ rows, columns, label }: RowsProps) {
  const kind = (name: string) =>
    rows.every((row) => row[name] === null || isNumber(row[name])) ? 'number' : undefined;
  return (
    <Scrolling label={label}>
      <table class="plain">
        <thead>
          <tr>
            {columns.map(({ name, title }) => (
              <th key={name} scope="col" class={kind(name)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={JSON.stringify(row)}>
              {columns.map(({ name, text = plain }) => (
                <td key={name} class={kind(name)}>
                  {text(row[name], row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function plain(value: unknown): string {
  if (isNumber(value)) return value.toLocaleString('en-GB');
  return value === null || value === undefined ? '–' : String(value);
}
