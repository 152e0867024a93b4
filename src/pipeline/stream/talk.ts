import type { AlertEvent } from './alerts.js';
import { type LiveSample, liveLine, liveLines, liveSampler } from './live-view.js';
import type { StreamTools } from './stream.js';

/** Where the talk of a run goes; the output of a command is one. */
export interface TalkTarget {
  readonly interactive: boolean;
  note(text: string): void;
  warn(text: string): void;
  progress(title: string): {
    update(text: string): void;
    done(text?: string): void;
    fail(text?: string): void;
  };
}

export interface StreamTalk {
  tools: Required<Pick<StreamTools, 'onEvent' | 'onStarted' | 'onAlert'>>;
  /** Ends the talk; without a text the run failed. */
  end(text?: string): void;
}

const SAMPLE_INTERVAL_MS = 1_000;
/** Structured logs get a heartbeat this often. */
const HEARTBEAT_INTERVAL_MS = 10_000;

/** Sentences and a live view, for people. */
export function textTalk(output: TalkTarget): StreamTalk {
  const progress = output.progress('Streaming');
  const draw = output.interactive ? liveLines : liveLine;
  return talk(SAMPLE_INTERVAL_MS, {
    event(level, event, detail) {
      const notes = Object.entries(detail).map(([name, value]) => `${name}=${value}`);
      const line = [event, ...notes].join(' ');
      if (level === 'warn') output.warn(line);
      else output.note(line);
    },
    alert: (alert) =>
      output.note(
        `alert ${alert.type}: patient ${alert.Patient_ID}, ${alert.risk}, at least ${alert.score} points ` +
          `(without ${alert.missing.join(', ')})`,
      ),
    sample: (sample) => progress.update(draw(sample)),
    end: (text) => (text === undefined ? progress.fail() : progress.done(text)),
  });
}

/** One JSON object a line, for log collectors. */
export function jsonTalk(output: TalkTarget, nowMs: () => number): StreamTalk {
  const log = (level: string, event: string, detail: object) =>
    output.note(JSON.stringify({ time: new Date(nowMs()).toISOString(), level, event, ...detail }));
  return talk(HEARTBEAT_INTERVAL_MS, {
    event: log,
    alert: (alert) => log('info', 'alert', alert),
    sample: (sample) =>
      log('info', 'progress', { ...sample, topReasons: Object.fromEntries(sample.topReasons) }),
    end: (text) => log(text === undefined ? 'error' : 'info', text ?? 'failed', {}),
  });
}

interface Parts {
  event: StreamTalk['tools']['onEvent'];
  alert(alert: AlertEvent): void;
  sample(sample: LiveSample): void;
  end(text: string | undefined): void;
}

function talk(intervalMs: number, parts: Parts): StreamTalk {
  let ticker: NodeJS.Timeout | undefined;
  return {
    tools: {
      onEvent: parts.event,
      onAlert: parts.alert,
      onStarted(worker) {
        const sample = liveSampler(worker, () => Date.now());
        ticker = setInterval(() => parts.sample(sample()), intervalMs);
      },
    },
    end(text) {
      clearInterval(ticker);
      parts.end(text);
    },
  };
}
