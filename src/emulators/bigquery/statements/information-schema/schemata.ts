import { STRING, TIMESTAMP } from '../../../googlesql/syntax/types.js';
import { datasetOptionRows } from './option-text.js';
import { milliseconds, type View } from './view.js';

export const schemaViews: Record<string, View> = {
  SCHEMATA: {
    columns: [
      ['catalog_name', STRING],
      ['schema_name', STRING],
      ['schema_owner', STRING],
      ['creation_time', TIMESTAMP],
      ['last_modified_time', TIMESTAMP],
      ['location', STRING],
      ['ddl', STRING],
      ['default_collation_name', STRING],
    ],
    rows: ({ datasets }) =>
      datasets.map((dataset) => {
        const { projectId, datasetId } = dataset.ref;
        const options = datasetOptionRows(dataset).map(([name, , value]) => `  ${name}=${value}`);
        const location = `  location="${dataset.location.toLowerCase()}"`;
        const ddl = `CREATE SCHEMA \`${projectId}.${datasetId}\`\nOPTIONS(\n${[...options, location].join(',\n')}\n);`;
        return [
          projectId,
          datasetId,
          null,
          milliseconds(dataset.creationTime),
          milliseconds(dataset.lastModifiedTime),
          dataset.location,
          ddl,
          dataset.defaultCollation ?? 'NULL',
        ];
      }),
  },
  SCHEMATA_OPTIONS: {
    columns: [
      ['catalog_name', STRING],
      ['schema_name', STRING],
      ['option_name', STRING],
      ['option_type', STRING],
      ['option_value', STRING],
    ],
    rows: ({ datasets }) =>
      datasets.flatMap((dataset) =>
        datasetOptionRows(dataset).map((option) => [dataset.ref.projectId, dataset.ref.datasetId, ...option]),
      ),
  },
};
