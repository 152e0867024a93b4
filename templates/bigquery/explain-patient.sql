-- The prediction from a patient's newest reading, and what each feature adds to the log-odds.
SELECT
  predicted_Outcome,
  probability,
  baseline_prediction_value,
  prediction_value,
  top_feature_attributions,
  event_timestamp
FROM ML.EXPLAIN_PREDICT(MODEL {{model}}, (
  SELECT *
  FROM {{joinedTable}} AS joined
  WHERE Patient_ID = @patient
  QUALIFY ROW_NUMBER() OVER (PARTITION BY Patient_ID ORDER BY event_timestamp DESC) = 1
), STRUCT(100 AS top_k_features))
