-- How far each column has moved between two sets of rows.
SELECT '{{kind}}' AS kind, input, metric, threshold, value, is_anomaly
FROM {{function}}(
  {{base}},
  ({{study}}),
  STRUCT({{settings}})
)
