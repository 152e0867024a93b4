-- Every row of the patients that the model never saw, with the probability that it gives to each outcome.
SELECT
  {{splitText}} AS patient,
  {{labelText}} AS outcome,
  {{slices}}
  ARRAY(
    SELECT AS STRUCT CAST(item.label AS STRING) AS label, item.prob
    FROM UNNEST({{probabilities}}) AS item
  ) AS probabilities
FROM ML.PREDICT(MODEL {{model}}, (
  SELECT *
  FROM {{source}} AS joined_row
  WHERE {{label}} IS NOT NULL AND {{isHeldOut}}
))
ORDER BY patient, {{order}}
