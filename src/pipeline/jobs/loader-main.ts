import { HealthmonError } from '../../errors/healthmon-error.js';
import { type LoaderSettings, openLoader } from './loader.js';

type Loader = ReturnType<typeof openLoader>;

/** What the bundle leaves behind: functions from text to text, which is what every engine can call. */
declare global {
  /** @param settings `LoaderSettings` as JSON; called once, before the other one */
  var healthmonOpen: (settings: string) => string;
  /** Calls a function of the loader. @param argument as JSON. @returns its answer as JSON. */
  var healthmonLoad: (name: keyof Loader, argument: string) => string;
}

let loader: Loader;

globalThis.healthmonOpen = (settings) => {
  loader = openLoader(JSON.parse(settings) as LoaderSettings);
  return '';
};
globalThis.healthmonLoad = (name, argument) => {
  try {
    return JSON.stringify((loader[name] as (argument: unknown) => unknown)(JSON.parse(argument)));
  } catch (error) {
    if (!(error instanceof HealthmonError)) throw error;
    const { code, message, detail, suggestion } = error;
    // All of it is told where the job failed.
    throw new Error([`${code}:`, message, detail, suggestion].filter(Boolean).join(' '));
  }
};
