import type { JsonObject, JsonValue } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import type { QueryParameter, QueryParameterType, QueryParameterValue } from '../../statements/execution.js';
import { checkMembers, objectField, objectListField, requiredText, textField } from '../http/body.js';

/** Reads `queryParameters`. Clients send scalars as text, but the Node client sends numbers as numbers. */
export function readParameters(query: JsonObject): QueryParameter[] {
  return (objectListField(query, 'queryParameters') ?? []).map((parameter) => {
    checkMembers(parameter, 'queryParameters', ['name', 'parameterType', 'parameterValue']);
    const type = objectField(parameter, 'parameterType');
    if (type === undefined) {
      throw new BigQueryError('required', 'Required parameter is missing: queryParameters.parameterType');
    }
    return {
      name: textField(parameter, 'name') || undefined,
      parameterType: readType(type),
      parameterValue: readValue(parameter['parameterValue']),
    };
  });
}

function readType(type: JsonObject): QueryParameterType {
  checkMembers(type, 'parameterType', ['type', 'arrayType', 'rangeElementType', 'structTypes']);
  const arrayType = objectField(type, 'arrayType');
  const element = objectField(type, 'rangeElementType');
  const members = objectListField(type, 'structTypes');
  return {
    type: requiredText(type, 'type').toUpperCase(),
    arrayType: arrayType === undefined ? undefined : readType(arrayType),
    rangeElementType: element === undefined ? undefined : readType(element),
    structTypes: members?.map((member) => {
      checkMembers(member, 'structTypes', ['name', 'type', 'description']);
      return {
        name: textField(member, 'name') || undefined,
        type: readType(objectField(member, 'type') ?? {}),
      };
    }),
  };
}

function readValue(value: JsonValue | undefined): QueryParameterValue {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new BigQueryError('invalid', "Invalid value at 'queryParameters.parameterValue' (TYPE_MESSAGE)");
  }
  checkMembers(value, 'parameterValue', ['value', 'arrayValues', 'structValues', 'rangeValue']);
  const members = objectField(value, 'structValues');
  const range = objectField(value, 'rangeValue');
  return {
    value: textField(value, 'value'),
    arrayValues: objectListField(value, 'arrayValues')?.map(readValue),
    structValues:
      members === undefined
        ? undefined
        : Object.fromEntries(Object.entries(members).map(([name, item]) => [name, readValue(item)])),
    rangeValue:
      range === undefined ? undefined : { start: readValue(range['start']), end: readValue(range['end']) },
  };
}
