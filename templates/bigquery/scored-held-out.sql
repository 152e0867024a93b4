-- Every reading of the patients that the model never saw, with the probability that it gives to each outcome.
SELECT
  Patient_ID,
  Outcome,
  {{slices}},
  predicted_Outcome_probs
FROM ML.PREDICT(MODEL {{model}}, (
  SELECT *
  FROM {{joinedTable}} AS joined_row
  WHERE Outcome IS NOT NULL AND {{isHeldOut}}
))
ORDER BY Patient_ID, event_timestamp
