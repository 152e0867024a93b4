// Keeps a page up to date: one stream for all tabs of a browser, whose parts replace those of the page by their ids.

import { ageText, timeText } from './words.js';

const view = document.body.dataset.view;
const intervalMs = Number(document.body.dataset.interval ?? 0);
const stateText = document.getElementById('state');
const asOf = document.getElementById('as-of');
const banner = document.getElementById('banner');
const announcements = document.getElementById('announcements');
const pauseButton = document.getElementById('pause');
/** Without anything from the stream for this long it counts as broken. */
const BROKEN_MS = Math.max(3 * intervalMs, 6_000) + 4_000;
const REDRAW_MS = 1_000;

let isPaused = false;
let heardMs = Date.now();
let beat;
let trouble = '';

// Parts of the page.

function apply({ parts, order }) {
  const focus = focusedPlace();
  const shown = document.querySelector('.column.shown');
  const list = document.querySelector('[data-list]');
  const before = list === null ? undefined : positionsOf(list);
  const risks = list === null ? undefined : risksOf(list);
  for (const [id, html] of Object.entries(parts ?? {})) replace(id, html, list);
  if (list !== null && order !== undefined) arrange(list, order);
  if (before !== undefined) slide(list, before);
  if (risks !== undefined) announceNew(list, risks);
  restoreFocus(focus);
  if (shown !== null && !shown.isConnected) readAgain(shown.dataset.time);
}

function replace(id, html, list) {
  const template = document.createElement('template');
  template.innerHTML = html;
  const next = template.content.firstElementChild;
  if (next === null) return;
  const present = document.getElementById(id);
  if (present === null) {
    if (next.tagName === 'TR') list?.append(next);
    return;
  }
  if (present.isEqualNode(next)) return;
  const opened = [...present.querySelectorAll('details')].map(({ open }) => open);
  [...next.querySelectorAll('details')].forEach((details, index) => {
    details.open = opened[index] ?? details.open;
  });
  present.replaceWith(next);
}

function arrange(list, order) {
  const wanted = new Set(order);
  for (const row of [...list.children]) if (!wanted.has(row.id)) row.remove();
  let place = list.firstElementChild;
  for (const id of order) {
    const row = document.getElementById(id);
    if (row === null) continue;
    if (row === place) place = place.nextElementSibling;
    else list.insertBefore(row, place);
  }
}

function positionsOf(list) {
  return new Map([...list.children].map((row) => [row.id, row.getBoundingClientRect().top]));
}

/** Lets rows glide to where they belong, so that an eye can follow them. */
function slide(list, before) {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  for (const row of list.children) {
    const from = before.get(row.id);
    const by = from === undefined ? 0 : from - row.getBoundingClientRect().top;
    if (Math.abs(by) < 2) continue;
    row.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }], {
      duration: 400,
      easing: 'ease-out',
    });
  }
}

function risksOf(list) {
  return new Map([...list.children].map((row) => [row.id, row.dataset.risk]));
}

/** Says a new emergency once, politely. */
function announceNew(list, before) {
  const worse = [...list.children].filter(
    (row) => row.dataset.risk === 'emergency' && before.has(row.id) && before.get(row.id) !== 'emergency',
  );
  if (worse.length === 0) return;
  const names = worse.map((row) => row.querySelector('.patient')?.textContent ?? '');
  announcements.textContent = `New emergency: patient ${names.join(', ')}`;
}

const FOCUSABLE = 'a, button, input, summary, [tabindex]';

/** The nearest element with an id, and which of those within it that take the focus; -1 for itself. */
function focusedPlace() {
  const element = document.activeElement;
  const part = element?.closest('[id]');
  if (!part || element === document.body) return undefined;
  return { element, id: part.id, index: [...part.querySelectorAll(FOCUSABLE)].indexOf(element) };
}

function restoreFocus(place) {
  if (place === undefined || place.element.isConnected) return;
  const part = document.getElementById(place.id);
  const element = place.index < 0 ? part : part?.querySelectorAll(FOCUSABLE)[place.index];
  element?.focus({ preventScroll: true });
}

// Age, silence and state.

function setText(element, text) {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

/** Ages stand still while the page is paused: so does what they are the age of. */
function showAges() {
  if (!beat?.feed?.asOf) return;
  setText(asOf, `${timeText(beat.feed.asOf)} UTC`);
  const nowMs = Date.parse(beat.feed.asOf);
  for (const cell of document.querySelectorAll('[data-at]')) {
    const seconds = Math.max(0, Math.round((nowMs - Date.parse(cell.dataset.at)) / 1000));
    setText(cell.querySelector('[data-age]'), ageText(seconds));
  }
}

function showState() {
  const brokenMs = Date.now() - heardMs;
  const isBroken = brokenMs > BROKEN_MS;
  setText(
    stateText,
    isPaused ? 'paused' : isBroken ? 'disconnected' : beat === undefined ? 'connecting' : '● live',
  );
  stateText.classList.toggle('technical', isPaused || isBroken);
  const silentSeconds = beat?.feed?.silentSeconds ?? 0;
  const text = isPaused
    ? ''
    : isBroken
      ? `No connection for ${ageText(Math.round(brokenMs / 1000))}. What you see is not up to date.`
      : trouble !== ''
        ? `${trouble} What you see is not up to date.`
        : silentSeconds >= Number(banner.dataset.silence)
          ? `No new reading for ${ageText(silentSeconds)}. Values stay as they were.`
          : '';
  setText(banner, text);
  banner.hidden = text === '';
}

function hear({ event, data }) {
  heardMs = Date.now();
  if (data.view !== view) return;
  if (event === 'trouble') trouble = data.message;
  else trouble = '';
  if (event === 'beat') beat = data;
  if (isPaused) return;
  if (event === 'update') apply(data);
  showAges();
  showState();
}

// One stream for all tabs: who holds the lock has it and passes on what it hears.

const channel = new BroadcastChannel('healthmon');
const tab = crypto.randomUUID();
const wanted = new Map();
let source;
let sourceOf = '';
let release;
let opening;

function openStream() {
  clearTimeout(opening);
  opening = setTimeout(() => {
    const views = [...new Set(wanted.values())].sort();
    const query = new URLSearchParams(views.map((each) => ['view', each]));
    if (source !== undefined && source.readyState !== EventSource.CLOSED && sourceOf === query.toString())
      return;
    source?.close();
    sourceOf = query.toString();
    source = new EventSource(`/live?${query}`);
    for (const event of ['update', 'beat', 'trouble']) {
      source.addEventListener(event, (message) => {
        const heard = { event, data: JSON.parse(message.data) };
        channel.postMessage({ heard });
        hear(heard);
      });
    }
    source.addEventListener('error', () => {
      // Refused, and not only broken off: the browser does not try again by itself.
      if (source?.readyState === EventSource.CLOSED && release !== undefined) setTimeout(openStream, 5_000);
    });
  }, 50);
}

function lead() {
  if (release !== undefined) return;
  navigator.locks
    .request('healthmon-live', { signal: leaving.signal }, () => {
      wanted.set(tab, view);
      channel.postMessage({ who: true });
      openStream();
      return new Promise((resolve) => {
        release = resolve;
      });
    })
    .catch(() => {});
}

let leaving = new AbortController();

function look() {
  leaving = new AbortController();
  heardMs = Date.now();
  channel.postMessage({ tab, wants: view });
  lead();
}

/** A tab that nobody sees needs no news. */
function lookAway() {
  leaving.abort();
  channel.postMessage({ tab, wants: null });
  clearTimeout(opening);
  source?.close();
  source = undefined;
  wanted.clear();
  release?.();
  release = undefined;
}

channel.addEventListener('message', ({ data }) => {
  if (data.heard !== undefined && release === undefined && isLooking()) hear(data.heard);
  if (data.who && isLooking()) channel.postMessage({ tab, wants: view });
  if (data.tab === undefined || release === undefined) return;
  if (data.wants === null) wanted.delete(data.tab);
  else wanted.set(data.tab, data.wants);
  openStream();
});

function isLooking() {
  return document.visibilityState === 'visible' && !isPaused;
}

function pause(value) {
  isPaused = value;
  pauseButton.setAttribute('aria-pressed', String(value));
  pauseButton.firstChild.textContent = value ? 'Resume ' : 'Pause ';
  if (value) lookAway();
  else look();
  showState();
}

if (intervalMs > 0) {
  pauseButton.hidden = false;
  pauseButton.addEventListener('click', () => pause(!isPaused));
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (event.key.toLowerCase() === 'p' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      pause(!isPaused);
    }
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') lookAway();
    else if (!isPaused) look();
  });
  addEventListener('pagehide', lookAway);
  addEventListener('pageshow', (event) => {
    if (event.persisted && isLooking()) look();
  });
  setInterval(showState, REDRAW_MS);
  if (document.visibilityState === 'visible') look();
}

// The crosshair of a chart of readings: by mouse and by keys, and in words.

function readAt(chart, column) {
  for (const other of chart.querySelectorAll('.column.shown')) other.classList.remove('shown');
  const crosshair = chart.querySelector('.crosshair');
  crosshair.classList.add('shown');
  for (const end of ['x1', 'x2']) crosshair.setAttribute(end, column.dataset.x);
  column.classList.add('shown');
  setText(chart.closest('figure').querySelector('.reading-text'), column.dataset.text);
}

function columnsOf(chart) {
  return [...chart.querySelectorAll('.column')];
}

/** In a chart that was drawn anew. */
function readAgain(time) {
  const column = document.querySelector(`.column[data-time="${CSS.escape(time)}"]`);
  if (column !== null) readAt(column.closest('[data-chart="observations"]'), column);
}

document.addEventListener('pointermove', ({ target, clientX }) => {
  const chart = target.closest?.('[data-chart="observations"]');
  if (!chart) return;
  const box = chart.getBoundingClientRect();
  const x = ((clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
  const distance = (column) => Math.abs(Number(column.dataset.x) - x);
  const columns = columnsOf(chart);
  if (columns.length === 0) return;
  readAt(
    chart,
    columns.reduce((near, column) => (distance(column) < distance(near) ? column : near)),
  );
});

document.addEventListener('keydown', (event) => {
  const chart = event.target.closest?.('[data-chart="observations"]');
  if (!chart) return;
  const columns = columnsOf(chart);
  const at = columns.findIndex((column) => column.classList.contains('shown'));
  const last = columns.length - 1;
  const to = { ArrowLeft: at < 0 ? last : at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
  const column = columns[Math.min(last, Math.max(0, to ?? -1))];
  if (to === undefined || column === undefined) return;
  event.preventDefault();
  readAt(chart, column);
});

// Forms have nowhere to go: what they ask for is an address.
document.addEventListener('submit', (event) => {
  event.preventDefault();
  const address = new URL(location.href);
  for (const [name, value] of new FormData(event.target)) {
    if (value === '') address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  address.searchParams.delete('page');
  location.assign(address);
});
