import type { RejectionReason } from '../../core/rejection-reasons.js';
import { parseEventTime } from './event-time.js';
import { LOINC, UCUM } from './fhir-observations.js';
import { checkPressureOrder, checkVital, type DecodeOptions, identifier } from './flat-message.js';
import { type Reading, VITALS } from './reading.js';
import { RejectedMessage } from './rejection.js';

type Json = Readonly<Record<string, unknown>>;

/** Parts of a message that hold no reading, by reason; the others are stored. */
export type Skipped = Map<RejectionReason, number>;

/** UCUM codes of a kind of measurement, each with its conversion to the unit that is stored. */
const CELSIUS: Units = {
  Cel: (value) => value,
  '[degF]': (value) => round((value - 32) / 1.8),
  K: (value) => round(value - 273.15),
};
const PER_MINUTE: Units = {
  '/min': (value) => value,
  '1/min': (value) => value,
  '{beats}/min': (value) => value,
  '{Beats}/min': (value) => value,
  '{breaths}/min': (value) => value,
  '/s': (value) => value * 60,
};
const MILLIMETRES_OF_MERCURY: Units = {
  'mm[Hg]': (value) => value,
  kPa: (value) => value * 7.500_616_83,
};
const PERCENT: Units = { '%': (value) => value, '1': (value) => round(value * 100) };

type Units = Readonly<Record<string, (value: number) => number>>;

interface Code {
  vital: number;
  units: Units;
}

/** By the unit that is stored, which the table schema declares. */
const UNITS: Readonly<Record<string, Units>> = {
  Cel: CELSIUS,
  '/min': PER_MINUTE,
  'mm[Hg]': MILLIMETRES_OF_MERCURY,
  '%': PERCENT,
};

const CODES: ReadonlyMap<string, Code> = new Map(
  VITALS.flatMap(({ loinc, unit = '' }, vital) =>
    loinc.map((code) => [code, { vital, units: UNITS[unit] ?? { [unit]: (value) => value } }] as const),
  ),
);

/** Panels whose components carry the values; 55284-4 is the code that 85354-9 replaced. */
const PANELS: ReadonlySet<string> = new Set([
  ...VITALS.flatMap(({ loincPanel }) => loincPanel ?? []),
  '55284-4',
]);

const USABLE_STATUS: ReadonlySet<unknown> = new Set(['final', 'amended', 'corrected', 'preliminary']);
const RETRACTED_STATUS = ['entered-in-error', 'cancelled'] as const;

/** True for what this decoder understands. */
export function isFhir(content: Json): boolean {
  return typeof content.resourceType === 'string';
}

/**
 * FHIR R4 Observations, alone or in Bundles. Measurements of one patient, device and moment become one reading.
 * What carries no value of ours is counted in `skipped`; what could be misread rejects the message.
 */
export function decodeFhir(resources: readonly Json[], options: DecodeOptions, skipped: Skipped): Reading[] {
  const readings = new Map<string, Reading>();
  for (const observation of observations(resources, skipped))
    readObservation(observation, options, skipped, readings);
  for (const reading of readings.values()) checkPressureOrder(reading.values);
  return [...readings.values()];
}

function* observations(resources: readonly Json[], skipped: Skipped): Generator<Json> {
  for (const resource of resources) {
    if (resource.resourceType === 'Observation') yield resource;
    else if (resource.resourceType === 'Bundle') {
      for (const entry of list(resource.entry)) {
        const inner = object(entry)?.resource;
        if (object(inner)?.resourceType === 'Observation') yield inner as Json;
        else skip(skipped, 'unsupported-resource');
      }
    } else skip(skipped, 'unsupported-resource');
  }
}

function readObservation(
  observation: Json,
  options: DecodeOptions,
  skipped: Skipped,
  readings: Map<string, Reading>,
): void {
  if (!USABLE_STATUS.has(observation.status)) {
    skip(skipped, RETRACTED_STATUS.find((status) => status === observation.status) ?? 'not-final');
    return;
  }
  const measured = measurements(observation, skipped);
  if (measured.length === 0) return;
  const patientId = referencedId(observation.subject, 'subject');
  if (patientId === undefined) throw new RejectedMessage('missing-field', 'subject is missing.', 'subject');
  const deviceId = referencedId(observation.device, 'device') ?? '';
  const eventTimeMs = effectiveTime(observation, options);
  const key = `${patientId}#${eventTimeMs}#${deviceId}`;
  let reading = readings.get(key);
  if (reading === undefined) {
    reading = { patientId, deviceId, eventTimeMs, values: new Array(VITALS.length) };
    readings.set(key, reading);
  }
  for (const { vital, value } of measured) {
    if (reading.values[vital] !== undefined && reading.values[vital] !== value) {
      const { name } = VITALS[vital]!;
      throw new RejectedMessage('inconsistent', `${name} has two values at one moment.`, name);
    }
    reading.values[vital] = value;
  }
}

interface Measurement {
  vital: number;
  value: number;
}

function measurements(observation: Json, skipped: Skipped): Measurement[] {
  const code = loincCode(observation.code);
  const parts = code.some((each) => PANELS.has(each)) ? list(observation.component) : [observation];
  const found: Measurement[] = [];
  for (const part of parts) {
    const content = object(part) ?? {};
    const known = loincCode(content.code)
      .map((each) => CODES.get(each))
      .find((each) => each !== undefined);
    if (known === undefined) skip(skipped, 'unmapped-code');
    else if (content.valueQuantity === undefined) {
      if (Object.keys(content).some((name) => name.startsWith('value'))) {
        throw wrongType(known, 'must be a quantity.');
      }
      skip(skipped, 'no-value');
    } else found.push({ vital: known.vital, value: quantity(content.valueQuantity, known) });
  }
  if (parts.length === 0) skip(skipped, 'no-value');
  return found;
}

function quantity(content: unknown, code: Code): number {
  const { value, unit, system, code: unitCode, comparator } = object(content) ?? {};
  const vital = VITALS[code.vital]!;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongType(code, 'must be a number.');
  if (comparator !== undefined) throw wrongType(code, 'has a comparator, so it is no exact value.');
  // Without a code only a unit that is itself a UCUM code is beyond doubt.
  const name = unitCode ?? unit;
  const convert =
    (system === undefined || system === UCUM) && typeof name === 'string' && Object.hasOwn(code.units, name)
      ? code.units[name]
      : undefined;
  if (convert === undefined) {
    throw new RejectedMessage(
      'unknown-unit',
      `${vital.name} has a unit other than ${Object.keys(code.units).join(', ')}.`,
      vital.name,
    );
  }
  const converted = convert(value);
  return checkVital(vital, vital.integer ? Math.round(converted) : converted);
}

function wrongType(code: Code, what: string): RejectedMessage {
  const { name } = VITALS[code.vital]!;
  return new RejectedMessage('wrong-type', `${name} ${what}`, name);
}

function effectiveTime(observation: Json, options: DecodeOptions): number {
  const { effectiveDateTime, effectiveInstant, effectivePeriod } = observation;
  const time = effectiveDateTime ?? effectiveInstant;
  if (typeof time === 'string') return parseEventTime(time, options.timeZone, 'effectiveDateTime');
  const { start, end } = object(effectivePeriod) ?? {};
  if (typeof start === 'string' && start === end)
    return parseEventTime(start, options.timeZone, 'effectivePeriod');
  if (effectivePeriod !== undefined) {
    throw new RejectedMessage('invalid-time', 'effectivePeriod is not one moment.', 'effectivePeriod');
  }
  throw new RejectedMessage('missing-field', 'effectiveDateTime is missing.', 'effectiveDateTime');
}

/** `Patient/7`, `https://host/fhir/Patient/7/_history/2`, `urn:uuid:…`, or the value of an identifier. */
function referencedId(reference: unknown, column: string): string | undefined {
  const content = object(reference);
  if (content === undefined) return undefined;
  const text = content.reference;
  if (typeof text !== 'string' || text === '') {
    return identifier(object(content.identifier)?.value, column);
  }
  if (text.startsWith('urn:')) return identifier(text.slice(text.lastIndexOf(':') + 1), column);
  const path = text.split('/_history/', 1)[0]!;
  return identifier(path.slice(path.lastIndexOf('/') + 1), column);
}

function loincCode(code: unknown): string[] {
  return list(object(code)?.coding)
    .map(object)
    .filter((coding) => coding?.system === LOINC)
    .map((coding) => String(coding?.code));
}

function skip(skipped: Skipped, reason: RejectionReason): void {
  skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Two decimals: more than any sensor has, and no trace of binary fractions. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
