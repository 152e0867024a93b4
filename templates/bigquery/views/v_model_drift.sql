-- The newest check of each version of a model for drift, a row for each feature, for the predictions and for the label.
SELECT
  checked_at,
  model_version,
  kind,
  input,
  metric,
  threshold,
  value,
  is_anomaly,
  base,
  study
FROM {{driftTable}} AS checked
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY model_version, kind, input ORDER BY checked_at DESC) = 1
