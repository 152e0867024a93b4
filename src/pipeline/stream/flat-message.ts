import { parseEventTime } from './event-time.js';
import { type Reading, VITALS, type Vital, vitalIndex } from './reading.js';
import { RejectedMessage } from './rejection.js';

export interface DecodeOptions {
  /** IANA name for times without an offset; undefined refuses such times. */
  timeZone: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const SYSTOLIC = vitalIndex('Systolic');
const DIASTOLIC = vitalIndex('Diastolic');
const MAX_ID_LENGTH = 64;
const BLOOD_PRESSURE = /^\s*(\d{1,3})\s*\/\s*(\d{1,3})\s*$/;

/** The flat JSON message: `{"Patient_ID":"7","Temperature_C":37.2,"Blood_Pressure":"128/84",…}`. */
export function decodeFlatMessage(message: Json, options: DecodeOptions): Reading {
  const patientId = identifier(message.Patient_ID ?? message.patient_id, 'Patient_ID');
  if (patientId === undefined)
    throw new RejectedMessage('missing-field', 'Patient_ID is missing.', 'Patient_ID');
  const time = message.event_timestamp;
  if (time === undefined || time === null) {
    throw new RejectedMessage('missing-field', 'event_timestamp is missing.', 'event_timestamp');
  }
  if (typeof time !== 'string') {
    throw new RejectedMessage('wrong-type', 'event_timestamp must be a text.', 'event_timestamp');
  }
  const values: (number | undefined)[] = new Array(VITALS.length);
  for (let index = 0; index < VITALS.length; index++) {
    const vital = VITALS[index]!;
    const value = message[vital.name];
    if (value !== undefined && value !== null) values[index] = checkVital(vital, value);
  }
  const pressure = message.Blood_Pressure;
  if (pressure !== undefined && pressure !== null) readBloodPressure(pressure, values);
  for (let index = 0; index < VITALS.length; index++) {
    const vital = VITALS[index]!;
    if (vital.required && values[index] === undefined) {
      const name =
        (index === SYSTOLIC || index === DIASTOLIC) && pressure == null ? 'Blood_Pressure' : vital.name;
      throw new RejectedMessage('missing-field', `${name} is missing.`, name);
    }
  }
  checkPressureOrder(values);
  return {
    patientId,
    deviceId: identifier(message.Device_ID, 'Device_ID') ?? '',
    eventTimeMs: parseEventTime(time, options.timeZone),
    values,
  };
}

/** An id as it may stand in a row key, whose separator is `#`. */
export function identifier(value: unknown, column: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string') throw new RejectedMessage('wrong-type', `${column} must be a text.`, column);
  if (text.length === 0 || text.length > MAX_ID_LENGTH) {
    throw new RejectedMessage(
      'out-of-range',
      `${column} must have 1 to ${MAX_ID_LENGTH} characters.`,
      column,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (/[#\u0000-\u001f\u007f]/.test(text)) {
    throw new RejectedMessage('wrong-type', `${column} must not have "#" or control characters.`, column);
  }
  return text;
}

/** A measured number within the bounds of the table schema. */
export function checkVital(vital: Vital, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new RejectedMessage('wrong-type', `${vital.name} must be a number.`, vital.name);
  }
  if (vital.integer && !Number.isInteger(value)) {
    throw new RejectedMessage('wrong-type', `${vital.name} must be a whole number.`, vital.name);
  }
  if (value < vital.minimum || value > vital.maximum) {
    throw new RejectedMessage(
      'out-of-range',
      `${vital.name} must be from ${vital.minimum} to ${vital.maximum}.`,
      vital.name,
    );
  }
  return value;
}

/** Swapped or misread components: no living patient has them this way round. */
export function checkPressureOrder(values: readonly (number | undefined)[]): void {
  const systolic = values[SYSTOLIC];
  const diastolic = values[DIASTOLIC];
  if (systolic !== undefined && diastolic !== undefined && diastolic >= systolic) {
    throw new RejectedMessage('inconsistent', 'Diastolic must be below Systolic.', 'Diastolic');
  }
}

function readBloodPressure(pressure: unknown, values: (number | undefined)[]): void {
  if (typeof pressure !== 'string') {
    throw new RejectedMessage(
      'wrong-type',
      'Blood_Pressure must be a text such as "128/84".',
      'Blood_Pressure',
    );
  }
  const match = BLOOD_PRESSURE.exec(pressure);
  if (match === null) {
    throw new RejectedMessage(
      'wrong-type',
      'Blood_Pressure must be two whole numbers with a slash.',
      'Blood_Pressure',
    );
  }
  for (const [index, text] of [
    [SYSTOLIC, match[1]!],
    [DIASTOLIC, match[2]!],
  ] as const) {
    const value = checkVital(VITALS[index]!, Number(text));
    if (values[index] !== undefined && values[index] !== value) {
      const { name } = VITALS[index]!;
      throw new RejectedMessage('inconsistent', `Blood_Pressure and ${name} disagree.`, 'Blood_Pressure');
    }
    values[index] = value;
  }
}
