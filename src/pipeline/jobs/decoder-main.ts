import { type DecoderSettings, type DeliveredMessage, openDecoder } from './decoder.js';

/** What the bundle leaves behind: functions from text to text, which is what every engine can call. */
declare global {
  /** @param settings `DecoderSettings` as JSON; called once, before the others */
  var healthmonOpen: (settings: string) => string;
  /** @param message `DeliveredMessage` as JSON. @returns `DecoderAnswer` as JSON. */
  var healthmonDecode: (message: string) => string;
  /** @param refused what `refuse` takes, as JSON. @returns `DecoderAnswer` as JSON. */
  var healthmonRefuse: (refused: string) => string;
}

let decoder: ReturnType<typeof openDecoder>;

globalThis.healthmonOpen = (settings) => {
  decoder = openDecoder(JSON.parse(settings) as DecoderSettings);
  return '';
};
globalThis.healthmonDecode = (message) =>
  JSON.stringify(decoder.decode(JSON.parse(message) as DeliveredMessage));
globalThis.healthmonRefuse = (refused) =>
  JSON.stringify(decoder.refuse(JSON.parse(refused) as Parameters<typeof decoder.refuse>[0]));
