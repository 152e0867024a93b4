import type { ComponentChildren } from 'preact';
import { ageText } from '../core/number-text.js';
import { packageVersion } from '../core/package-root.js';
import type { FeedClock } from './page.js';
import { timeText } from './words.js';

/** Seconds without anything newer after which a page says so. */
export const SILENCE_SECONDS = 10;

export interface LayoutProps {
  title: string;
  /** Path and query. */
  address: string;
  pages: readonly { path: string; nav: string }[];
  target: string;
  /** Null when the page is not live. */
  intervalMs: number | null;
  feed: FeedClock | null;
  /** What the page was read from, and at what cost. */
  reads: string;
  children: ComponentChildren;
}

/** The frame of every page. */
export function Layout({ title, address, pages, target, intervalMs, feed, reads, children }: LayoutProps) {
  const [path = '/', search] = address.split('?');
  const beside = (format: string) =>
    `${path === '/' ? '/ward' : path}.${format}${search ? `?${search}` : ''}`;
  const current = pages.find((page) => page.path === path);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} – healthmon`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/dashboard.css" />
        <script type="module" src="/assets/dashboard.js" />
      </head>
      <body data-view={address} data-interval={intervalMs ?? undefined}>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <span class="brand">healthmon</span>
          <nav aria-label="Pages">
            <ul>
              {pages.map((page) => (
                <li key={page.path}>
                  <a href={page.path} aria-current={page === current ? 'page' : undefined}>
                    {page.nav}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <Clock feed={feed} isLive={intervalMs !== null} />
        </header>
        <Banner feed={feed} />
        <div id="announcements" class="unseen" role="status" aria-live="polite" />
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <footer>
          <p>
            The part of NEWS2 (RCP 2017) that sensors give. <strong>Not a medical device.</strong>
          </p>
          <p>
            <a href={beside('json')}>JSON</a> <a href={beside('csv')}>CSV</a> {reads}
          </p>
          <p>
            {target}, healthmon {packageVersion()}
          </p>
        </footer>
      </body>
    </html>
  );
}

function Clock({ feed, isLive }: { feed: FeedClock | null; isLive: boolean }) {
  return (
    <div class="clock">
      {feed !== null && (
        <span>
          data as of{' '}
          <time id="as-of" dateTime={feed.asOf ?? undefined}>
            {feed.asOf === null ? 'never' : `${timeText(feed.asOf)} UTC`}
          </time>
        </span>
      )}
      <span id="state" class="state">
        {isLive ? 'as loaded' : 'not live'}
      </span>
      {isLive && (
        <button id="pause" type="button" aria-pressed="false" aria-keyshortcuts="p" hidden>
          Pause <kbd>P</kbd>
        </button>
      )}
    </div>
  );
}

/** What keeps the page from being up to date: a technical state, in words and in cyan. */
function Banner({ feed }: { feed: FeedClock | null }) {
  const silent = feed === null ? 0 : feed.silentSeconds;
  const isSilent = silent >= SILENCE_SECONDS;
  return (
    <p id="banner" class="banner" data-silence={SILENCE_SECONDS} hidden={!isSilent}>
      {isSilent ? `No new reading for ${ageText(silent)}. Values stay as they were.` : ''}
    </p>
  );
}
