import { isUtf8 } from 'node:buffer';
import { expect } from 'vitest';
import { openSandbox, within } from '../../src/emulators/javascript/sandbox.js';
import { decoderBundle } from '../../src/pipeline/jobs/bundles.js';
import { type DecoderAnswer, type DeliveredMessage, openDecoder } from '../../src/pipeline/jobs/decoder.js';
import { decoderSettings } from '../../src/pipeline/jobs/decoder-settings.js';
import { decodeMessage } from '../../src/pipeline/stream/decode.js';

const NOW_MS = Date.UTC(2026, 2, 1, 12);
const GIVEN = { retentionMs: 90 * 86_400_000, subscription: 'vitals' };
const LIMITS = { memoryBytes: 64 * 1024 * 1024, stackBytes: 256 * 1024 };

/** The decoder of jobs in QuickJS, and the same in this process. */
async function openBoth(timeZone: string | undefined) {
  const settings = decoderSettings({ ...GIVEN, timeZone });
  const sandbox = await openSandbox(LIMITS);
  const call = (name: string, argument: unknown) =>
    sandbox.call(name, JSON.stringify(argument), within(10_000))!;
  sandbox.evaluate(decoderBundle(), 'decoder.js', within(10_000));
  call('healthmonOpen', settings);
  return { here: openDecoder(settings), bundled: (message: unknown) => call('healthmonDecode', message) };
}

const decoders = new Map<string | undefined, Awaited<ReturnType<typeof openBoth>>>();
for (const timeZone of [undefined, 'Europe/Berlin']) decoders.set(timeZone, await openBoth(timeZone));

/** The message as a job of Beam hands it over. */
function delivered(data: Buffer, attributes: Readonly<Record<string, string>>): DeliveredMessage {
  return {
    text: isUtf8(data) ? data.toString('utf8') : null,
    bytes: 'googclient_schemaencoding' in attributes ? data.toString('latin1') : '',
    attributes,
    messageId: '17',
    nowMs: NOW_MS,
  };
}

/** What both make of a message, which must be the same to the byte. */
export function decodedInBoth(
  data: Buffer,
  { timeZone }: { timeZone: string | undefined } = { timeZone: undefined },
  attributes: Readonly<Record<string, string>> = {},
): DecoderAnswer {
  const { here, bundled } = decoders.get(timeZone)!;
  const message = delivered(data, attributes);
  const answer = here.decode(message);
  const text = bundled(message);
  // For thousands of messages an expectation each takes longer than decoding them.
  if (text !== JSON.stringify(answer)) expect(text).toBe(JSON.stringify(answer));
  return answer;
}

/** `decodeMessage`, after it was seen that jobs decode the message as it does. */
export const decodeAsInJobs: typeof decodeMessage = (data, options, attributes) => {
  decodedInBoth(data, options, attributes);
  return decodeMessage(data, options, attributes);
};
