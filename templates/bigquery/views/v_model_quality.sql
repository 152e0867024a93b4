-- The newest stored measurement of each version of a model, for each slice of the patients and each metric.
SELECT
  measured_at,
  model_version,
  data,
  slice_column,
  slice_value,
  metric,
  value,
  lower,
  upper,
  n_patients,
  n_rows
FROM {{metricsTable}} AS measured
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY model_version, data, slice_column, slice_value, metric ORDER BY measured_at DESC
) = 1
