import type { Dialect } from './dialect.js';

/**
 * What `next` found. `more`: the text ends within a record. `record`: `fields`, `count`, `quoted` and `line`
 * describe one. `broken`: a record whose quotes cannot be read; it is taken to be one physical line. `tooLong`:
 * nothing but one endless line.
 */
export type Step = 'more' | 'record' | 'broken' | 'tooLong' | 'end';

export type Breakage = 'unclosed quote' | 'text after a closing quote' | 'quote within an unquoted field';

/** Characters of one record. Beyond it an unclosed quote is assumed; memory stays bounded. */
export const MAX_RECORD_CHARACTERS = 16 * 1024 * 1024;

const LF = 10;
const CR = 13;

/**
 * Splits CSV text into records, as RFC 4180 describes, with LF, CRLF or CR at the end of lines. The fields of the
 * record at hand are in arrays that the next record reuses.
 *
 * Every field is cut from the text once and looked at once, which no general parser for Node does: csv-parse
 * copies byte by byte, and the fast ones give no line numbers or do not take quotes and line ends as they come.
 */
export class RecordSplitter {
  readonly fields: string[] = [];
  /** Fields of this record; `fields` may be longer. */
  count = 0;
  /** 1 where the field was quoted. */
  readonly quoted: number[] = [];
  /** Physical line on which the record starts, from 1. */
  line = 1;
  breakage: Breakage = 'unclosed quote';
  /** Empty lines are records of one empty field: true for files of one column. */
  emptyLinesCount = false;

  readonly #delimiter: number;
  readonly #quote: number;
  readonly #quoteText: string;
  readonly #escape: number;
  readonly #escapedQuote: string;
  #text = '';
  #position = 0;
  #recordStart = 0;
  #recordEnd = 0;
  #nextLine = 1;
  #final = false;
  /** The text holds no further record, as far as it goes. */
  #exhausted = false;
  readonly #pending: string[] = [];
  #pendingLength = 0;
  /** Line breaks within the quoted fields of the record so far. */
  #linesInQuotes = 0;
  /** Where the field that is being read begins, and the lines before it in its record. */
  #fieldStart = 0;
  #linesBeforeField = 0;

  constructor(dialect: Dialect) {
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quote.charCodeAt(0);
    this.#quoteText = dialect.quote;
    this.#escape = dialect.escape.charCodeAt(0);
    this.#escapedQuote = dialect.escape + dialect.quote;
  }

  push(text: string): void {
    this.#pending.push(text);
    this.#pendingLength += text.length;
  }

  end(): void {
    this.#final = true;
    this.#exhausted = false;
  }

  /** The text ends within a record. */
  get waiting(): boolean {
    return this.#position < this.#text.length || this.#pendingLength > 0;
  }

  /** The record's text as it stands in the file, without its line end. */
  get raw(): string {
    return this.#text.slice(this.#recordStart, this.#recordEnd);
  }

  next(): Step {
    for (;;) {
      const rest = this.#text.length - this.#position;
      if (!this.#exhausted) {
        const step = this.#scan();
        if (step !== 'more') return step;
        this.#exhausted = true;
        if (this.#text.length - this.#position > MAX_RECORD_CHARACTERS) {
          this.line = this.#nextLine + this.#linesBeforeField;
          return this.#breakRecord('unclosed quote') ? 'broken' : 'tooLong';
        }
        continue;
      }
      // A long record is scanned again only when the text has doubled, which keeps the whole linear.
      if (this.#pendingLength === 0 || (!this.#final && this.#pendingLength < rest)) {
        return this.#final ? 'end' : 'more';
      }
      this.#text = this.#text.slice(this.#position) + this.#pending.join('');
      this.#position = 0;
      this.#pending.length = 0;
      this.#pendingLength = 0;
      this.#exhausted = false;
    }
  }

  /** One record from `#position`; nothing changes when the text ends before it does. */
  #scan(): 'more' | 'record' | 'broken' {
    const text = this.#text;
    const length = text.length;
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const final = this.#final && this.#pendingLength === 0;
    const { fields, quoted } = this;
    let i = this.#position;
    if (i >= length) return 'more';
    // Empty lines between records.
    if (!this.emptyLinesCount) {
      for (let c = text.charCodeAt(i); c === LF || c === CR; c = text.charCodeAt(i)) {
        if (c === CR && text.charCodeAt(i + 1) === LF) i++;
        else if (c === CR && i + 1 >= length && !final) return 'more';
        i++;
        this.#nextLine++;
        this.#position = i;
        if (i >= length) return 'more';
      }
    }
    const start = i;
    let count = 0;
    let strayQuote = false;
    this.#linesInQuotes = 0;
    this.#fieldStart = start;
    this.#linesBeforeField = 0;
    for (;;) {
      if (i < length && text.charCodeAt(i) === quote) {
        this.#fieldStart = i;
        this.#linesBeforeField = this.#linesInQuotes;
        const close = this.#closingQuote(i + 1, final);
        if (close === -1) return 'more';
        if (close === -2) return this.#breakRecord('unclosed quote') ? 'broken' : 'more';
        fields[count] = this.#unescape(text.slice(i + 1, close));
        quoted[count++] = 1;
        i = close + 1;
        if (i < length) {
          const c = text.charCodeAt(i);
          if (c !== delimiter && c !== LF && c !== CR) {
            return this.#breakRecord('text after a closing quote') ? 'broken' : 'more';
          }
        }
      } else {
        const from = i;
        for (; i < length; i++) {
          const c = text.charCodeAt(i);
          if (c === delimiter || c === LF || c === CR) break;
          if (c === quote) strayQuote = true;
        }
        if (i >= length && !final) return 'more';
        if (strayQuote) {
          this.#fieldStart = from;
          this.#linesBeforeField = this.#linesInQuotes;
          return this.#breakRecord('quote within an unquoted field') ? 'broken' : 'more';
        }
        fields[count] = text.slice(from, i);
        quoted[count++] = 0;
      }
      if (i >= length) {
        if (!final) return 'more';
        break;
      }
      if (text.charCodeAt(i) !== delimiter) break;
      i++;
      if (i >= length && !final) return 'more';
    }
    this.#recordStart = start;
    this.#recordEnd = i;
    if (i < length) {
      if (text.charCodeAt(i) === CR) {
        if (i + 1 >= length && !final) return 'more';
        if (text.charCodeAt(i + 1) === LF) i++;
      }
      i++;
    }
    this.line = this.#nextLine;
    this.#nextLine += 1 + this.#linesInQuotes;
    this.#position = i;
    this.count = count;
    return 'record';
  }

  /** Index of the quote that closes the field; -1 when more text is needed, -2 when there is none. */
  #closingQuote(from: number, final: boolean): number {
    const text = this.#text;
    if (this.#escape === this.#quote) {
      for (let at = from; ; ) {
        const found = text.indexOf(this.#quoteText, at);
        if (found < 0) return final ? -2 : -1;
        if (found + 1 >= text.length) return final ? found : -1;
        if (text.charCodeAt(found + 1) !== this.#quote) return found;
        at = found + 2;
      }
    }
    for (let at = from; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c === this.#escape) {
        if (at + 1 >= text.length) break;
        at++;
      } else if (c === this.#quote) return at;
    }
    return final ? -2 : -1;
  }

  #unescape(raw: string): string {
    if (raw.includes('\n') || raw.includes('\r')) this.#linesInQuotes += countLines(raw);
    if (this.#escape === this.#quote) {
      return raw.includes(this.#quoteText) ? raw.replaceAll(this.#escapedQuote, this.#quoteText) : raw;
    }
    const escapeText = String.fromCharCode(this.#escape);
    if (!raw.includes(escapeText)) return raw;
    let text = '';
    for (let i = 0; i < raw.length; i++) {
      const next = raw[i + 1];
      if (raw[i] === escapeText && (next === this.#quoteText || next === escapeText)) i++;
      text += raw[i];
    }
    return text;
  }

  /**
   * Takes the record up to the end of the line on which the field at hand begins as one that cannot be read; the
   * next line starts afresh, so that one wrong quote costs one row. False when there is no end of line.
   */
  #breakRecord(breakage: Breakage): boolean {
    const text = this.#text;
    const start = this.#position;
    let end = this.#fieldStart;
    while (end < text.length && text.charCodeAt(end) !== LF && text.charCodeAt(end) !== CR) end++;
    const final = this.#final && this.#pendingLength === 0;
    // At the end of the text a CR may be the first half of a CRLF.
    if (!final && (end >= text.length || (text.charCodeAt(end) === CR && end + 1 >= text.length)))
      return false;
    this.breakage = breakage;
    this.#exhausted = false;
    this.#recordStart = start;
    this.#recordEnd = end;
    this.line = this.#nextLine + this.#linesBeforeField;
    this.#nextLine = this.line + 1;
    this.#position =
      text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF
        ? end + 2
        : Math.min(end + 1, text.length);
    const naive = text.slice(start, end).split(String.fromCharCode(this.#delimiter));
    this.count = naive.length;
    for (const [index, field] of naive.entries()) {
      this.fields[index] = field;
      this.quoted[index] = 0;
    }
    return true;
  }
}

function countLines(text: string): number {
  let lines = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === LF || (c === CR && text.charCodeAt(i + 1) !== LF)) lines++;
  }
  return lines;
}
