-- The metrics of one measurement, from JSON.
INSERT INTO {{metricsTable}} (
  measured_at, model_version, data, slice_column, slice_value, metric, value, lower, upper, n_patients, n_rows
)
SELECT
  @measured_at,
  @version,
  @data,
  JSON_VALUE(given, '$.slice_column'),
  JSON_VALUE(given, '$.slice_value'),
  JSON_VALUE(given, '$.metric'),
  SAFE_CAST(JSON_VALUE(given, '$.value') AS FLOAT64),
  SAFE_CAST(JSON_VALUE(given, '$.lower') AS FLOAT64),
  SAFE_CAST(JSON_VALUE(given, '$.upper') AS FLOAT64),
  SAFE_CAST(JSON_VALUE(given, '$.n_patients') AS INT64),
  SAFE_CAST(JSON_VALUE(given, '$.n_rows') AS INT64)
FROM UNNEST(JSON_QUERY_ARRAY(PARSE_JSON(@rows))) AS given
