import { counted } from '../../core/counted.js';
import type { AlertEvent } from './alerts.js';
import { type LiveSample, liveLine, liveLines, liveSampler } from './live-view.js';
import type { StreamResult, StreamTools } from './stream.js';

/** Where the talk of a run goes; the output of a command is one. */
export interface TalkTarget {
  readonly interactive: boolean;
  readonly structured: boolean;
  note(text: string, detail?: object): void;
  warn(text: string, detail?: object): void;
  progress(title: string): {
    update(text: string): void;
    done(text?: string): void;
    fail(text?: string): void;
  };
}

export interface StreamTalk {
  tools: Required<Pick<StreamTools, 'onEvent' | 'onStarted' | 'onAlert'>>;
  /** Ends the talk with what the run has done; without a result it failed. */
  end(result?: StreamResult): void;
}

const SAMPLE_INTERVAL_MS = 1_000;
/** Structured logs get a heartbeat this often. */
const HEARTBEAT_INTERVAL_MS = 10_000;

export function streamTalk(output: TalkTarget): StreamTalk {
  return output.structured ? structuredTalk(output) : textTalk(output);
}

/** Sentences and a live view, for people. */
function textTalk(output: TalkTarget): StreamTalk {
  const progress = output.progress('Streaming');
  const draw = output.interactive ? liveLines : liveLine;
  return talk(SAMPLE_INTERVAL_MS, output, {
    alert: (alert) =>
      output.note(
        `alert ${alert.type}: patient ${alert.Patient_ID}, ${alert.risk}, at least ${alert.score} points ` +
          `(without ${alert.missing.join(', ')})`,
      ),
    sample: (sample) => progress.update(draw(sample)),
    end(result) {
      if (result === undefined) return progress.fail();
      progress.done(`${result.written} written`);
      summary(result, output);
    },
  });
}

function summary(result: StreamResult, output: TalkTarget): void {
  const { p50, p95, p99 } = result.latencyMs;
  output.note(
    `${result.received} received, ${result.written} written, ${counted(result.deadLettered, 'dead letter')}, ` +
      `${result.nacked} given back in ${result.seconds.toFixed(2)} s (${result.messagesPerSecond}/s)`,
  );
  if (result.turnedAway > 0)
    output.note(`${result.turnedAway} more came after the stop and were given back unread`);
  if (result.ackFailed > 0)
    output.warn(`${result.ackFailed} acknowledgements failed: these messages come again and change nothing`);
  if (result.written > 0) output.note(`from publish to durable: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`);
  for (const [reason, count] of Object.entries(result.reasons)) output.note(`  ${reason}: ${count}`);
  for (const [reason, count] of Object.entries(result.skipped))
    output.note(`  ${count} parts without a reading: ${reason}`);
  const { future, old } = result.flagged;
  if (future + old > 0) output.note(`  flagged event times: ${future} from the future, ${old} too old`);
  if (result.alerts !== null) {
    const { raised, escalated, resolved, withdrawn, failed } = result.alerts;
    const rest = [withdrawn > 0 && `${withdrawn} withdrawn`, failed > 0 && `${failed} not sent`];
    output.note(
      `  alerts: ${[`${raised} raised`, `${escalated} escalated`, `${resolved} resolved`, ...rest].filter(Boolean).join(', ')}`,
    );
  }
}

/** Events with their fields, for log collectors. */
function structuredTalk(output: TalkTarget): StreamTalk {
  return talk(HEARTBEAT_INTERVAL_MS, output, {
    alert: (alert) => output.note('alert', alert),
    sample: (sample) =>
      output.note('progress', { ...sample, topReasons: Object.fromEntries(sample.topReasons) }),
    end: (result) => result && output.note('stopped', result),
  });
}

interface Parts {
  alert(alert: AlertEvent): void;
  sample(sample: LiveSample): void;
  end: StreamTalk['end'];
}

function talk(intervalMs: number, output: TalkTarget, parts: Parts): StreamTalk {
  let ticker: NodeJS.Timeout | undefined;
  return {
    tools: {
      onEvent: (level, event, detail) =>
        level === 'warn' ? output.warn(event, detail) : output.note(event, detail),
      onAlert: parts.alert,
      onStarted(worker) {
        const sample = liveSampler(worker, () => Date.now());
        ticker = setInterval(() => parts.sample(sample()), intervalMs);
      },
    },
    end(result) {
      clearInterval(ticker);
      parts.end(result);
    },
  };
}
