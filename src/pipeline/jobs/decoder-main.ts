import { type DecoderSettings, type DeliveredMessage, openDecoder, type PutAside } from './decoder.js';

/** What the bundle leaves behind: functions from text to text, which is what every engine can call. */
declare global {
  /** @param settings `DecoderSettings` as JSON; called once, before the others */
  var healthmonOpen: (settings: string) => string;
  /** @param message `DeliveredMessage` as JSON. @returns `DecoderAnswer` as JSON. */
  var healthmonDecode: (message: string) => string;
  /** @param message `PutAside` as JSON. @returns the attributes of its dead letter as JSON. */
  var healthmonPutAside: (message: string) => string;
}

let decoder: ReturnType<typeof openDecoder>;

globalThis.healthmonOpen = (settings) => {
  decoder = openDecoder(JSON.parse(settings) as DecoderSettings);
  return '';
};
globalThis.healthmonDecode = (message) =>
  JSON.stringify(decoder.decode(JSON.parse(message) as DeliveredMessage));
globalThis.healthmonPutAside = (message) => JSON.stringify(decoder.putAside(JSON.parse(message) as PutAside));
