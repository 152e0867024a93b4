-- How far each feature has moved from the rows that the model was trained on.
SELECT '{{kind}}' AS kind, input, metric, threshold, value, is_anomaly
FROM ML.VALIDATE_DATA_SKEW(
  MODEL {{model}},
  (SELECT {{columns}} FROM ({{study}})),
  STRUCT({{settings}})
)
