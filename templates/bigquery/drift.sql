-- How far each column has moved between two sets of rows.
SELECT '{{kind}}' AS kind, input, metric, threshold, value, is_anomaly
FROM ML.VALIDATE_DATA_DRIFT(
  (SELECT {{columns}} FROM ({{base}})),
  (SELECT {{columns}} FROM ({{study}})),
  STRUCT({{settings}})
)
