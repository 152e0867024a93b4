-- The newest reading of each patient.
SELECT
  Patient_ID,
  predicted_Outcome,
  (SELECT prob FROM UNNEST(predicted_Outcome_probs) WHERE label = predicted_Outcome) AS probability,
  Outcome AS actual_Outcome,
  event_timestamp,
  {{readings}}
FROM ML.PREDICT(MODEL {{model}}, (
  SELECT *
  FROM {{joinedTable}} AS joined_row
  WHERE @patient = '' OR Patient_ID = @patient
  QUALIFY ROW_NUMBER() OVER (PARTITION BY Patient_ID ORDER BY event_timestamp DESC) = 1
))
ORDER BY SAFE_CAST(Patient_ID AS INT64), Patient_ID
LIMIT {{limit}}
