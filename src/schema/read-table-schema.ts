import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../core/package-root.js';
import { parseTableSchema } from './parse-table-schema.js';
import type { TableSchema } from './table-schema.js';

/** Reads and checks a Table Schema file. Throws a usage error that names the file and the place in it. */
export function readTableSchema(path: string): TableSchema {
  return parseTableSchema(path, (file) => readFileSync(file, 'utf8'));
}

const shipped = new Map<string, TableSchema>();

/** Admissions: `templates/schemas/patient-info.json`. */
export function patientInfoSchema(): TableSchema {
  return shippedSchema('patient-info');
}

/** Vitals readings: `templates/schemas/patient-vitals.json`. */
export function patientVitalsSchema(): TableSchema {
  return shippedSchema('patient-vitals');
}

/** Announced alerts: `templates/schemas/patient-alerts.json`. */
export function patientAlertsSchema(): TableSchema {
  return shippedSchema('patient-alerts');
}

/** Stored predictions: `templates/schemas/model-predictions.json`. */
export function modelPredictionsSchema(): TableSchema {
  return shippedSchema('model-predictions');
}

/** Stored metrics of models: `templates/schemas/model-metrics.json`. */
export function modelMetricsSchema(): TableSchema {
  return shippedSchema('model-metrics');
}

/** Versions of models: `templates/schemas/model-versions.json`. */
export function modelVersionsSchema(): TableSchema {
  return shippedSchema('model-versions');
}

/** What happened to models: `templates/schemas/model-events.json`. */
export function modelEventsSchema(): TableSchema {
  return shippedSchema('model-events');
}

/** Measured drift: `templates/schemas/model-drift.json`. */
export function modelDriftSchema(): TableSchema {
  return shippedSchema('model-drift');
}

function shippedSchema(name: string): TableSchema {
  let schema = shipped.get(name);
  if (schema === undefined) {
    schema = readTableSchema(join(packageRoot(), 'templates', 'schemas', `${name}.json`));
    shipped.set(name, schema);
  }
  return schema;
}
