-- Every row of the patients that the model never saw, with the probability that it gives to the event: the
-- outcome that is last in the alphabet.
SELECT
  {{splitText}} AS patient,
  {{labelText}} AS outcome,
  {{slices}}
  ARRAY_LENGTH({{probabilities}}) AS outcomes,
  (SELECT MAX(CAST(item.label AS STRING)) FROM UNNEST({{probabilities}}) AS item) AS event,
  (SELECT MAX_BY(item.prob, CAST(item.label AS STRING)) FROM UNNEST({{probabilities}}) AS item) AS probability
FROM ML.PREDICT(MODEL {{model}}, (
  SELECT *
  FROM {{source}} AS joined_row
  WHERE {{label}} IS NOT NULL AND {{isHeldOut}}
))
ORDER BY patient, {{order}}
