-- The prediction from the newest reading of each patient, and what each feature adds to the log-odds of what is predicted.
-- BigQuery ML gives those of the positive outcome whichever is predicted, so some have to be turned.
SELECT
  Patient_ID,
  predicted_Outcome,
  probability,
  Outcome AS actual_Outcome,
  turned * baseline_prediction_value AS baseline,
  turned * prediction_value AS log_odds,
  ARRAY(
    SELECT AS STRUCT item.feature, turned * item.attribution AS attribution
    FROM UNNEST(top_feature_attributions) AS item WITH OFFSET AS place
    ORDER BY place
  ) AS attributions,
  event_timestamp,
  {{readings}}
FROM (
  SELECT *, IF(SIGN(prediction_value) = SIGN(probability - 0.5), 1, -1) AS turned
  FROM ML.EXPLAIN_PREDICT(MODEL {{model}}, (
    SELECT *
    FROM {{joinedTable}} AS joined_row
    WHERE @patient = '' OR Patient_ID = @patient
    QUALIFY ROW_NUMBER() OVER (PARTITION BY Patient_ID ORDER BY event_timestamp DESC) = 1
  ), STRUCT(100 AS top_k_features))
) AS prediction
ORDER BY SAFE_CAST(Patient_ID AS INT64), Patient_ID
LIMIT {{limit}}
