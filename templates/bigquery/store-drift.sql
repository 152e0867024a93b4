-- One check, from JSON.
INSERT INTO {{driftTable}} (
  checked_at, model_version, kind, input, metric, threshold, value, is_anomaly, base, study
)
SELECT
  @checked_at,
  @version,
  JSON_VALUE(given, '$.kind'),
  JSON_VALUE(given, '$.input'),
  JSON_VALUE(given, '$.metric'),
  SAFE_CAST(JSON_VALUE(given, '$.threshold') AS FLOAT64),
  SAFE_CAST(JSON_VALUE(given, '$.value') AS FLOAT64),
  SAFE_CAST(JSON_VALUE(given, '$.isAnomaly') AS BOOL),
  @base,
  @study
FROM UNNEST(JSON_QUERY_ARRAY(PARSE_JSON(@rows))) AS given
