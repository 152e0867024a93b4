-- The prediction from the newest row of each patient.
SELECT
  {{splitBy}},
  {{predicted}},
  {{probability}}
  {{label}} AS {{actual}},
  {{shown}}
FROM ML.PREDICT(MODEL {{model}}, (
  SELECT *
  FROM {{source}} AS joined_row
  WHERE @patient = '' OR {{splitText}} = @patient
  QUALIFY ROW_NUMBER() OVER (PARTITION BY {{splitBy}} ORDER BY {{newest}}) = 1
))
ORDER BY SAFE_CAST({{splitText}} AS INT64), {{splitBy}}
LIMIT {{limit}}
